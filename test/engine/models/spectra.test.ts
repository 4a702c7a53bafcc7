import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from '../../../src/engine/models/onnx/emitter';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, toNumbers } from '../../../src/engine/tensor';
import { onnxRuntime } from '../operators/support';
import { floats, ints, node, onnx, port } from './onnxBuilder';
import { randomNumbers, verifyModels } from './writtenOut';

const dft = (attributes: Record<string, number>, ...names: string[]) => [node('DFT', ['x', ...names], ['y'], attributes)];
const stft = (attributes: Record<string, number>, ...names: string[]) => [node('STFT', ['x', 'step', ...names], ['y'], attributes)];
const step = ints('step', [3], []);
const length = ints('n', [6], []);

verifyModels([
  { label: 'DFT, real', opset: 17, nodes: dft({}), inputs: { x: [2, 5, 1] } },
  { label: 'DFT, one-sided', opset: 17, nodes: dft({ onesided: 1 }), inputs: { x: [2, 6, 1] } },
  { label: 'DFT, complex, of another axis, filled up', opset: 17, nodes: dft({ axis: 2 }, 'n'), inputs: { x: [1, 2, 4, 2] }, weights: [length] },
  { label: 'DFT, cut', opset: 20, nodes: dft({ onesided: 1 }, 'n', 'axis'), inputs: { x: [1, 7, 2, 1] }, weights: [length, ints('axis', [1], [])] },
  { label: 'DFT, inverse', opset: 20, nodes: dft({ inverse: 1 }), inputs: { x: [2, 5, 2] } },
  ...[5, 6].map((samples) => ({ label: `DFT, one-sided there and back, ${samples} samples`, opset: 20, nodes: [node('DFT', ['x', ''], ['f'], { onesided: 1 }), node('DFT', ['f', 'n'], ['y'], { onesided: 1, inverse: 1 })], inputs: { x: [1, samples, 1] }, weights: [ints('n', [samples], [])], isNative: false })),
  { label: 'STFT', opset: 17, nodes: stft({}, '', 'n'), inputs: { x: [2, 13, 1] }, weights: [step, length] },
  { label: 'STFT, window, both sides', opset: 17, nodes: stft({ onesided: 0 }, 'w'), inputs: { x: [1, 10, 1] }, weights: [step, floats('w', [0.1, 0.5, 1, 0.7])] },
  { label: 'STFT, complex', opset: 17, nodes: stft({ onesided: 0 }, '', 'n'), inputs: { x: [1, 9, 2] }, weights: [step, length] },
  ...['HannWindow', 'HammingWindow', 'BlackmanWindow'].flatMap((op) => [0, 1].map((periodic) => ({ label: `${op}, periodic ${periodic}`, opset: 17, nodes: [node(op, ['n'], ['w'], { periodic }), node('Mul', ['x', 'w'], ['y'])], inputs: { x: [6] }, weights: [length] }))),
  {
    label: 'a log-mel spectrogram',
    opset: 17,
    nodes: [
      node('HannWindow', ['n'], ['w']),
      node('STFT', ['x', 'step', 'w'], ['f']),
      node('ReduceSumSquare', ['f'], ['power'], { axes: [-1], keepdims: 0 }),
      node('MelWeightMatrix', ['filters', 'n', 'rate', 'low', 'high'], ['mel']),
      node('MatMul', ['power', 'mel'], ['bands']),
      node('Add', ['bands', 'floor'], ['positive']),
      node('Log', ['positive'], ['y']),
    ],
    inputs: { x: [1, 40, 1] },
    weights: [ints('n', [16], []), ints('step', [8], []), ints('filters', [3], []), ints('rate', [8000], []), floats('low', [100], []), floats('high', [3800], []), floats('floor', [1], [])],
    precision: 1e-4,
  },
]);

test('a transform too long for one matrix is split, and its inverse leads back', async () => {
  const size = 4800;
  const x = float32(randomNumbers('long signal', [2 * size]), [1, size, 2]);
  const model = await loadOnnxModel(onnx(20, { node: [node('DFT', ['x'], ['f']), node('DFT', ['f'], ['y'], { inverse: 1 })], input: [port('x', [1, size, 2])], output: [port('f', undefined), port('y', undefined)] }));
  const executable = await (await onnxRuntime()).compile(await model.graph([x]));
  const { f, y } = await executable.run({ x });
  await executable.dispose();
  for (const [index, value] of toNumbers(y).entries()) assert.ok(Math.abs(value - x.data[index]) < 1e-5, `element ${index}: ${value}, was ${x.data[index]}`);
  const spectrum = toNumbers(f);
  for (const k of [0, 1, 61, 2400, 4799]) {
    let [re, im] = [0, 0];
    for (let j = 0; j < size; j++) {
      const [cos, sin] = [Math.cos((2 * Math.PI * j * k) / size), Math.sin((2 * Math.PI * j * k) / size)];
      re += x.data[2 * j] * cos + x.data[2 * j + 1] * sin;
      im += x.data[2 * j + 1] * cos - x.data[2 * j] * sin;
    }
    assert.ok(Math.hypot(spectrum[2 * k] - re, spectrum[2 * k + 1] - im) < 2e-3, `frequency ${k}: ${spectrum[2 * k]} and ${spectrum[2 * k + 1]}, expected ${re} and ${im}`);
  }
});

test('a transform of a long prime length is refused', async () => {
  const model = await loadOnnxModel(onnx(20, { node: dft({}), input: [port('x', [1, 7919, 1])], output: [port('y', undefined)] }));
  await assert.rejects(model.graph([{ dtype: 'float32', shape: [1, 7919, 1] }]), { code: 'invalid-model', message: "DFT 'y': a transform of 7919 elements needs a matrix of 125421122, at most 33554432 are possible" });
});

test('a model that is written out with too many constants is refused', () => {
  const emitter = new Emitter({ nodes: [], values: [] });
  const large = (): void => emitter.countMade("STFT 'y'", { shape: [2 ** 26] });
  large();
  large();
  assert.throws(large, { code: 'out-of-memory', message: "STFT 'y': the constants that the model is written out with may have 134217728 elements in all, it needs more" });
});
