// Bundles the tests that run inside VS Code; run as a script, all of them.
import fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { external } from '../../esbuild.mjs';
import { findTests } from './findTests.mjs';
import { root } from './paths.mjs';

/**
 * Bundles suites, and the index that runs them.
 *
 * @param {string[]} suites paths of *.test.ts files below test/workbench, relative to the root.
 * @param {string} [name] the folder below dist/test to fill; several runs at a time need one each.
 * @returns {Promise<string>} what VS Code wants as its `extensionTestsPath`.
 */
export async function buildWorkbenchTests(suites, name = 'workbench') {
  if (suites.length === 0) throw new Error('no test file of the workbench matches');
  const outdir = path.join(root, 'dist/test', name);
  fs.rmSync(outdir, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: root, entryPoints: ['test/workbench/index.ts', ...suites], outbase: 'test/workbench', outdir,
    bundle: true, platform: 'node', target: 'node20', format: 'cjs', sourcemap: 'inline', logLevel: 'warning', external: [...external, 'mocha'],
  });
  return path.join(outdir, 'index.js');
}

if (process.argv[1]?.endsWith('buildTests.mjs')) await buildWorkbenchTests(findTests('.test.ts', (folder) => folder === 'workbench'));
