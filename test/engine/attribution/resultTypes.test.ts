// What attribute returns is what its type says: the type check holds the types, the tests the values.
import * as tf from '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { api } from '../../../src/engine/api';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import type { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { isTensor, type NestedNumbers } from '../../../src/engine/attribution/tensorLike';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { BuiltModel } from './models';

type One = Tensor<'float32'>;
type Same<A, B> = 0 extends 1 & A ? false : [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Form = 'one' | Form[];

/** Does not compile unless the type of the value is the expected one, no wider and no narrower. */
const typed = <Expected>() => <Actual>(value: Actual, ..._: Same<Actual, Expected> extends true ? [] : [never]): Actual => value;

const formOf = (value: unknown): Form => (isTensor(value) ? 'one' : Array.isArray(value) ? value.map(formOf) : assert.fail(`no tensor: ${String(value)}`));

const [x, y] = [float32([1, 2], [2, 1]), float32([3, 4], [2, 1])];
const [first, ...features] = [[0.5], [0.25]];
const options = { returnConvergenceDelta: true } as const;

/** F(x, y) = scaled(x + y). */
const sum = new BuiltModel(['x', 'y'].map((name) => ({ name, dtype: 'float32' as const, shape: [-1, 1] })), (builder, [left, right]) => builder.op('Relu', [builder.op('Add', [left, right], {}, { name: 'added' })], {}, { name: 'kept' }));
after(async () => (await sharedEngine()).dispose());

it('attributions to inputs have their form', async () => {
  const { IntegratedGradients, Saliency, NeuronGradient, NoiseTunnel } = api;
  assert.deepEqual(formOf(typed<One[]>()(await new Saliency(sum).attribute([x, y]))), ['one', 'one']);
  assert.deepEqual(formOf(typed<[One, tf.Tensor]>()(await new Saliency(sum).attribute([x, tf.tensor2d([3, 4], [2, 1])] as [One, tf.Tensor]))), ['one', 'one']);
  assert.deepEqual(formOf(typed<[One[], One]>()(await new IntegratedGradients(sum).attribute([x, y], options))), [['one', 'one'], 'one']);
  assert.deepEqual(formOf(typed<One[]>()(await new NeuronGradient(sum, 'added').attribute([x, y], { neuronSelector: 0 }))), ['one', 'one']);
  assert.deepEqual(formOf(typed<One[]>()(await new NoiseTunnel(new Saliency(sum)).attribute([x, y], { ntSamples: 2 }))), ['one', 'one']);
  const double = (input: tf.Tensor): tf.Tensor => tf.mul(input, 2);
  assert.equal(formOf(typed<One>()(await new Saliency(double).attribute(x))), 'one');
  assert.deepEqual(typed<NestedNumbers>()(await new Saliency(double).attribute([first, ...features])), [[2], [2]]);
});

it('relevance of a sum goes to each input by its part', async () => {
  const [relevances, deltas] = await new api.LRP(sum).attribute([x, y], options);
  assert.deepEqual(typed<One[]>()(relevances).map(({ data }) => [...data]), [[1, 2], [3, 4]]);
  assert.deepEqual([...typed<One>()(deltas).data], [0, 0]);
});

it('attributions to a layer are one tensor for a list of inputs, in the form of the first', async () => {
  const { LayerActivation, LayerConductance, LayerDeepLift, LayerIntegratedGradients, LayerLRP, NoiseTunnel } = api;
  assert.equal(formOf(typed<One>()(await new LayerActivation(sum, 'added').attribute([x, y]))), 'one');
  assert.equal(formOf(typed<tf.Tensor>()(await new LayerActivation(sum, 'added').attribute([tf.tensor2d([3, 4], [2, 1]), x] as [tf.Tensor, One]))), 'one');
  assert.deepEqual(formOf(typed<[One, One]>()(await new LayerIntegratedGradients(sum, 'added').attribute([x, y], options))), ['one', 'one']);
  assert.deepEqual(formOf(typed<[One, One]>()(await new LayerConductance(sum, 'added').attribute([x, y], options))), ['one', 'one']);
  assert.equal(formOf(typed<One>()(await new LayerDeepLift(sum, 'added').attribute([x, y]))), 'one');
  assert.deepEqual(formOf(typed<[One, One]>()(await new LayerLRP(sum, 'added').attribute([x, y], options))), ['one', 'one']);
  assert.equal(formOf(typed<One>()(await new NoiseTunnel(new LayerActivation(sum, 'added')).attribute([x, y], { ntSamples: 2 }))), 'one');
});

it('attributions to a list of layers are a list', async () => {
  const { LayerIntegratedGradients, LayerLRP } = api;
  assert.deepEqual(formOf(typed<One[]>()(await new api.LayerActivation(sum, ['added', 'kept']).attribute([x, y]))), ['one', 'one']);
  assert.deepEqual(formOf(typed<[One[], One]>()(await new LayerIntegratedGradients(sum, ['added']).attribute([x, y], options))), [['one'], 'one']);
  assert.deepEqual(formOf(typed<[One[], One[]]>()(await new LayerLRP(sum, ['added', 'kept']).attribute([x, y], options))), [['one', 'one'], ['one', 'one']]);
  assert.deepEqual(formOf(typed<[One[], One[]]>()(await new LayerLRP(sum, ['added']).attribute([x, y], options))), [['one'], ['one']]);
  const dynamic: LayerActivation = new api.LayerActivation(sum, 'added');
  assert.equal(formOf(typed<One | One[]>()(await dynamic.attribute([x, y]))), 'one');
});

it('coefficients that are not written to the inputs are one tensor', async () => {
  const { Lime } = api;
  assert.deepEqual(formOf(typed<One[]>()(await new Lime(sum).attribute([x, y], { nSamples: 4 }))), ['one', 'one']);
  assert.equal(formOf(typed<One>()(await new Lime(sum).attribute([x, y], { nSamples: 4, returnInputShape: false }))), 'one');
});
