import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import type { Model } from '../../../src/engine/models/model';
import { modelOf, type ModelSource } from '../../../src/engine/models/modelOf';
import { LensError } from '../../../src/protocol/errors';
import { float32, type Tensor } from '../../../src/engine/tensor';

const [T, C] = [4, 3];
const w = tf.tensor2d([0.5, -1, 2, 1, 0.3, -0.7, -0.2, 0.9, 1.1], [C, C]);

/** What happens between two products, at [N, T, C]: batch first, or with the examples elsewhere. */
const between: Record<string, (x: tf.Tensor3D, act: (value: tf.Tensor) => tf.Tensor) => tf.Tensor> = {
  'the examples first': (x, act) => act(x),
  'the examples on the second axis': (x, act) => tf.transpose(act(tf.transpose(x, [1, 0, 2])), [1, 0, 2]),
  'the examples on the last axis': (x, act) => tf.transpose(act(tf.transpose(x, [1, 2, 0])), [2, 0, 1]),
  'a leading axis of 1': (x, act) => tf.squeeze(act(tf.expandDims(x, 0)), [0]),
};
const merged = (x: tf.Tensor3D, act: (value: tf.Tensor) => tf.Tensor): tf.Tensor => tf.transpose(tf.reshape(act(tf.reshape(tf.transpose(x, [1, 0, 2]), [-1, C])), [T, -1, C]), [1, 0, 2]);

const model = (middle: (x: tf.Tensor3D, act: (value: tf.Tensor) => tf.Tensor) => tf.Tensor, act: (value: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
  tf.sum(tf.matMul(tf.reshape(middle(tf.reshape(tf.matMul(tf.reshape(x, [-1, C]), w), [-1, T, C]), act), [-1, C]), w).reshape([-1, T, C]), [1]);

const example = (count: number): Tensor<'float32'> => float32(Float32Array.from({ length: count * T * C }, (_, index) => Math.sin(3 * index + 1)), [count, T, C]);
const baseline = (count: number): Tensor<'float32'> => float32(Float32Array.from({ length: count * T * C }, (_, index) => Math.cos(2 * index)), [count, T, C]);

/** The same model, which takes only batches of `size`; one of 1 does not say so. */
async function fixedTo(size: number, source: ModelSource): Promise<Model> {
  const free = await modelOf(source);
  const graph: Model['graph'] = (specs) => {
    if (specs[0].shape[0] === size) return free.graph(specs);
    throw new LensError('shape-mismatch', `the batch must be ${size}, got ${specs[0].shape[0]}`);
  };
  return Object.assign(Object.create(free) as Model, { graph, inputs: free.inputs.map((port) => ({ ...port, shape: [size === 1 ? -1 : size, T, C] })) });
}

async function attribute(middle: (typeof between)[string], act: (value: tf.Tensor) => tf.Tensor, count: number, size?: number): Promise<number[]> {
  const free = model(middle, act);
  const result = (await new DeepLift(size === undefined ? free : await fixedTo(size, free)).attribute(example(count), { baselines: baseline(count), target: 1 })) as Tensor<'float32'>;
  return [...result.data];
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(actual[index] - value) < 1e-5, `element ${index} must be ${value}, got ${actual[index]}`);
}

for (const count of [1, 2]) {
  for (const [name, middle] of Object.entries(between)) {
    test(`DeepLift of ${count} example(s) through ReLU, ${name}`, async () => assertClose(await attribute(middle, (value) => tf.relu(value), count), await attribute(between['the examples first'], (value) => tf.relu(value), count)));
  }
  test(`DeepLift of ${count} example(s) through ReLU, the examples within the first axis`, async () => assertClose(await attribute(merged, (value) => tf.relu(value), count), await attribute(between['the examples first'], (value) => tf.relu(value), count)));
  test(`DeepLift of ${count} example(s) through Softmax, the examples on the second axis`, async () => {
    const softmax = (value: tf.Tensor): tf.Tensor => tf.softmax(value);
    assertClose(await attribute(between['the examples on the second axis'], softmax, count), await attribute(between['the examples first'], softmax, count));
  });
}

const relu = (value: tf.Tensor): tf.Tensor => tf.relu(value);
const softmax = (value: tf.Tensor): tf.Tensor => tf.softmax(value);

for (const size of [1, 2, 3]) {
  for (const [name, middle] of Object.entries({ ...between, 'the examples within the first axis': merged })) {
    test(`DeepLift through ReLU of a model that takes ${size} example(s) at a time, ${name}`, async () => assertClose(await attribute(middle, relu, 3, size), await attribute(between['the examples first'], relu, 3)));
  }
}

test('DeepLift through Softmax of a model that takes 1 example at a time, the examples on the second axis', async () => {
  assertClose(await attribute(between['the examples on the second axis'], softmax, 2, 1), await attribute(between['the examples first'], softmax, 2));
});

test('DeepLift through Softmax of a model that takes 2 examples at a time, the examples first', async () => {
  const flat: typeof merged = (x, act) => act(x);
  assertClose(await attribute(flat, softmax, 2, 2), await attribute(flat, softmax, 2));
});

test('DeepLift through Softmax of a model that takes 2 examples at a time is refused where they may lie elsewhere', async () => {
  await assert.rejects(attribute(between['the examples on the second axis'], softmax, 2, 2), { code: 'shape-mismatch', message: /^Softmax '.*': DeepLift needs the batch on the first axis, and the model, which takes 2 examples at a time, may have moved it, got shape \[4, 2, 3\]$/, nextStep: /free batch axis/ });
});
