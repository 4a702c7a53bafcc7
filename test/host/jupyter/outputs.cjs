// Messages of a kernel as outputs of a cell, as Jupyter translates them.
const vscode = require('vscode');

exports.outputOf = (message) =>
  new vscode.NotebookCellOutput(exports.itemsOf(message), { outputType: message.type, ...(message.content.transient && { transient: message.content.transient }), metadata: message.content.metadata });

exports.itemsOf = ({ type, content }) => {
  const { NotebookCellOutputItem: Item } = vscode;
  if (type === 'stream') return [content.name === 'stderr' ? Item.stderr(content.text) : Item.stdout(content.text)];
  if (type === 'error') return [Item.error({ name: content.ename, message: content.evalue, stack: content.traceback.join('\n') })];
  return Object.entries(content.data).map(([mime, data]) => new Item(bytesOf(mime, data), mime));
};

function bytesOf(mime, data) {
  const text = Array.isArray(data) ? data.join('') : data;
  if (typeof text !== 'string') return Buffer.from(JSON.stringify(text));
  return Buffer.from(text, mime.startsWith('image/') && mime !== 'image/svg+xml' ? 'base64' : 'utf8');
}
