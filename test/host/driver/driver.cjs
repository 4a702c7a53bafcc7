// The extension-host end of driver.mjs: evaluates functions with the `vscode` API and sends back what they return.
const net = require('node:net');
const readline = require('node:readline');
const vscode = require('vscode');

/**
 * Opens the notebook that the script wants shown, and connects to the script if it waits for that. A notebook named in the
 * window's address would open as plain text, because VS Code gets to it before it knows the notebook's extension.
 */
exports.activate = async () => {
  const notebook = process.env.ATTRIBUTION_LENS_OPEN;
  if (notebook) await vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(vscode.Uri.file(notebook)));
  const address = process.env.ATTRIBUTION_LENS_DRIVER;
  if (!address) return;
  const socket = net.connect(address);
  socket.on('error', () => socket.destroy());
  readline.createInterface({ input: socket }).on('line', async (line) => {
    const { id, source, args } = JSON.parse(line);
    let reply;
    try {
      const evaluated = new Function('vscode', `return (${source})`)(vscode);
      reply = { id, value: await evaluated(vscode, ...args) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) };
    }
    socket.write(`${JSON.stringify(reply)}\n`);
  });
};
