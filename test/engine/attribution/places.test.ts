import * as tf from '@tensorflow/tfjs';
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import { NeuronDeepLift } from '../../../src/engine/attribution/deepLift';
import { FeatureAblation, NeuronFeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { LayerIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { interpolate } from '../../../src/engine/attribution/layer/interpolate';
import { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { NeuronConductance } from '../../../src/engine/attribution/neuron/neuronConductance';
import { NeuronGradient } from '../../../src/engine/attribution/neuron/neuronGradient';
import type { NeuronSelector } from '../../../src/engine/attribution/neuron/neuronSelector';
import { NoiseTunnel } from '../../../src/engine/attribution/noiseTunnel';
import { float32 } from '../../../src/engine/tensor';
import { BuiltModel, totalSquares } from './models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
after(async () => (await sharedEngine()).dispose());

/** h = 2x; y = sum(3h + 5h) for each example, of which `triple` computes the first. */
const twoReaders = (): BuiltModel =>
  new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 3] }], (builder, [input]) => {
    const h = builder.op('Mul', [input, builder.scalar(2)]);
    const [triple, other] = [builder.op('Mul', [h, builder.scalar(3)], {}, { name: 'triple' }), builder.op('Mul', [h, builder.scalar(5)])];
    return builder.op('ReduceSum', [builder.op('Add', [triple, other]), builder.integers([1])], { keepdims: 0 });
  });

describe('places of attribution', () => {
  it('feed what a layer gets to that layer alone', async () => {
    const attributions = await new LayerIntegratedGradients(twoReaders(), 'triple').attribute(x, { attributeToLayerInput: true, nSteps: 3 });
    for (const [index, value] of attributions.data.entries()) assert.ok(Math.abs(value - 3 * 2 * x.data[index]) < 1e-5, `element ${index}: ${value}`);
  });

  it('select every second neuron with a step', async () => {
    const gradients = (neuronSelector: never) => new NeuronGradient(twoReaders(), 'triple').attribute(x, { neuronSelector });
    assert.deepEqual([...(await gradients([{ step: 2 }] as never)).data], [6, 0, 6, 6, 0, 6]);
    await assert.rejects(gradients([{ step: 0 }] as never), { code: 'invalid-argument', message: /step .* whole number of at least 1, got 0/ });
  });

  it('select by a function of the layer', async () => {
    const squares = (layer: tf.Tensor): tf.Tensor => tf.sum(tf.square(layer), 1);
    const gradients = await new NeuronGradient(twoReaders(), 'triple').attribute(x, { neuronSelector: squares });
    assert.deepEqual([...gradients.data], [...x.data.map((value) => 72 * value)]);
    const ablated = await new NeuronFeatureAblation(twoReaders(), 'triple').attribute(x, { neuronSelector: squares });
    assert.deepEqual([...ablated.data], [...x.data.map((value) => 36 * value ** 2)]);
    const lifted = await new NeuronDeepLift(twoReaders(), 'triple').attribute(x, { neuronSelector: (layer) => tf.sum(tf.relu(layer), 1) });
    for (const [index, value] of lifted.data.entries()) assert.ok(Math.abs(value - 6 * Math.max(0, x.data[index])) < 1e-5, `element ${index}: ${value}`);
    const total = await new NeuronGradient(twoReaders(), 'triple').attribute(x, { neuronSelector: (layer) => tf.sum(layer) });
    assert.deepEqual([...total.data], Array(6).fill(6), 'one number for the whole batch');
  });

  it('select for NeuronConductance from the layer and from the gradients there', async () => {
    const model = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 3] }], (builder, [input]) => {
      const layer = builder.op('Mul', [input, builder.constant(float32([1, 2, 3], [3]))], {}, { name: 'scaled' });
      return builder.op('ReduceSum', [builder.op('Mul', [layer, layer]), builder.integers([1])], { keepdims: 0 });
    });
    const by = async (neuronSelector: NeuronSelector) => [...(await new NeuronConductance(model, 'scaled').attribute(x, { neuronSelector, method: 'riemann_middle', nSteps: 4 })).data];
    const assertClose = (actual: readonly number[], expected: readonly number[]): void => actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-5, `${actual.join()} must be ${expected.join()}`));
    const one = [0, 4, 0, 0, 0.25, 0];
    assertClose(await by(1), one);
    assertClose(await by((layer) => layer.slice([0, 1], [-1, 1]).squeeze([1])), one);
    // Of two neurons: (dF/da + dF/db) * d(a + b)/dx, as in Captum.
    const [a, b] = [0, 3].map((row) => x.data[row] + 2 * x.data[row + 1]);
    const both = [x.data[0] * a, 2 * x.data[1] * a, 0, x.data[3] * b, 2 * x.data[4] * b, 0];
    assertClose(await by([{ stop: 2 }]), both);
    assertClose(await by((layer) => tf.sum(layer.slice([0, 0], [-1, 2]), 1)), both);
  });

  it('refuse functions that return several numbers for an example, or none', async () => {
    const by = (neuronSelector: never) => new NeuronGradient(twoReaders(), 'triple').attribute(x, { neuronSelector });
    await assert.rejects(by(((layer: tf.Tensor) => tf.square(layer)) as never), { code: 'invalid-argument', message: /NeuronGradient: a neuronSelector that is a function must return one number for each example, shape \[2\], got \[2, 3\]/ });
    await assert.rejects(by((() => 0) as never), /Model 'neuronSelector': a function must return a tensor/);
    await assert.rejects(new NeuronConductance(twoReaders(), 'triple').attribute(x, { neuronSelector: (layer) => tf.square(layer) }), { code: 'invalid-argument', message: /NeuronConductance: a neuronSelector that is a function must return one number for each example, shape \[2\], got \[2, 3\]/ });
  });
});

describe('NoiseTunnel', () => {
  it('needs no target where its algorithm needs none', async () => {
    const values = await new NoiseTunnel(new LayerActivation(twoReaders(), 'triple') as never).attribute(x, { ntSamples: 2, stdevs: 0 });
    assert.deepEqual([...values.data], [...x.data.map((value) => 6 * value)]);
  });

  it('refuses attributions that are not one for each sample', async () => {
    await assert.rejects(new NoiseTunnel(new FeatureAblation(totalSquares()) as never).attribute(x, { ntSamples: 2 }), { code: 'shape-mismatch' });
  });
});

describe('interpolate', () => {
  const row = float32([1, 2, 3, 4, 5], [1, 1, 5]);
  it('takes nearest elements, exactly nearest ones, and means of areas as PyTorch does', () => {
    assert.deepEqual([...interpolate(row, 3, 'nearest').data], [1, 2, 4]);
    assert.deepEqual([...interpolate(row, 3, 'nearest-exact').data], [1, 3, 5]);
    assert.deepEqual([...interpolate(row, 3, 'area').data], [1.5, 3, 4.5]);
    assert.deepEqual([...interpolate(row, 10, 'area').data], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    assert.throws(() => interpolate(row, 3, 'bicubic'), { code: 'invalid-argument' });
  });
});
