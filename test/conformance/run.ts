// npm run onnx-conformance -- DIR [--runtime onnxruntime-node|onnxruntime-web|tfjs] [--test PART-OF-A-NAME] [--skipped]
//
// Runs the backend tests of the ONNX project that lie in DIR: /usr/share/libonnx-testdata/data of Debian's
// libonnx-testdata, or a folder written by `backend-test-tools generate-data -o DIR` of PyPI's onnx. Prints a line for each
// test that fails (with --skipped: also for each that is skipped), the skipped ones counted by operator, and the totals.
// Exits with 1 if any test failed.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runtimeCandidates } from '../../src/engine/runtime/candidates';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { findTests, runTest } from './nodeTest';

async function runtimeNamed(name: string): Promise<Runtime> {
  const [candidate] = runtimeCandidates(name);
  if (candidate.name !== name) throw new Error(`--runtime must be one of the setting attributionLens.runtime, got ${name}`);
  return (await candidate.load()).runtime;
}

/** `LSTM 'y': ...` or `Model 'm': the operator LSTM 'y' is not supported` or `the operators A 'x', B 'y'...`: the operators. */
function operatorsIn(reason: string): string[] {
  const named = [...reason.matchAll(/([A-Za-z][\w.]*) '[^']*'/g)].map(([, operator]) => operator).filter((word) => !['Model', 'Input', 'Output', 'input', 'Weight', 'value', 'attribute'].includes(word));
  return named.length > 0 ? [...new Set(named)] : ['(model)'];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { runtime: { type: 'string' }, test: { type: 'string' }, skipped: { type: 'boolean' } } });
  if (positionals.length !== 1) throw new Error('Name the folder with the ONNX backend tests');
  const folders = findTests(path.resolve(positionals[0])).filter((folder) => path.basename(folder).includes(values.test ?? ''));
  if (folders.length === 0) throw new Error(`${positionals[0]} has no folder with model.onnx and test_data_set_0`);
  const runtime = await runtimeNamed(values.runtime ?? 'onnxruntime-node');
  let [passed, failed, skipped] = [0, 0, 0];
  const operators = new Map<string, number>();
  for (const folder of folders) {
    const outcome = await runTest(folder, runtime);
    const name = path.basename(folder);
    if (outcome.kind === 'passed') passed++;
    else if (outcome.kind === 'failed') {
      failed++;
      console.log(`FAILED ${name}: ${outcome.reason.replace(/\s+/g, ' ').slice(0, 300)}`);
    } else {
      skipped++;
      for (const operator of operatorsIn(outcome.reason)) operators.set(operator, (operators.get(operator) ?? 0) + 1);
      if (values.skipped) console.log(`skipped ${name}: ${outcome.reason.slice(0, 300)}`);
    }
  }
  if (skipped > 0) console.log(`Skipped, by operator: ${[...operators].sort(([, a], [, b]) => b - a).map(([operator, count]) => `${operator} ${count}`).join(', ')}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped (${runtime.name})`);
  await runtime.dispose();
  return failed === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
