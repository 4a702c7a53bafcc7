import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choicesFor } from '../../../src/engine/attribution/catalogue/choices';
import { DEFAULT_METHOD, METHODS, makeMethod } from '../../../src/engine/attribution/methods';
import { recompute } from '../../../src/engine/attribution/recompute';
import type { Model } from '../../../src/engine/models/model';
import { attributeInputs } from '../../../src/engine/requests/attribute';
import { float32, int64, sizeOf, type Shape, type Tensor } from '../../../src/engine/tensor';
import type { MethodChoice } from '../../../src/protocol/renderer';
import { BuiltModel, tanhModel } from './models';

const filled = (shape: Shape): Tensor<'float32'> => float32(Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(index)), shape);

/** y = op(conv(x)) summed over each of 2 channels: [N, 2] from images [N, 1, H, W]. */
const convModel = (op: string): BuiltModel =>
  new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 1, -1, -1] }], (builder, [x]) => {
    const convolved = builder.op('Conv', [x, builder.constant(filled([2, 1, 3, 3]))], { kernel_shape: [3, 3] });
    return builder.op('ReduceMean', [builder.op(op, [convolved])], { axes: [2, 3], keepdims: 0 });
  });

async function choices(model: Model, ...inputs: Tensor[]): Promise<Map<string, MethodChoice>> {
  const { methods } = await choicesFor({ model, inputs, additionalForwardArgs: [] });
  return new Map(methods.map((method) => [method.name, method]));
}

describe('choicesFor', () => {
  it('begins with the default method, and says of each what it is for', async () => {
    const { methods } = await choicesFor({ model: tanhModel(), inputs: [filled([1, 3])], additionalForwardArgs: [] });
    assert.equal(methods[0].name, DEFAULT_METHOD);
    assert.deepEqual(methods.map(({ name }) => name), Object.keys(METHODS));
    for (const { title, description } of methods) assert.ok(title && description.endsWith('.'), title);
  });

  it('offers only what can be computed, with the passes that it takes', async () => {
    for (const [model, input] of [[convModel('Relu'), filled([1, 1, 12, 12])], [tanhModel(), filled([2, 3])]] as const) {
      for (const { name, unavailable, cost } of (await choices(model, input)).values()) {
        if (unavailable !== undefined) continue;
        const found = await attributeInputs(model, input, { method: name });
        assert.equal(found.method, name);
        const took = found.cost.forwardPasses + found.cost.gradientPasses;
        assert.ok(cost && took >= cost.passes && took <= 2 * cost.passes + 12, `${name}: ${took} passes, ${cost?.passes} said`);
      }
    }
  });

  it('estimates seconds from passes that ran', async () => {
    const model = tanhModel();
    assert.equal((await choices(model, filled([1, 3]))).get('Saliency')?.cost?.seconds, undefined);
    await attributeInputs(model, filled([1, 3]));
    const { cost } = (await choices(model, filled([1, 3]))).get('IntegratedGradients') ?? {};
    assert.ok(cost?.seconds && cost.seconds > 0 && cost.seconds < 1);
  });

  it('says why a rule does not fit the model', async () => {
    const erf = await choices(convModel('Erf'), filled([1, 1, 12, 12]));
    assert.equal(erf.get('LRP')?.unavailable, 'needs a ReLU network: LRP has no rule for Erf');
    assert.match(erf.get('GuidedBackprop')?.unavailable ?? '', /^needs a ReLU network/);
    const relu = await choices(convModel('Relu'), filled([1, 1, 12, 12]));
    for (const name of ['LRP', 'GuidedBackprop', 'GuidedGradCam', 'Occlusion', 'GradientShap']) assert.equal(relu.get(name)?.unavailable, undefined, name);
  });

  it('says what the input lacks', async () => {
    const row = await choices(tanhModel(), filled([1, 3]));
    assert.match(row.get('Occlusion')?.unavailable ?? '', /positions/);
    assert.match(row.get('FeaturePermutation')?.unavailable ?? '', /batch of at least 2/);
    const wide = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 30_000] }], (builder, [x]) => builder.op('ReduceSum', [x, builder.integers([1])], { keepdims: 1 }));
    assert.equal((await choices(wide, filled([1, 30_000]))).get('FeatureAblation')?.unavailable, 'too many passes: 30,000');
    const ids = new BuiltModel([{ name: 'ids', dtype: 'int64', shape: [-1, 3] }], (builder, [x]) => builder.op('ReduceSum', [builder.op('Gather', [builder.constant(filled([5, 2])), x]), builder.integers([1])], { keepdims: 0 }));
    const tokens = await choices(ids, int64([1, 2, 3], [1, 3]));
    assert.match(tokens.get('Saliency')?.unavailable ?? '', /^needs float32 inputs/);
    assert.equal(tokens.get('FeatureAblation')?.unavailable, undefined);
  });

  it('offers the same for several examples of a model that takes one at a time', async () => {
    const alone = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [1, 1, 8, 8] }], (builder, [x]) => {
      const image = builder.op('Squeeze', [x, builder.integers([0])]);
      const active = builder.op('Relu', [builder.op('Conv', [builder.op('Unsqueeze', [image, builder.integers([0])]), builder.constant(filled([2, 1, 3, 3]))], { kernel_shape: [3, 3] })]);
      return builder.op('ReduceMean', [active], { axes: [2, 3], keepdims: 0 });
    });
    const [one, three] = await Promise.all([1, 3].map((examples) => choicesFor({ model: alone, inputs: [filled([examples, 1, 8, 8])], additionalForwardArgs: [] })));
    assert.deepEqual([three.layers, three.methods.find(({ name }) => name === 'LRP')?.unavailable], [one.layers, undefined]);
    for (const method of ['DeepLift', 'LayerGradCam']) assert.equal((await attributeInputs(alone, filled([3, 1, 8, 8]), { method })).method, method);
  });

  it('lists layers with their shapes, and starts with the last that has positions', async () => {
    const model = convModel('Relu');
    const { layers = [] } = await choicesFor({ model, inputs: [filled([1, 1, 12, 12])], additionalForwardArgs: [] });
    assert.deepEqual(layers.map(({ op, shape }) => [op, shape]), [['Conv', [2, 10, 10]], ['Relu', [2, 10, 10]], ['ReduceMean', [2]]]);
    const found = await attributeInputs(model, filled([1, 1, 12, 12]), { method: 'LayerGradCam' });
    assert.deepEqual([found.options.layer, found.layers], [layers[1].name, [layers[1].name]]);
    const excited = await attributeInputs(model, filled([1, 1, 12, 12]), { method: 'NeuronGradient' });
    assert.equal(excited.options.layer, layers[0].name, 'a neuron of the convolution');
    const neuron = await attributeInputs(model, filled([1, 1, 12, 12]), { method: 'NeuronGradient', options: { layer: layers[0].name, neuronSelector: '1, 2, 3' } });
    assert.deepEqual([neuron.options.layer, neuron.options.neuronSelector], [layers[0].name, '1, 2, 3']);
    const back = await recompute(neuron, { method: 'Saliency' });
    assert.deepEqual(back.targets, found.targets, 'the strongest class, as a neuron has none to keep');
    const moved = await recompute(neuron, { options: { layer: layers[1].name } });
    assert.deepEqual([moved.options.layer, String(moved.options.neuronSelector).split(', ').length], [layers[1].name, 3]);
  });
});

