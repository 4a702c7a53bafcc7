// Runs npm, and says in one sentence why when it fails.
import { spawnSync } from 'node:child_process';

/** A failure that the user can do something about; scripts print its message alone, without a stack. */
export class HostError extends Error {}

/**
 * Runs `npm` in a folder and waits for it.
 *
 * @param {string[]} args npm's arguments.
 * @param {{ cwd: string, what: string, env?: Record<string, string> }} options `what` names the thing being installed, for the error.
 */
export function npm(args, { cwd, what, env = {} }) {
  const windows = process.platform === 'win32';
  const { status, error, stdout, stderr } = spawnSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd, shell: windows, encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'], // onnxruntime-node's install script would fetch CUDA libraries from outside the registry.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ...env },
  });
  if (status === 0) return;
  const reason = error?.message ?? [...`${stdout}\n${stderr}`.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map((match) => match[1]).slice(0, 3).join('; ');
  throw new HostError(`npm could not install ${what} (${reason || `exit code ${status}`}): check that the npm registry can be reached, then run the same command again.`);
}
