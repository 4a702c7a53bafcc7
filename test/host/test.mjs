// npm test [-- typecheck|host|engine|workbench|browser|package [PATTERN]]
//
// Installs what is missing, builds, and runs every test, or one stage of them, or of that stage the files whose path
// contains PATTERN. The last line is "N passed, N failed".
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureChromium } from './browser.mjs';
import { ensureBuild, ensureDependencies, ensureVSCode } from './ensure.mjs';
import { findTests } from './findTests.mjs';
import { main } from './main.mjs';
import { findPython, jupyterExtension } from './jupyter.mjs';
import { HostError } from './npm.mjs';
import { cache, root } from './paths.mjs';
import { Results } from './results.mjs';
import { removeAtExit } from './workspace.mjs';

const [wanted, pattern = ''] = process.argv.slice(2);
const results = new Results();
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-'));
const remove = removeAtExit(scratch);

/** Runs a command with its output shown, and rejects when it fails. */
function command(executable, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(executable, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`${path.basename(executable)} exited with ${signal ?? code}`))));
  });
}

/** The test files below the folders of test/ that `accept` takes. */
const testFiles = (suffix, accept) => findTests(suffix, accept).filter((file) => file.includes(pattern));

/** Runs files with node's test runner. */
async function nodeTests(files, file, extra = []) {
  if (files.length === 0) throw new Error(`no test file matches "${pattern}"`);
  const reporter = new URL('./reporter.mjs', import.meta.url).href;
  await command(process.execPath, [...extra, '--test', `--test-reporter=${reporter}`, `--test-reporter-destination=${file}`, ...files]);
}

/** Every stage, in the order in which they run. */
const STAGES = {
  async typecheck(file) {
    await command(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit']);
    fs.appendFileSync(file, `${JSON.stringify({ title: 'the types fit', state: 'passed', milliseconds: 0 })}\n{"end":true}\n`);
  },
  async host(file) {
    await nodeTests(testFiles('.test.mjs', (folder) => folder === 'host'), file);
  },
  async engine(file) {
    const elsewhere = new Set(['workbench', 'browser', 'package', 'host']);
    // One more than there are processors: some tests wait for processes to end.
    await nodeTests(testFiles('.test.ts', (folder) => !elsewhere.has(folder)), file, ['--import', 'tsx', `--test-concurrency=${os.availableParallelism() + 1}`]);
  },
  async workbench(file) {
    const { buildWorkbenchTests } = await import('./buildTests.mjs');
    const testsPath = await buildWorkbenchTests(testFiles('.test.ts', (folder) => folder === 'workbench'), `workbench-${process.pid}`);
    removeAtExit(path.dirname(testsPath));
    const vscode = await ensureVSCode();
    const { runTests } = await import('@vscode/test-electron');
    const workspace = path.join(scratch, 'workspace');
    fs.cpSync(path.join(root, 'media/samples'), workspace, { recursive: true });
    await runTests({
      vscodeExecutablePath: vscode.executable ?? path.join(root, 'test/host/launcher.mjs'),
      extensionDevelopmentPath: [root, ...(findPython() ? [jupyterExtension] : [])],
      extensionTestsPath: testsPath,
      launchArgs: [workspace, `--user-data-dir=${path.join(scratch, 'user-data')}`, `--extensions-dir=${path.join(scratch, 'extensions')}`],
      extensionTestsEnv: { ATTRIBUTION_LENS_RESULTS: file },
    });
  },
  async browser(file) {
    ensureChromium();
    await nodeTests(testFiles('.test.mjs', (folder) => folder === 'browser'), file, ['--import', 'tsx', '--test-concurrency=1']);
  },
  async package(file) {
    await ensureVSCode();
    await nodeTests(testFiles('.test.mjs', (folder) => folder === 'package'), file);
  },
};

await main(async () => {
  if (wanted && !(wanted in STAGES)) throw new HostError(`There is no stage "${wanted}": choose one of ${Object.keys(STAGES).join(', ')}.`);
  fs.mkdirSync(cache, { recursive: true });
  ensureDependencies();
  try {
    await ensureBuild();
  } catch (error) {
    results.fail(error.message);
  }
  for (const [name, run] of Object.entries(STAGES))
    if (!wanted || wanted === name) await results.stage(name, run, path.join(scratch, `${name}.jsonl`), { brief: name === 'engine' && !pattern });
  remove();
  return results.finish();
});
