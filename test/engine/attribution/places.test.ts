import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { sharedEngine } from '../../../src/engine/attribution/engine';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { LayerIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { interpolate } from '../../../src/engine/attribution/layer/interpolate';
import { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { NeuronGradient } from '../../../src/engine/attribution/neuron/neuronGradient';
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
    await assert.rejects(gradients((() => 0) as never), { code: 'invalid-argument', message: /cannot be a function/ });
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
