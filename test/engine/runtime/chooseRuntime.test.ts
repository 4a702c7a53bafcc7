import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntimeCandidate, runtimeCandidates, tfjsCandidate } from '../../../src/engine/runtime/candidates';
import { chooseRuntime, type RuntimeCandidate } from '../../../src/engine/runtime/chooseRuntime';
import { LensError } from '../../../src/protocol/errors';

const tfjs = tfjsCandidate(() => import('@tensorflow/tfjs'));
const broken: RuntimeCandidate = { name: 'broken', advantage: 'None.', load: () => Promise.reject(new Error('no such binary')) };

test('onnxruntime-node is chosen where it loads, with its version', async () => {
  const { runtime, status } = await chooseRuntime([onnxRuntimeCandidate, tfjs]);
  assert.equal(runtime.name, 'onnxruntime-node (cpu)');
  assert.deepEqual(
    status.map(({ name, available, chosen }) => ({ name, available, chosen })),
    [
      { name: 'onnxruntime-node (cpu)', available: true, chosen: true },
      { name: 'tfjs', available: true, chosen: false },
    ],
  );
  assert.match(status[0].version ?? '', /^\d+\.\d+\.\d+/);
  await runtime.dispose();
});

test('TensorFlow.js takes over where the native runtime does not load, and the status says why', async () => {
  const { runtime, status } = await chooseRuntime([broken, tfjs]);
  assert.match(runtime.name, /^tfjs \(/);
  assert.deepEqual(status[0], { name: 'broken', available: false, chosen: false, reason: 'It does not run here: no such binary' });
  assert.equal(status[1].chosen, true);
  await runtime.dispose();
});

test('ONNX Runtime in WebAssembly takes over where the native one does not load', async () => {
  const [, ...others] = runtimeCandidates();
  const { runtime, status } = await chooseRuntime([broken, ...others]);
  assert.equal(runtime.name, 'onnxruntime-web (wasm)');
  assert.deepEqual(status.map(({ name }) => name), ['broken', 'onnxruntime-web (wasm)', 'tfjs']);
  await runtime.dispose();
});

test('the one that is asked for comes first, a graphics card only then', () => {
  const names = (first?: string) => runtimeCandidates(first).map(({ name }) => name);
  assert.deepEqual(names(), ['onnxruntime-node', 'onnxruntime-web', 'tfjs']);
  assert.deepEqual(names('auto'), names());
  assert.deepEqual(names('tfjs'), ['tfjs', 'onnxruntime-node', 'onnxruntime-web']);
  assert.deepEqual(names('onnxruntime-node (webgpu)'), ['onnxruntime-node (webgpu)', 'onnxruntime-node', 'onnxruntime-web', 'tfjs']);
});

test('a runtime that computes wrongly is passed over', async () => {
  const wrong: RuntimeCandidate = {
    name: 'wrong',
    advantage: 'None.',
    load: async () => ({
      runtime: {
        name: 'wrong',
        compile: async () => ({ bytes: 0, run: async (feeds) => ({ y: feeds.x }), dispose: async () => undefined }),
        dispose: async () => undefined,
      },
    }),
  };
  const { runtime, status } = await chooseRuntime([wrong, onnxRuntimeCandidate]);
  assert.equal(runtime.name, 'onnxruntime-node (cpu)');
  assert.equal(status[0].reason, 'It does not run here: its self-test gave 1,2, must be 2,4');
  await runtime.dispose();
});

test('without any runtime the error names every reason', async () => {
  await assert.rejects(chooseRuntime([broken]), (error) => error instanceof LensError && error.code === 'runtime-failure' && error.message.includes('no such binary'));
});
