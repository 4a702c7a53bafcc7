// Starts code-server: the VS Code workbench and its extension host, shown by a browser.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostError } from './npm.mjs';

/**
 * @param {object} options
 * @param {{ node: string, entry: string }} options.installation what `ensureCodeServer` returned.
 * @param {string} options.scratch an existing private folder for configuration and log.
 * @param {string} options.userData the user-data folder.
 * @param {string} options.extensions the folder of installed extensions.
 * @param {boolean} [options.driver] obey `extensionDevelopmentPath` and `extensionTestsPath`, which a built workbench
 *   otherwise ignores in silence; it then shows no notification toasts.
 * @param {number} [options.port] default any free one.
 * @param {Record<string, string>} [options.env] added to the environment of the server and its extension hosts.
 * @returns the server: `url(...)` makes the address of a window, `stop()` ends it with everything that it started.
 */
export async function startCodeServer({ installation, scratch, userData, extensions, driver = false, env = {}, port }) {
  port ??= await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const config = path.join(scratch, 'config.yaml');
  const log = path.join(scratch, 'server.log');
  fs.writeFileSync(config, 'auth: none\n');
  const output = fs.openSync(log, 'w');
  const supervisor = fileURLToPath(new URL('./supervise.mjs', import.meta.url));
  const server = spawn(process.execPath, [supervisor, installation.node, installation.entry,
    '--config', config, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', userData, '--extensions-dir', extensions,
    '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-proxy',
    '--ignore-last-opened', ...(driver ? ['--vscode-option', 'enable-smoke-test-driver'] : [])],
  { stdio: ['pipe', output, output], detached: true, env: { ...process.env, VSCODE_PROXY_URI: '', ...env } });
  fs.closeSync(output);
  const endNow = () => kill(server.pid);
  process.prependOnceListener('exit', endNow);
  const exited = new Promise((resolve) => server.once('exit', resolve));
  exited.then(() => process.off('exit', endNow));
  const running = () => server.exitCode === null && server.signalCode === null;

  const stop = async () => {
    if (!running()) return;
    server.kill('SIGTERM');
    const forced = setTimeout(endNow, 5000);
    await exited;
    clearTimeout(forced);
  };
  const started = Date.now();
  while (!(await answers(`${origin}/healthz`))) {
    if (running() && Date.now() - started < 180_000) { await new Promise((resolve) => setTimeout(resolve, 100)); continue; }
    await stop();
    throw new HostError(`code-server did not start: ${fs.readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' ')}`);
  }
  const remote = (file) => `vscode-remote://127.0.0.1:${port}${file}`;
  return {
    origin, exited, stop, log,
    /**
     * The address of a window on `folder`.
     * @param {{ folder: string, developmentPaths?: string[], testsPath?: string }} window
     */
    url({ folder, developmentPaths = [], testsPath }) {
      const payload = [
        ...developmentPaths.map((file) => ['extensionDevelopmentPath', remote(file)]),
        ...(testsPath ? [['extensionTestsPath', remote(testsPath)]] : []),
      ];
      return `${origin}/?${new URLSearchParams({ folder, ...(payload.length && { payload: JSON.stringify(payload) }) })}`;
    },
  };
}

function kill(pid) {
  try { process.kill(-pid, 'SIGKILL'); } catch { /* it has gone meanwhile */ }
}

async function answers(url) {
  try { return (await fetch(url, { signal: AbortSignal.timeout(20_000) })).ok; } catch { return false; }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
