import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import { convertedKernels } from '../../../src/engine/models/tfjs/kernels';
import type { TensorFunction, Tf } from '../../../src/engine/models/tfjs/tfjs';
import { checkTrace, loaded, type InputSpec } from './support';

interface FunctionCase {
  readonly inputs: readonly InputSpec[];
  readonly run: (tf: Tf) => TensorFunction;
  readonly noGradient?: boolean;
  readonly tolerance?: number;
}

const vector: InputSpec = { shape: [2, 5], low: -2, high: 2 };
const positive: InputSpec = { shape: [2, 5], low: 0.3, high: 2 };
const unit: InputSpec = { shape: [2, 5], low: -0.9, high: 0.9 };
const image: InputSpec = { shape: [2, 6, 5, 3] };
const ids: InputSpec = { shape: [2, 4], dtype: 'int32', low: 0, high: 6 };

const unary = (name: keyof Tf & string, input: InputSpec, noGradient = false): [string, FunctionCase] => [
  name,
  { inputs: [input], noGradient, run: (tf) => (x) => (tf[name] as (x: tfjs.Tensor) => tfjs.Tensor)(x) },
];

const cases: Record<string, FunctionCase> = {
  ...Object.fromEntries([
    ...(['abs', 'asinh', 'atan', 'cos', 'cosh', 'elu', 'erf', 'exp', 'expm1', 'neg', 'relu', 'relu6', 'selu', 'sigmoid', 'sin', 'sinh', 'softplus', 'square', 'tan', 'tanh', 'leakyRelu', 'logSigmoid', 'softmax', 'logSoftmax'] as const).map((name) => unary(name, name === 'tan' ? unit : vector)),
    ...(['acos', 'asin', 'atanh'] as const).map((name) => unary(name, unit)),
    ...(['log', 'log1p', 'reciprocal', 'rsqrt', 'sqrt'] as const).map((name) => unary(name, positive)),
    unary('acosh', { ...positive, low: 1.3, high: 3 }),
    ...(['ceil', 'floor', 'round', 'sign', 'zerosLike', 'onesLike'] as const).map((name) => unary(name, vector, true)),
  ]),
  'binary operations with broadcasting': {
    inputs: [{ shape: [3, 1, 4], low: 0.5, high: 2 }, { shape: [2, 4], low: 0.6, high: 1.9 }],
    run: (tf) => (a, b) => tf.addN([tf.add(a, b), tf.sub(a, b), tf.mul(a, b), tf.div(a, b), tf.pow(a, b), tf.maximum(a, b), tf.minimum(a, b), tf.squaredDifference(a, b), tf.atan2(a, tf.sub(b, 1.2))]),
  },
  'floorDiv and mod of either sign': { inputs: [vector, positive], noGradient: true, run: (tf) => (a, b) => tf.stack([tf.floorDiv(a, b).cast('float32'), tf.mod(a, b), tf.mod(b, a), tf.mod(tf.neg(a), tf.neg(b))]) },
  'the derivative of mod': { inputs: [{ ...vector, low: 2.1, high: 2.9 }], run: (tf) => (a) => tf.mod(a, tf.scalar(-2)) },
  'integer arithmetic': {
    inputs: [{ shape: [6], dtype: 'int32', low: -9, high: 9 }, { shape: [6], dtype: 'int32', low: 1, high: 5 }],
    noGradient: true,
    run: (tf) => (a, b) => tf.cast(tf.stack([tf.add(a, b), tf.mul(a, b), tf.floorDiv(a, b), tf.mod(a, b), tf.maximum(a, b), tf.clipByValue(a, -3, 4), tf.abs(a), tf.sub(a, tf.scalar(2, 'int32'))]), 'float32'),
  },
  'comparisons and logic inside where': {
    inputs: [vector, { ...vector, low: -1.9 }],
    run: (tf) => (a, b) => {
      const either = tf.logicalOr(tf.logicalAnd(tf.greater(a, b), tf.less(a, 1)), tf.logicalNot(tf.greaterEqual(b, 0)));
      const same = tf.logicalXor(tf.equal(tf.floor(a), tf.floor(b)), tf.notEqual(tf.sign(a), tf.lessEqual(a, b).cast('float32')));
      return tf.where(either, a.mul(3), tf.where(same, b, a.mul(b)));
    },
  },
  'where with a condition for each row': { inputs: [vector, { ...vector, low: -1.8 }], run: (tf) => (a, b) => tf.where(tf.greater(tf.sum(a, 1, true), 0), a.square(), b) },
  'isNaN, isInf, isFinite': { inputs: [vector], noGradient: true, run: (tf) => (x) => tf.stack([tf.isNaN(tf.log(x)), tf.isInf(tf.div(1, tf.relu(x))), tf.isFinite(tf.log(x))]).cast('float32') },
  'clipByValue, step and prelu': { inputs: [vector], run: (tf) => (x) => tf.addN([tf.clipByValue(x, -0.5, 1.1), tf.step(x, 0.5), tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3, 0.4, 0.5]))]) },
  reductions: {
    inputs: [{ shape: [2, 3, 4], low: 0.5, high: 1.5 }],
    run: (tf) => (x) => tf.concat([x.sum([0, 2]), x.mean(1).flatten(), x.max(-1, true).flatten(), x.min([0]).flatten(), x.prod(2).flatten(), tf.logSumExp(x, 1).flatten(), tf.norm(x, 'euclidean', 1).flatten(), tf.moments(x, [0]).variance.flatten(), x.sum().reshape([1])]),
  },
  'all, any, argMax, argMin': { inputs: [{ shape: [3, 4] }], noGradient: true, run: (tf) => (x) => tf.stack([x.greater(-0.9).all(1).cast('int32'), x.greater(0.9).any(1).cast('int32'), x.argMax(1), x.argMin(-1)]).cast('float32') },
  'cumsum in every direction': { inputs: [{ shape: [3, 4] }], run: (tf) => (x) => tf.addN([tf.cumsum(x, 1), tf.cumsum(x, 0, true), tf.cumsum(x, 1, false, true), tf.cumsum(x, 1, true, true)]) },
  'the largest values and their places': { inputs: [{ shape: [3, 6] }], run: (tf) => (x) => { const { values, indices } = tf.topk(x, 3); return tf.mul(values, indices.cast('float32').add(1)); } },
  'reshape, expandDims, squeeze, transpose, tile, reverse': { inputs: [{ shape: [2, 3, 4] }], run: (tf) => (x) => tf.tile(tf.reverse(tf.transpose(tf.squeeze(tf.expandDims(x.reshape([2, 4, 3]), 1), [1]), [2, 0, 1]), [0, 2]), [2, 1, 1]) },
  'slices and strided slices': {
    inputs: [{ shape: [4, 6, 3] }],
    run: (tf) => (x) => tf.concat([x.slice([1, 2, 0], [2, -1, 2]).flatten(), x.slice(1, 1).flatten(), tf.stridedSlice(x, [0, 5, 0], [4, 0, 3], [2, -2, 1]).flatten(), tf.stridedSlice(x, [1, 0, 0], [2, 6, 2], [1, 1, 1], 0, 0, 0, 0, 1).flatten(), tf.stridedSlice(x, [0, 4, 0], [0, 0, 3], [1, -1, 2], 1, 3).flatten()]),
  },
  'concat, stack, unstack, split': {
    inputs: [{ shape: [2, 4] }, { shape: [2, 4] }],
    run: (tf) => (a, b) => {
      const [first, , third] = tf.unstack(tf.concat([a, b], 0), 0);
      const [left, right] = tf.split(a, [1, 3], 1);
      const halves = tf.split(b, 2, -1);
      return tf.concat([tf.stack([first, third], 1).flatten(), left.mul(right).flatten(), halves[0].sub(halves[1]).flatten()]);
    },
  },
  'constant, reflecting and symmetric padding': { inputs: [{ shape: [3, 4] }], run: (tf) => (x) => tf.concat([tf.pad(x, [[1, 0], [2, 1]], 0.5), tf.mirrorPad(x, [[1, 0], [2, 1]], 'reflect'), tf.mirrorPad(x, [[0, 1], [3, 0]], 'symmetric').square()], 0) },
  'gather along axes and over a batch': {
    inputs: [{ shape: [2, 4, 3] }],
    run: (tf) => (x) => tf.concat([tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 1).flatten(), tf.gather(x, tf.tensor2d([[1, 3], [0, 0]], [2, 2], 'int32'), 1, 1).flatten(), tf.gather(x, tf.tensor2d([[2], [1]], [2, 1], 'int32'), 2, 1).flatten(), tf.gatherND(x, tf.tensor2d([[0, 3], [1, 1]], [2, 2], 'int32')).flatten()]),
  },
  'an embedding with its sum': { inputs: [ids], noGradient: true, run: (tf) => { const table = tf.variable(tf.reshape(tf.linspace(-1, 1, 30), [6, 5])); return (x) => tf.sum(tf.gather(table, x), 1); } },
  'one-hot of token ids': { inputs: [ids], noGradient: true, run: (tf) => (x) => tf.mul(tf.oneHot(x, 6).cast('float32'), tf.oneHot(x.sub(tf.scalar(2, 'int32')), 6, 3, -1).cast('float32')) },
  'scattered values': { inputs: [{ shape: [3, 2] }, { shape: [5, 2] }], run: (tf) => (updates, x) => tf.add(tf.scatterND(tf.tensor2d([[1], [4], [1]], [3, 1], 'int32'), updates, [5, 2]), tf.tensorScatterUpdate(x, tf.tensor2d([[0], [3], [2]], [3, 1], 'int32'), updates)) },
  'matrix products with transposes': { inputs: [{ shape: [3, 4] }, { shape: [3, 5] }, { shape: [2, 5, 4] }], run: (tf) => (a, b, c) => tf.matMul(tf.expandDims(tf.matMul(a, b, true, false), 0).tile([2, 1, 1]), c, true, true) },
  'a product with a batch on one side': { inputs: [{ shape: [2, 3, 4] }], run: (tf) => (x) => tf.matMul(x, tf.linspace(-1, 1, 20).reshape([4, 5])) },
  'a dense layer with prelu': { inputs: [{ shape: [3, 4] }], run: (tf) => (x) => tf.fused.matMul({ a: x as tfjs.Tensor2D, b: tf.linspace(-1, 1, 20).reshape([4, 5]), bias: tf.linspace(0, 1, 5), activation: 'prelu', preluActivationWeights: tf.linspace(0.1, 0.5, 5) }) },
  'Einstein sums': { inputs: [{ shape: [2, 3, 4] }, { shape: [4, 5] }], run: (tf) => (a, b) => tf.einsum('bij,jk->bki', a, b) },
  'scaled dot-product attention': {
    inputs: [{ shape: [2, 4, 6] }],
    run: (tf) => (x) => {
      const project = (shift: number) => tf.matMul(x.reshape([8, 6]), tf.sin(tf.linspace(shift, shift + 9, 36)).reshape([6, 6])).reshape([2, 4, 2, 3]).transpose([0, 2, 1, 3]);
      const scores = tf.softmax(tf.matMul(project(0), project(1), false, true).div(Math.sqrt(3)));
      return tf.matMul(scores, project(2)).transpose([0, 2, 1, 3]).reshape([2, 4, 6]);
    },
  },
  'convolution with explicit padding and activation': {
    inputs: [image],
    run: (tf) => (x) => tf.fused.conv2d({ x: x as tfjs.Tensor4D, filter: tf.sin(tf.linspace(0, 9, 72)).reshape<tfjs.Tensor4D>([3, 2, 3, 4]), strides: [2, 1], pad: [[0, 0], [1, 2], [0, 1], [0, 0]], bias: tf.linspace(0, 1, 4), activation: 'leakyrelu', leakyreluAlpha: 0.3 }),
  },
  'plain, depthwise and transposed convolutions': {
    inputs: [image],
    run: (tf) => (x) => {
      const filter = (...shape: [number, number, number, number]) => tf.sin(tf.linspace(0, 7, tf.util.sizeFromShape(shape))).reshape(shape) as tfjs.Tensor4D;
      const y = tf.conv2d(x as tfjs.Tensor4D, filter(3, 3, 3, 2), 1, 1, 'NHWC', [1, 1], 'floor');
      const z = tf.depthwiseConv2d(y, filter(2, 2, 2, 2), [1, 1], 'same', 'NHWC', [2, 2]);
      return tf.conv2dTranspose(z, filter(3, 2, 5, 4), [2, 12, 9, 5], 2, 'same');
    },
  },
  'a fused depthwise convolution': {
    inputs: [image],
    run: (tf) => (x) => tf.fused.depthwiseConv2d({ x: x as tfjs.Tensor4D, filter: tf.sin(tf.linspace(0, 7, 54)).reshape<tfjs.Tensor4D>([3, 3, 3, 2]), strides: 2, pad: 'valid', bias: tf.linspace(-1, 1, 6), activation: 'elu' }),
  },
  'a transposed convolution of volumes': {
    inputs: [{ shape: [1, 2, 3, 3, 2] }],
    run: (tf) => (x) => tf.conv3dTranspose(x as tfjs.Tensor5D, tf.sin(tf.linspace(0, 7, 48)).reshape([2, 2, 2, 3, 2]) as tfjs.Tensor5D, [1, 4, 6, 6, 3], 2, 'same'),
  },
  'convolution of volumes': { inputs: [{ shape: [1, 4, 4, 3, 2] }], run: (tf) => (x) => tf.conv3d(x as tfjs.Tensor5D, tf.sin(tf.linspace(0, 7, 48)).reshape([2, 2, 2, 2, 3]) as tfjs.Tensor5D, [2, 1, 1], 'same') },
  'pooling with padding and rounding': {
    inputs: [{ shape: [2, 7, 6, 3] }],
    run: (tf) => (x) => tf.concat([tf.maxPool(x as tfjs.Tensor4D, 3, 2, 'same').flatten(), tf.avgPool(x as tfjs.Tensor4D, [3, 2], [2, 2], 'same').flatten(), tf.maxPool(x as tfjs.Tensor4D, 3, 2, 1, 'ceil').flatten(), tf.avgPool(x as tfjs.Tensor4D, 2, 2, 1, 'floor').flatten()]),
  },
  'pooling of volumes': { inputs: [{ shape: [1, 4, 4, 4, 2] }], run: (tf) => (x) => tf.concat([tf.maxPool3d(x as tfjs.Tensor5D, 2, 2, 'valid').flatten(), tf.avgPool3d(x as tfjs.Tensor5D, 3, 2, 'same').flatten()]) },
  'batch normalization of rows, with all and without parameters': {
    inputs: [{ shape: [3, 4] }],
    run: (tf) => (x) => tf.add(tf.batchNorm(x, tf.linspace(0, 1, 4), tf.linspace(0.5, 2, 4), tf.linspace(-1, 1, 4), tf.linspace(1, 2, 4), 0.01), tf.batchNorm(x, tf.linspace(0, 1, 4), tf.linspace(0.5, 2, 4))),
  },
  'normalization by moments of the input': { inputs: [{ shape: [2, 3, 4] }], run: (tf) => (x) => { const { mean, variance } = tf.moments(x, [2], true); return tf.batchNorm(x.reshape([6, 4]), mean.tile([1, 1, 4]).reshape([6, 4]), variance.tile([1, 1, 4]).reshape([6, 4]), tf.zeros([6, 4]), tf.ones([6, 4]), 0.1); } },
  'local response normalization': { inputs: [image], run: (tf) => (x) => tf.localResponseNormalization(x as tfjs.Tensor4D, 1, 1.5, 0.7, 0.6) },
  'depthToSpace, batchToSpaceND, spaceToBatchND, flipLeftRight': {
    inputs: [{ shape: [4, 2, 4, 8] }],
    run: (tf) => (x) => tf.concat([tf.depthToSpace(x as tfjs.Tensor4D, 2).flatten(), tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]]).flatten(), tf.spaceToBatchND(x, [2, 2], [[1, 1], [0, 2]]).square().flatten(), tf.image.flipLeftRight(x as tfjs.Tensor4D).flatten()]),
  },
  ...Object.fromEntries(
    ([[false, false], [true, false], [false, true]] as const).flatMap(([align, half]): [string, FunctionCase][] => [
      [`bilinear resizing (alignCorners ${align}, halfPixelCenters ${half})`, { inputs: [{ shape: [1, 4, 5, 2] }], run: (tf) => (x) => tf.concat([tf.image.resizeBilinear(x as tfjs.Tensor4D, [7, 8], align, half).flatten(), tf.image.resizeBilinear(x as tfjs.Tensor4D, [2, 3], align, half).flatten()]) }],
      [`nearest resizing (alignCorners ${align}, halfPixelCenters ${half})`, { inputs: [{ shape: [1, 4, 5, 2] }], run: (tf) => (x) => tf.concat([tf.image.resizeNearestNeighbor(x as tfjs.Tensor4D, [7, 8], align, half).flatten(), tf.image.resizeNearestNeighbor(x as tfjs.Tensor4D, [3, 3], align, half).flatten()]) }],
    ]),
  ),
};

/** The kernels that the models of this file run. */
const seen = new Set<string>();

async function watched(action: () => Promise<unknown>): Promise<void> {
  const engine = (await loaded).engine();
  const { runKernel } = engine;
  Object.assign(engine, { runKernel: (name: string, ...rest: [tfjs.NamedTensorMap, tfjs.NamedAttrMap?]) => (seen.add(name), runKernel.call(engine, name, ...rest)) });
  try {
    await action();
  } finally {
    Reflect.deleteProperty(engine, 'runKernel');
  }
}

for (const [name, { inputs, run, noGradient, tolerance }] of Object.entries(cases)) {
  test(`function: ${name}`, () => watched(async () => checkTrace(name, run(await loaded), { inputs, noGradient, tolerance })));
}

test('every converted kernel is tested', () => {
  const untested = convertedKernels().filter((kernel) => !seen.has(kernel));
  assert.deepEqual(untested, []);
});
