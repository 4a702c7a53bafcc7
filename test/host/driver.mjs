// Evaluates functions inside the extension host of a running VS Code, as a page's `evaluate` does inside a page.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { root } from './paths.mjs';
import { removeAtExit } from './workspace.mjs';

/** The extension that has to be loaded beside ours. */
export const driverExtension = path.join(root, 'test/host/driver');

/**
 * Waits for the driver extension of a window that is started with the returned `env`.
 *
 * The two meet at a socket in a private folder, which no other user of the machine can reach.
 */
export async function createDriver() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-driver-'));
  const remove = removeAtExit(folder);
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\attribution-lens-${process.pid}-${Date.now()}` : path.join(folder, 'driver.sock');
  const pending = new Map();
  let next = 0;
  let socket;
  let connected;
  let connection = new Promise((resolve) => { connected = resolve; });
  const fail = (message) => {
    for (const { reject } of pending.values()) reject(new Error(message));
    pending.clear();
  };
  const server = net.createServer((accepted) => {
    socket = accepted;
    readline.createInterface({ input: accepted }).on('line', (line) => {
      const { id, value, error } = JSON.parse(line);
      const call = pending.get(id);
      pending.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(`in the extension host: ${error}`));
    });
    accepted.on('error', () => accepted.destroy());
    accepted.on('close', () => {
      if (socket !== accepted) return;
      // The window was reloaded or its extension host restarted: calls in flight are lost, later ones wait for the new one.
      connection = new Promise((resolve) => { connected = resolve; });
      fail('the extension host went away during the call');
    });
    connected();
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(address, resolve));

  return {
    /** The environment that the window needs. */
    env: { ATTRIBUTION_LENS_DRIVER: address },
    /**
     * Runs `evaluated(vscode, ...args)` in the extension host. The function is sent as its source text, so it sees no
     * variable from around it; arguments and result must survive JSON.
     */
    async evaluate(evaluated, ...args) {
      await connection;
      const id = next++;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        socket.write(`${JSON.stringify({ id, source: String(evaluated), args })}\n`);
      });
    },
    /** Resolves once the extension host answers, rejects after `milliseconds`. */
    async ready(milliseconds = 300_000) {
      let timer;
      const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`VS Code's extension host did not start within ${milliseconds / 1000} s`)), milliseconds); });
      await Promise.race([connection, late]).finally(() => clearTimeout(timer));
    },
    close() {
      fail('the driver was closed during the call');
      socket?.destroy();
      server.close();
      remove();
    },
  };
}
