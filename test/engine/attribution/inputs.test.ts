import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readForwardArgs, readInputs } from '../../../src/engine/attribution/inputs';
import { toTensor } from '../../../src/engine/attribution/tensorLike';
import type { Model, ModelPort } from '../../../src/engine/models/model';
import { hintsOf, withHints } from '../../../src/engine/presentation/hints';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { float32, int64, tensor } from '../../../src/engine/tensor';
import { product, tanhModel } from './models';

const model = tanhModel();
const withPorts = (...inputs: ModelPort[]): Model => ({ ...tanhModel(), inputs, graph: () => Promise.reject(new Error()), dispose: () => {} });

describe('readInputs', () => {
  it('takes nested arrays, engine tensors and TensorFlow.js tensors', async () => {
    const { tf } = await loadTfjs();
    const forms = [[[1, 2, 3]], float32([1, 2, 3], [1, 3]), tf.tensor2d([[1, 2, 3]])];
    for (const [index, form] of forms.entries()) {
      const { tensors, kinds, isTuple } = await readInputs(form, model);
      assert.deepEqual(tensors, [float32([1, 2, 3], [1, 3])]);
      assert.deepEqual([kinds[0], isTuple], [['numbers', 'engine', 'tfjs'][index], false]);
    }
  });

  it('takes a list of tensors as a tuple, of other forms too', async () => {
    const { tensors, isTuple } = await readInputs([float32([1, 2], [1, 2]), [[3, 4]]], product());
    assert.deepEqual([tensors[1].data[0], isTuple], [3, true]);
  });

  it('casts whole numbers to the type that the model takes, and keeps hints', async () => {
    const given = withHints(tensor('int32', Int32Array.of(1, 2, 3), [1, 3]), { name: 'photo.png' });
    const { tensors } = await readInputs(given, model);
    assert.deepEqual(tensors[0], float32([1, 2, 3], [1, 3]));
    assert.equal(hintsOf(tensors[0]).name, 'photo.png');
    const named = withHints((await loadTfjs()).tf.tensor2d([[1, 2, 3]]), { features: ['beak', 'depth', 'mass'] });
    assert.deepEqual(hintsOf((await readInputs(named, model)).tensors[0]), { features: ['beak', 'depth', 'mass'] });
    const ids = await readInputs([[1, 2]], withPorts({ name: 'ids', dtype: 'int64', shape: [-1, 2] }));
    assert.deepEqual(ids.tensors[0], int64([1, 2], [1, 2]));
  });

  const refused: [string, unknown, Model, string, RegExp][] = [
    ['nothing', undefined, model, 'invalid-argument', /^Input 'x' must be a tensor or an array of numbers, got undefined$/],
    ['a Promise', Promise.resolve(), model, 'invalid-argument', /is an await missing\?/],
    ['an empty list', [], model, 'invalid-argument', /at least one tensor is needed/],
    ['a missing batch axis', [1, 2, 3], model, 'shape-mismatch', /^Input 'x' of model 'model' must have shape \[any, 3\], got \[3\]$/],
    ['another width', [[1, 2]], model, 'shape-mismatch', /must have shape \[any, 3\], got \[1, 2\]/],
    ['a ragged array', [[1, 2, 3], [4, 5]], model, 'shape-mismatch', /nested arrays must all have the lengths \[2, 3\], found a length of 2 on axis 1/],
    ['text in an array', [['a']], model, 'invalid-argument', /arrays must hold numbers, got 'a'/],
    ['NaN and infinity', float32([NaN, 1, Infinity], [1, 3]), model, 'not-finite', /^Input 'x' must hold finite numbers, got 1 NaN and 1 infinite among 3$/],
    ['no examples', float32([], [0, 3]), model, 'shape-mismatch', /at least one example/],
    ['more inputs than the model has', [float32([1, 2, 3], [1, 3]), float32([1], [1])], model, 'invalid-argument', /has 1 input\(s\) \(x\), got at least 2/],
    ['batches of different sizes', [float32([1, 2], [1, 2]), float32([1, 2, 3, 4], [2, 2])], product(), 'shape-mismatch', /same number of examples on axis 0, got 2 and 1/],
    ['fractions where whole numbers are needed', [[0.5]], withPorts({ name: 'ids', dtype: 'int64', shape: [-1, 1] }), 'invalid-argument', /^Input 'ids' must hold whole numbers \(int64\), got 0.5$/],
  ];
  for (const [name, inputs, of, code, message] of refused) {
    it(`refuses ${name}`, () => assert.rejects(readInputs(inputs, of), { name: 'LensError', code, message }));
  }

  it('says how to add the batch axis', () => assert.rejects(readInputs([1, 2, 3], model), { nextStep: 'Add an axis for the examples: [1, 3].' }));
  it('refuses a disposed tensor', async () => {
    const { tf } = await loadTfjs();
    const gone = tf.tensor2d([[1, 2, 3]]);
    gone.dispose();
    await assert.rejects(readInputs(gone, model), { code: 'invalid-argument', message: /is disposed/ });
  });
});

describe('readForwardArgs', () => {
  it('takes nothing, a number, a tensor or several', async () => {
    assert.deepEqual(await readForwardArgs(undefined, product(), 1), []);
    assert.deepEqual(await readForwardArgs(0.5, product(), 1), [float32([0.5], [])]);
    assert.deepEqual(await readForwardArgs([[1, 2]], product(), 1), [float32([1, 2], [1, 2])]);
    assert.equal((await readForwardArgs([float32([1], [1])], product(), 1)).length, 1);
  });
});

describe('toTensor', () => {
  it('reads integers and booleans of TensorFlow.js', async () => {
    const { tf } = await loadTfjs();
    assert.deepEqual((await toTensor(tf.tensor1d([1, 2], 'int32'), 'x')).tensor, tensor('int32', Int32Array.of(1, 2), [2]));
    assert.deepEqual((await toTensor(tf.tensor1d([true, false], 'bool'), 'x')).tensor, tensor('bool', Uint8Array.of(1, 0), [2]));
    await assert.rejects(toTensor(tf.tensor1d(['a']), 'x'), { code: 'invalid-argument', message: 'x: tensors of type string have no attributions' });
  });
});
