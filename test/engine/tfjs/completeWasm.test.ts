import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/engine/models/tfjs/tfjs';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';

const wave = (tf: Tf, ...shape: number[]): tfjs.Tensor => tf.sin(tf.linspace(0, 17, tf.util.sizeFromShape(shape))).reshape(shape);
const whole = (tf: Tf, values: number[], ...shape: number[]): tfjs.Tensor => tf.tensor(values, shape, 'int32');

/** Calls that the WebAssembly backend lacks or answers wrongly on its own. */
const calls: Record<string, (tf: Tf) => tfjs.Tensor> = {
  einsum: (tf) => tf.einsum('bij,jk->bki', wave(tf, 2, 3, 4), wave(tf, 4, 5)),
  'maximum pooling, rounding up': (tf) => tf.maxPool(wave(tf, 2, 7, 6, 3) as tfjs.Tensor4D, 3, 2, 1, 'ceil'),
  'average pooling, rounding to the nearest': (tf) => tf.avgPool(wave(tf, 2, 7, 6, 3) as tfjs.Tensor4D, 3, 2, 1, 'round'),
  'convolution, rounding up': (tf) => tf.conv2d(wave(tf, 2, 7, 6, 3) as tfjs.Tensor4D, wave(tf, 3, 3, 3, 2) as tfjs.Tensor4D, 2, 1, 'NHWC', 1, 'ceil'),
  'fused convolution, rounding up': (tf) => tf.fused.conv2d({ x: wave(tf, 2, 7, 6, 3) as tfjs.Tensor4D, filter: wave(tf, 3, 3, 3, 2) as tfjs.Tensor4D, strides: 2, pad: 1, dimRoundingMode: 'ceil', activation: 'relu' }),
  'floats to bool': (tf) => tf.cast(tf.tensor1d([0, 0.5, 256]), 'bool'),
  'clipped integers': (tf) => tf.clipByValue(whole(tf, [-7, 0, 9], 3), -1, 4),
  'transposed convolution of volumes': (tf) => tf.conv3dTranspose(wave(tf, 1, 2, 3, 3, 2) as tfjs.Tensor5D, wave(tf, 2, 2, 2, 3, 2) as tfjs.Tensor5D, [1, 4, 6, 6, 3], 2, 'same'),
  dilation: (tf) => tf.dilation2d(wave(tf, 1, 5, 5, 2) as tfjs.Tensor4D, wave(tf, 2, 2, 2) as tfjs.Tensor3D, 1, 'same'),
  'gathering over a batch': (tf) => tf.gather(wave(tf, 2, 4, 3), whole(tf, [2, 1], 2, 1), 2, 1),
  'one-hot floats': (tf) => tf.oneHot(whole(tf, [0, 2, 1], 3) as tfjs.Tensor1D, 4, 3.5, -1, 'float32'),
  'strided integers': (tf) => tf.stridedSlice(whole(tf, [5, 6, 7, 8], 4), [0], [4], [2]),
};

after(async () => (await loadTfjs()).tf.setBackend('wasm'));

for (const [name, call] of Object.entries(calls)) {
  test(`WebAssembly agrees with plain JavaScript: ${name}`, async () => {
    const { tf } = await loadTfjs();
    const answers: { dtype: string; shape: number[]; values: number[] }[] = [];
    for (const backend of ['wasm', 'cpu']) {
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const result = call(tf);
        answers.push({ dtype: result.dtype, shape: result.shape, values: Array.from(result.dataSync()) });
      });
      assert.equal(tf.memory().numTensors, before);
    }
    const [wasm, cpu] = answers;
    assert.deepEqual({ dtype: wasm.dtype, shape: wasm.shape }, { dtype: cpu.dtype, shape: cpu.shape });
    for (const [index, value] of cpu.values.entries()) assert.ok(Math.abs(wasm.values[index] - value) < 1e-4, `element ${index}: ${wasm.values[index]}, must be ${value}`);
  });
}

test('a convolutional network can be trained on WebAssembly', async () => {
  const { tf } = await loadTfjs();
  await tf.setBackend('wasm');
  const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] }), tf.layers.depthwiseConv2d({ kernelSize: 2 }), tf.layers.flatten(), tf.layers.dense({ units: 1 })] });
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'meanSquaredError' });
  const [x, y] = [wave(tf, 16, 6, 6, 1), wave(tf, 16, 1)];
  const { history } = await model.fit(x, y, { epochs: 20, verbose: 0 });
  const losses = history.loss.map(Number);
  assert.ok(losses[19] < losses[0] / 2, `the loss went from ${losses[0]} to ${losses[19]}`);
});
