// npm run package [-- --target linux-x64|linux-arm64|win32-x64|win32-arm64|darwin-arm64|darwin-x64|alpine-x64] [--out FILE]
//
// Makes a .vsix for one platform (default this one) that holds only the files that are loaded at run time, and of the
// native ones only that platform's; where ONNX Runtime has none, its build for WebAssembly is used. Prints its size, and fails when it is too large.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDependencies } from './ensure.mjs';
import { main } from './main.mjs';
import { HostError } from './npm.mjs';
import { cache, root } from './paths.mjs';

const LIMIT_MB = 80;

/** Copied from the root as they are. */
const FILES = ['media', 'package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];

await main(async () => {
  const { values } = parseArgs({ options: { target: { type: 'string', default: `${process.platform}-${process.arch}` }, out: { type: 'string' } } });
  ensureDependencies();
  const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const out = path.resolve(values.out ?? path.join(root, `${name}-${values.target}-${version}.vsix`));
  const stage = path.join(cache, `package-${values.target}-${process.pid}`);
  try {
    await fill(stage, values.target);
    const { createVSIX } = await import('@vscode/vsce');
    await createVSIX({ cwd: stage, target: values.target, packagePath: out, dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false });
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
  const megabytes = fs.statSync(out).size / 1e6;
  console.log(`${path.relative(process.cwd(), out)}: ${megabytes.toFixed(1)} MB`);
  if (megabytes > LIMIT_MB) throw new HostError(`The package must stay below ${LIMIT_MB} MB, and it has ${megabytes.toFixed(1)} MB.`);
});

async function fill(stage, target) {
  const { builds, external } = await import('../../esbuild.mjs');
  const { build } = await import('esbuild');
  const { copyRuntimePackages, writeNotices } = await import('./runtimePackages.mjs');
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  for (const file of FILES) {
    if (!fs.existsSync(path.join(root, file))) throw new HostError(`${file} is missing: the package must have it.`);
    fs.cpSync(path.join(root, file), path.join(stage, file), { recursive: true, filter: (each) => path.basename(each) !== '__pycache__' });
  }
  // vsce would take everything all the same, but warns when it is not told so.
  fs.writeFileSync(path.join(stage, '.vscodeignore'), '');
  const bundled = new Set();
  for (const options of builds) {
    const { metafile } = await build({ ...options, absWorkingDir: root, outdir: path.join(stage, 'dist'), minify: true, sourcemap: false, metafile: true });
    for (const input of Object.keys(metafile.inputs)) bundled.add(input);
  }
  // Below dist rather than beside it: Node finds them there just as well, and vsce takes them as they are.
  const loaded = await copyRuntimePackages(path.join(stage, 'dist/node_modules'), target, external);
  writeNotices(path.join(stage, 'THIRD_PARTY_NOTICES.txt'), [...bundled, ...loaded]);
}
