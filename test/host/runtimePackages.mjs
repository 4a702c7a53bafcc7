// The packages that the extension loads from node_modules at run time, cut down to the files that are loaded.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { HostError } from './npm.mjs';
import { root } from './paths.mjs';

const LICENCE = /^(licen[cs]e|notice)/i;

/** Packages that are modules only, and imported. */
const MODULES = ['h5wasm'];

/** Files that are read rather than required, by package. */
const DATA = {
  'onnxruntime-node': (target) => [`bin/napi-v6/${target.replace('-', '/')}`].filter((folder) => fs.existsSync(path.join(root, 'node_modules/onnxruntime-node', folder))),
  'onnxruntime-web': () => ['dist/ort-wasm-simd-threaded.mjs', 'dist/ort-wasm-simd-threaded.wasm'],
  '@tensorflow/tfjs-backend-wasm': () => ['dist/tfjs-backend-wasm.wasm', 'dist/tfjs-backend-wasm-simd.wasm', 'dist/tfjs-backend-wasm-threaded-simd.wasm'],
  '@vscode/vscode-languagedetection': () => ['model'],
};

/**
 * Copies the dependencies that the bundles leave external, with everything that they require.
 *
 * @param {string} folder the node_modules to fill.
 * @param {string} target for example `linux-x64`.
 * @param {string[]} external the patterns of esbuild.mjs.
 * @returns {Promise<string[]>} the files of node_modules that were copied, relative to the root.
 */
export async function copyRuntimePackages(folder, target, external) {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const names = Object.keys(dependencies).filter((name) => external.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)));
  const required = await requiredFiles(names);
  const data = names.flatMap((name) => (DATA[name]?.(target) ?? []).map((file) => `node_modules/${name}/${file}`));
  for (const file of data)
    if (!fs.existsSync(path.join(root, file))) throw new HostError(`There is no ${file}: ${target} cannot be packaged.`);
  const described = [...new Set(required.flatMap(foldersOf))].flatMap((each) =>
    fs.readdirSync(path.join(root, each)).filter((file) => file === 'package.json' || LICENCE.test(file)).map((file) => `${each}/${file}`));
  const files = [...new Set([...required, ...described, ...data])];
  for (const file of files) fs.cpSync(path.join(root, file), path.join(folder, path.relative('node_modules', file)), { recursive: true });
  return files;
}

/** Every file of node_modules that requiring or importing these packages can lead to. */
async function requiredFiles(names) {
  const { metafile } = await build({
    stdin: { contents: names.map((name) => `${MODULES.includes(name) ? 'import' : 'require'}(${JSON.stringify(name)});`).join('\n'), resolveDir: root },
    absWorkingDir: root, bundle: true, platform: 'node', metafile: true, write: false, outdir: 'out', logLevel: 'error', loader: { '.node': 'empty' },
  });
  return Object.keys(metafile.inputs).filter((file) => file.startsWith('node_modules/') && !file.endsWith('.node'));
}

/** `node_modules/@scope/name` of a file in it, also of one in a nested node_modules. */
function packageFolder(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)[0];
}

/** The folders from a package's own down to the one of a file in it; each may say in a package.json how to load its files. */
function foldersOf(file) {
  const folders = [packageFolder(file)];
  for (let folder = path.posix.dirname(file); folder.length > folders[0].length; folder = path.posix.dirname(folder)) folders.push(folder);
  return folders;
}

/** Writes the licences of all packages that some files belong to. */
export function writeNotices(target, files) {
  const folders = [...new Set(files.filter((file) => file.startsWith('node_modules/')).map(packageFolder))].sort();
  const notices = folders.map((folder) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const texts = fs.readdirSync(path.join(root, folder)).filter((file) => LICENCE.test(file)).map((file) => fs.readFileSync(path.join(root, folder, file), 'utf8').trim());
    return `${name} ${version} (${license})\n\n${texts.join('\n\n')}`.trim();
  });
  fs.writeFileSync(target, `Attribution Lens contains the following packages.\n\n${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
}