describe('attributeInputs', () => {
  it('perturbs a layer by its channels, units or positions, also after a change of the layer', async () => {
    const model = convModel('Relu');
    const input = filled([2, 1, 12, 12]);
    const ablated = await attributeInputs(model, input, { method: 'LayerFeatureAblation' });
    assert.deepEqual([ablated.options.layerMask, ablated.attributions[0].shape, ablated.cost.forwardPasses], ['2 channels', [2, 2, 10, 10], 2 + 2 + 2 + 2 * 2]);
    const [first] = ablated.attributions;
    assert.equal(new Set(first.data.subarray(0, 100)).size, 1, 'a channel has one value');
    const moved = await recompute(ablated, { options: { layer: 'ReduceMean' } });
    assert.deepEqual([moved.options.layer, moved.options.layerMask, moved.attributions[0].shape], ['ReduceMean', '2 units', [2, 2]]);
    const permuted = await attributeInputs(model, input, { method: 'LayerFeaturePermutation' });
    assert.deepEqual([permuted.options.layerMask, permuted.attributions[0].shape], ['2 channels', [2, 2, 10, 10]]);
    assert.match((await choices(model, filled([1, 1, 12, 12]))).get('LayerFeaturePermutation')?.unavailable ?? '', /batch of at least 2/);
  });
});

describe('makeMethod', () => {
  it('takes several layers, and the settings of constructors', async () => {
    const model = convModel('Relu');
    const input = filled([2, 1, 12, 12]);
    const several = await attributeInputs(model, input, { method: 'LayerFeatureAblation', options: { layer: 'Relu, ReduceMean' } });
    assert.deepEqual([several.layers, several.attributions.map(({ shape }) => shape)], [['Relu', 'ReduceMean'], [[2, 2, 10, 10], [2, 2]]]);
    const [scaled, plain] = await Promise.all([true, false].map(async (multiplyByInputs) => (await attributeInputs(model, input, { method: 'LayerDeepLift', options: { layer: 'Relu', multiplyByInputs } })).attributions[0].data));
    assert.notDeepEqual(scaled, plain);
    const wide = await makeMethod('DeepLift', model, { eps: 0.5 });
    assert.equal((await wide.explainTensors([input], { target: 0 })).options.eps, 0.5);
    const relevance = async (rules: string) => (await (await makeMethod('LRP', model, { rules })).explainTensors([input], { target: 0 })).attributions[0].data;
    assert.notDeepEqual(await relevance('{"Conv": {"rule": "Alpha1_Beta0_Rule"}}'), await relevance('{}'));
    await assert.rejects(relevance('{"Conv": 1}'), { code: 'invalid-argument', message: /rules must be JSON/ });
  });

  it('refuses unknown names and a missing layer', async () => {
    await assert.rejects(makeMethod('toString', tanhModel()), { code: 'not-found', nextStep: /IntegratedGradients/ });
    await assert.rejects(makeMethod('LayerGradCam', tanhModel()), { code: 'invalid-argument', message: /layer/ });
  });
});
