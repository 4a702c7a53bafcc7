import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { OnnxRuntime } from '../../src/engine/runtime/onnxRuntime';
import { createTfjsRuntime } from '../../src/engine/runtime/tfjsRuntime';
import { loadTfjs } from '../../src/engine/tfjs/loadTfjs';
import { findTests, runTest } from './nodeTest';

const onnxRuntime = OnnxRuntime.load({ threads: 1 });
const tfjs = loadTfjs().then(({ tf }) => createTfjsRuntime(tf));
after(async () => (await onnxRuntime).dispose());

for (const folder of findTests(path.join(import.meta.dirname, 'data'))) {
  const name = path.basename(folder);
  test(`ONNX node test ${name}`, async () => {
    const expected = name === 'test_bernoulli' ? { kind: 'skipped', reason: "Model 'model.onnx': the operator Bernoulli 'y' is not supported" } : { kind: 'passed' };
    assert.deepEqual(await runTest(folder, await onnxRuntime), expected);
    assert.deepEqual(await runTest(folder, await tfjs), expected);
  });
}

/** Where Debian's libonnx-testdata puts them. */
const installed = '/usr/share/libonnx-testdata/data/node';

test('every twentieth ONNX node test of the installed data', { skip: !existsSync(installed) && 'libonnx-testdata is not installed' }, async () => {
  const sample = findTests(installed).filter((_, index) => index % 20 === 0);
  const outcomes = await Promise.all(sample.map(async (folder) => ({ name: path.basename(folder), ...(await runTest(folder, await onnxRuntime)) })));
  assert.deepEqual(outcomes.filter(({ kind }) => kind === 'failed'), []);
  assert.ok(outcomes.filter(({ kind }) => kind === 'passed').length > sample.length / 2);
});
