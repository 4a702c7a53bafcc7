// The extension-host end of driver.mjs: evaluates functions with the `vscode` API and sends back what they return.
const net = require('node:net');
const readline = require('node:readline');
const vscode = require('vscode');

/** Connects to the script that started this window; does nothing in a window that no script waits for. */
exports.activate = () => {
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
