// Run in a process of its own, since the package brings its own TensorFlow.js: the answers of VS Code's language
// detection to the texts on standard input (a JSON array), as JSON.
const { ModelOperations } = require('@vscode/vscode-languagedetection');
const { text } = require('node:stream/consumers');

(async () => {
  const detector = new ModelOperations({ minContentSize: 1 });
  const answers = [];
  for (const content of JSON.parse(await text(process.stdin))) answers.push(await detector.runModel(content));
  process.stdout.write(JSON.stringify(answers));
})();
