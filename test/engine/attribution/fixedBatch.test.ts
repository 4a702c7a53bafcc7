import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { NoiseTunnel } from '../../../src/engine/attribution/noiseTunnel';
import { Saliency } from '../../../src/engine/attribution/saliency';
import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import type { Model } from '../../../src/engine/models/model';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { attentionHeads, headShapes } from '../models/attentionHeads';
import { floats, ints, node, onnx, port } from '../models/onnxBuilder';

const wave = (size: number, step: number): number[] => Array.from({ length: size }, (_, index) => Math.sin(step * index + 0.2));

/** Attention with two heads over [batch, 4, 6], a ReLU and the mean over the tokens, as torch.onnx writes it for a batch. */
function encoder(batch: number | 'N', front: NodeProto[] = [], x = 'x'): Promise<Model> {
  const dim = batch === 'N' ? -1 : batch;
  const nodes = [
    ...front,
    node('MatMul', [x, 'w'], ['projected']),
    ...attentionHeads('projected', 'tokens'),
    node('Relu', ['tokens'], ['active']),
    node('ReduceMean', ['active'], ['y'], { axes: [1], keepdims: 0 }),
  ];
  const initializer = [floats('w', wave(36, 0.7), [6, 6]), ...headShapes(dim), ints('first', [0])];
  return loadOnnxModel(onnx(13, { node: nodes, initializer, input: [port('x', [batch, 4, 6])], output: [port('y', [batch, 6])] }));
}

/** Takes the axis of the one example away, so that no other number can be proved safe. */
const squeezed = [node('Squeeze', ['x', 'first'], ['matrix']), node('Unsqueeze', ['matrix', 'first'], ['again'])];

const x = float32(Float32Array.from(wave(72, 1.3)), [3, 4, 6]);
const baselines = float32(Float32Array.from(wave(72, 0.9)), x.shape);
const target = [1, 2, 5];

const METHODS: Record<string, (model: Model) => Promise<unknown>> = {
  IntegratedGradients: (model) => new IntegratedGradients(model).attribute(x, { baselines, target, nSteps: 8 }),
  DeepLift: (model) => new DeepLift(model).attribute(x, { baselines, target }),
  NoiseTunnel: (model) => new NoiseTunnel(new Saliency(model) as unknown as Attribution).attribute(x, { target, ntSamples: 3, stdevs: 0.1, seed: 7 }),
};

const fixed: Record<string, () => Promise<Model>> = {
  'exported for one example': () => encoder(1),
  'that takes one example at a time': () => encoder(1, squeezed, 'again'),
  'exported for two examples': () => encoder(2),
};

for (const [label, make] of Object.entries(fixed)) {
  for (const [method, attribute] of Object.entries(METHODS)) {
    test(`${method} of a transformer ${label} is that of one with a free batch`, async () => {
      const [actual, expected] = [(await attribute(await make())) as Tensor<'float32'>, (await attribute(await encoder('N'))) as Tensor<'float32'>];
      assert.deepEqual(actual.shape, expected.shape);
      const most = Math.max(...expected.data.map(Math.abs));
      for (const [index, value] of expected.data.entries()) assert.ok(Math.abs(actual.data[index] - value) < 1e-5 * most, `element ${index} must be ${value}, got ${actual.data[index]}`);
    });
  }
}

test('a transformer exported for one example runs batched, one that takes its axis away does not', async () => {
  const specs = [{ dtype: 'float32' as const, shape: x.shape }];
  assert.deepEqual((await (await encoder(1)).graph(specs)).values.get('y')?.shape, [3, 6]);
  await assert.rejects((await encoder(1, squeezed, 'again')).graph(specs), { code: 'shape-mismatch' });
});
