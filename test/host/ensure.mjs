// Makes sure that what the other scripts need is there: the dependencies, the build, a VS Code. Every call may be repeated.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ensureChromium } from './browser.mjs';
import { ensureCodeServer } from './installCodeServer.mjs';
import { HostError, npm } from './npm.mjs';
import { cache, root } from './paths.mjs';

const [major] = process.versions.node.split('.').map(Number);

/** Installs the packages of package-lock.json unless node_modules already holds exactly these versions. */
export function ensureDependencies() {
  if (major < 20) throw new HostError(`Node 20 or newer is needed, and this is Node ${process.versions.node}: install a newer one, then run the same command again.`);
  const lock = readJson(path.join(root, 'package-lock.json'));
  const installed = readJson(path.join(root, 'node_modules/.package-lock.json'));
  const missing = missingPackages(lock, installed);
  if (installed && missing.length === 0) return;
  console.log(installed ? `Updating ${missing.length} packages ...` : 'Installing the dependencies (about a minute, once) ...');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  if (lock && !installed) npm(['ci', ...quiet], { cwd: root, what: 'the dependencies' });
  else npm(['install', ...(lock ? ['--no-save'] : []), ...quiet], { cwd: root, what: 'the dependencies' });
}

/** The packages that the lock file asks for on every platform and that node_modules lacks or has in another version. */
function missingPackages(lock, installed) {
  return Object.entries(lock?.packages ?? {})
    .filter(([name, entry]) => name !== '' && !entry.optional && !entry.peer && !entry.link && installed?.packages?.[name]?.version !== entry.version)
    .map(([name]) => name);
}

/** Bundles the extension into dist/. */
export async function ensureBuild() {
  const [{ build }, { builds }] = await Promise.all([import('esbuild'), import('../../esbuild.mjs')]);
  try {
    await Promise.all(builds.map((options) => build({ ...options, absWorkingDir: root })));
  } catch {
    throw new HostError('The build failed: mend the errors above, then run the same command again.');
  }
}

/**
 * Picks the VS Code to run: the desktop one, else the one that @vscode/test-electron can download, else code-server.
 * The environment variable `ATTRIBUTION_LENS_VSCODE` (`desktop`, `download` or `code-server`) overrides the choice.
 *
 * @returns {Promise<{ kind: 'desktop' | 'download', executable: string }
 *   | { kind: 'code-server', node: string, entry: string, chromium: string }>}
 */
export async function ensureVSCode() {
  const wanted = process.env.ATTRIBUTION_LENS_VSCODE;
  if (wanted && !['desktop', 'download', 'code-server'].includes(wanted))
    throw new HostError(`ATTRIBUTION_LENS_VSCODE must be desktop, download or code-server, got "${wanted}".`);
  if (wanted !== 'code-server') {
    const executable = wanted !== 'download' && findDesktop();
    const display = (executable || wanted || (await canDownload())) && (await ensureDisplay());
    if (wanted === 'desktop' && !executable) throw new HostError('No desktop VS Code was found: put its "code" on the PATH, or leave ATTRIBUTION_LENS_VSCODE unset.');
    if (wanted && !display) throw new HostError('The desktop VS Code needs a display: start a graphical session, or install Xvfb ("sudo apt-get install xvfb").');
    if (display && executable) return { kind: 'desktop', executable };
    if (display) {
      try {
        return { kind: 'download', executable: await download() };
      } catch (error) {
        if (wanted) throw error;
        console.log(error.message);
      }
    }
  }
  return { ...ensureCodeServer(), chromium: ensureChromium() };
}

/** The application itself, where a `code` command is on the PATH or where installers put it. */
function findDesktop() {
  const fromCommand = { linux: '../code', darwin: '../../../MacOS', win32: '../Code.exe' }[process.platform];
  const command = process.platform === 'win32' ? 'code.cmd' : 'code';
  const commands = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, command)).filter((file) => fs.existsSync(file));
  const candidates = commands.map((file) => path.resolve(path.dirname(fs.realpathSync(file)), fromCommand ?? '.'));
  if (process.platform === 'darwin') candidates.push('/Applications/Visual Studio Code.app/Contents/MacOS');
  for (const candidate of candidates) {
    if (process.platform !== 'darwin' && fs.existsSync(candidate)) return candidate;
    const inside = ['Code', 'Electron'].map((name) => path.join(candidate, name)).find((file) => fs.existsSync(file));
    if (inside) return inside;
  }
  return undefined;
}

/** Whether VS Code is downloaded already, or its server answers soon. */
async function canDownload() {
  if (fs.existsSync(cache) && fs.readdirSync(cache).some((name) => /^vscode-.*\d$/.test(name))) return true;
  try {
    return (await fetch('https://update.code.visualstudio.com/api/releases/stable', { signal: AbortSignal.timeout(4000) })).ok;
  } catch {
    return false;
  }
}

async function download() {
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  try {
    return await downloadAndUnzipVSCode({ cachePath: cache });
  } catch (error) {
    throw new HostError(`VS Code could not be downloaded (${error.message}): check the network, or set ATTRIBUTION_LENS_VSCODE=code-server.`);
  }
}

/** On Linux without a display, starts Xvfb for as long as this process lives. */
async function ensureDisplay() {
  if (process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY) return true;
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const display = await new Promise((resolve) => {
    server.once('error', () => resolve(undefined)).once('exit', () => resolve(undefined));
    server.stdio[3].once('data', (data) => resolve(String(data).trim()));
  });
  if (!display) return false;
  process.env.DISPLAY = `:${display}`;
  process.once('exit', () => server.kill());
  server.unref();
  server.stdio[3].unref();
  return true;
}

function readJson(file) {
  try { return JSON.parse(fs.readFileSync(file, 'utf8')); } catch { return undefined; }
}
