// Bundles the extension, its processes and the renderer into dist/. `--watch` rebuilds, `--minify` is for packaging.
import * as esbuild from 'esbuild';

/** Packages loaded from node_modules at run time: native parts, data files, or a plug-in of the user's. */
export const external = [
  'vscode',
  'onnxruntime-node',
  'onnxruntime-web',
  '@tensorflow/*',
  'amaro',
  'h5wasm',
  '@vscode/vscode-languagedetection',
];

const args = new Set(process.argv.slice(2));
const shared = {
  bundle: true,
  sourcemap: !args.has('--minify'),
  minify: args.has('--minify'),
  logLevel: 'warning',
  legalComments: 'none',
};

/** @type {import('esbuild').BuildOptions[]} */
export const builds = [
  {
    ...shared,
    entryPoints: {
      extension: 'src/extension.ts',
      engineProcess: 'src/engine/engineProcess.ts',
      endpoint: 'src/engine/endpointProcess.ts',
      kernelProcess: 'src/kernel/kernelProcess.ts',
      interruptWorker: 'src/kernel/interruptWorker.ts',
      hdf5Worker: 'src/engine/models/keras/hdf5Worker.ts',
      moduleHooks: 'src/kernel/modules/hooks.ts',
    },
    outdir: 'dist',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external,
  },
  {
    ...shared,
    entryPoints: { renderer: 'renderers/index.ts', panel: 'src/workbench/panel/page/panel.ts', inspection: 'src/workbench/inspection/page/inspection.ts' },
    outdir: 'dist',
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
  },
];

if (process.argv[1]?.endsWith('esbuild.mjs')) {
  if (args.has('--watch')) {
    for (const options of builds) await (await esbuild.context(options)).watch();
  } else {
    await Promise.all(builds.map((options) => esbuild.build(options)));
  }
}
