import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import { LayerIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { LayerConductance } from '../../../src/engine/attribution/layer/layerConductance';
import { LRP } from '../../../src/engine/attribution/lrp';
import { NeuronGradient } from '../../../src/engine/attribution/neuron/neuronGradient';
import { NoiseTunnel } from '../../../src/engine/attribution/noiseTunnel';
import { randomSource } from '../../../src/engine/attribution/random';
import { explanationOf } from '../../../src/engine/attribution/results';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { present } from '../../../src/engine/presentation/present';
import { float32, sizeOf, type Tensor } from '../../../src/engine/tensor';

const MODELS = path.join(import.meta.dirname, '../../golden/data/models');
const modelNamed = (name: string) => loadOnnxModel(path.join(MODELS, name, 'model.onnx'));

/** Normal numbers, the same for the same seed. */
const inputOf = (shape: number[], seed: number): Tensor<'float32'> => float32(Float32Array.from(randomSource(seed).normal(shape, 1)), shape);
const example = ({ data, shape }: Tensor<'float32'>, index: number): Tensor<'float32'> => {
  const size = sizeOf(shape.slice(1));
  return float32(data.slice(index * size, (index + 1) * size), [1, ...shape.slice(1)]);
};
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < actual.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index} is ${actual[index]}, expected ${expected[index]}`);
};

test('DeepLift of a batch with max pools and a softmax is that of its examples one by one', async () => {
  const algorithm = new DeepLift(await modelNamed('conv_maxpool'));
  const [inputs, baselines] = [inputOf([3, 1, 10, 10], 1), inputOf([3, 1, 10, 10], 2)];
  const batch = await algorithm.attribute(inputs, { baselines, target: [0, 1, 2] });
  for (let index = 0; index < 3; index++) {
    const one = await algorithm.attribute(example(inputs, index), { baselines: example(baselines, index), target: index });
    close(example(batch, index).data, one.data, 1e-5);
  }
});

test('DeepLift adds up through overlapping max pools and skip connections', async () => {
  for (const [name, shape] of [['conv_overlap', [2, 1, 11, 11]], ['skip_relu', [3, 5]], ['resnet', [2, 3, 12, 12]]] as const) {
    const [, delta] = await new DeepLift(await modelNamed(name)).attribute(inputOf([...shape], 3), { target: 0, returnConvergenceDelta: true });
    close(delta.data, new Float32Array(shape[0]), 1e-4);
  }
});

test('attributions to a layer carry its name and values into the output', async () => {
  const result = await new LayerIntegratedGradients(await modelNamed('mlp2'), 'fc2').attribute([inputOf([1, 6], 4), inputOf([1, 4], 5)], { target: 0, nSteps: 8 });
  const explanation = explanationOf(result);
  assert.ok(explanation);
  const { output } = present(explanation, 'a');
  assert.deepEqual(output.inputs.map(({ name, shape }) => [name, shape]), [['fc2', [1, 7]]]);
});

test('chunks do not change the conductance of a layer', async () => {
  const algorithm = new LayerConductance(await modelNamed('relu_linear'), 'relu0');
  const inputs = inputOf([4, 3], 6);
  const whole = await algorithm.attribute(inputs, { target: 0, nSteps: 9 });
  close((await algorithm.attribute(inputs, { target: 0, nSteps: 9, internalBatchSize: 1 })).data, whole.data, 1e-5);
});

test('noise follows from the seed', async () => {
  const tunnel = new NoiseTunnel(new Saliency(await modelNamed('toy')) as unknown as Attribution);
  const draw = async (seed: number): Promise<number[]> => Array.from((await tunnel.attribute(inputOf([2, 3], 7), { target: 0, stdevs: 5, seed })).data);
  assert.deepEqual(await draw(1), await draw(1));
  assert.notDeepEqual(await draw(1), await draw(2));
});

test('layers and neurons that do not exist are refused by name', async () => {
  const model = await modelNamed('toy');
  const inputs = inputOf([1, 3], 8);
  await assert.rejects(new LayerConductance(model, 'conv9').attribute(inputs, { target: 0 }), /there is no layer 'conv9'/);
  await assert.rejects(new NeuronGradient(model, 'relu').attribute(inputs, { neuronSelector: 3 }), /index 0 of layer 'relu' must be a whole number from 0 to 2, got 3/);
  await assert.rejects(new NeuronGradient(model, 'relu').attribute(inputs, { neuronSelector: [0, 1] }), /so 1 indices are needed, got 2/);
  await assert.rejects(new LRP(model, { rules: { fc9: { rule: 'IdentityRule' } } }).attribute(inputs, { target: 0 }), /has no layer 'fc9' to set a rule for/);
});
