import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { sharedEngine, useRuntime } from '../../../src/engine/attribution/engine';
import { FeaturePermutation, type PermFunc } from '../../../src/engine/attribution/featurePermutation';
import { runJob } from '../../../src/engine/attribution/job';
import { LayerFeatureAblation } from '../../../src/engine/attribution/layer/layerFeatureAblation';
import { LayerFeaturePermutation } from '../../../src/engine/attribution/layer/layerFeaturePermutation';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { float32, int64, tensor, type Tensor } from '../../../src/engine/tensor';
import { BuiltModel, tanhModel } from './models';

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index}: ${actual[index]}, expected ${expected[index]}`);
};

/** h = a * b, y = h0 * h1 + a0 for each example: the layer 'h', and a path around it. */
const aroundLayer = (): BuiltModel =>
  new BuiltModel(
    ['a', 'b'].map((name) => ({ name, dtype: 'float32' as const, shape: [-1, 2] })),
    (builder, [a, b]) => {
      const h = builder.op('Mul', [a, b], {}, { name: 'h' });
      const product = builder.op('ReduceProd', [h], { axes: [1], keepdims: 1 });
      return builder.op('Add', [product, builder.op('Gather', [a, builder.integers([0])], { axis: 1 })]);
    },
  );

const a = float32([1, 2, -1, 3, 0.5, -2], [3, 2]);
const b = float32([3, -1, 2, 0.5, 4, 1], [3, 2]);
const part = (value: Tensor<'float32'>, example: number): Tensor<'float32'> => float32(value.data.slice(example * 2, example * 2 + 2), [1, 2]);
/** h of each example. */
const h = [[3, -2], [-2, 1.5], [2, -2]];

describe('LayerFeatureAblation', () => {
  it('replaces elements of the layer, not what goes around it', async () => {
    const attributions = await new LayerFeatureAblation(aroundLayer(), 'h').attribute([a, b], { layerBaselines: [[0.5, 1]] });
    const expected = h.flatMap(([first, second]) => [first * second - 0.5 * second, first * second - first]);
    assert.ok(!Array.isArray(attributions), 'one layer gives one tensor');
    close((attributions as unknown as Tensor<'float32'>).data, expected);
  });

  it('gives the same whatever runs at once, one by one, on each executor, and for several layers', async () => {
    const attribute = async (inputs: Tensor<'float32'>[], perturbationsPerEval?: number): Promise<Tensor<'float32'>> => (await new LayerFeatureAblation(aroundLayer(), 'h').attribute(inputs, { perturbationsPerEval })) as unknown as Tensor<'float32'>;
    const whole = await attribute([a, b]);
    for (const perturbationsPerEval of [1, 2]) close((await attribute([a, b], perturbationsPerEval)).data, whole.data);
    for (const example of [0, 1, 2]) close((await attribute([part(a, example), part(b, example)])).data, whole.data.slice(example * 2, example * 2 + 2));
    const [listed]: unknown[] = (await new LayerFeatureAblation(aroundLayer(), ['h']).attribute([a, b])) as unknown[];
    close((listed as Tensor<'float32'>).data, whole.data);
    const before = await sharedEngine();
    useRuntime(createTfjsRuntime(tf));
    close((await attribute([a, b])).data, whole.data);
    useRuntime(before.runtime);
  });

  it('removes what a mask holds together, also of what the layer gets', async () => {
    const together = await new LayerFeatureAblation(tanhModel(), 'MatMul').attribute(a3(), { target: 0, layerMask: int64([7, 7], [1, 2]) });
    const [first] = (await new LayerFeatureAblation(tanhModel(), 'Tanh').attribute(a3(), { target: 0, layerMask: int64([0, 0], [1, 2]), attributeToLayerInput: true })).data;
    close(together.data, [first, first]);
    await assert.rejects(new LayerFeatureAblation(tanhModel(), 'MatMul').attribute(a3(), { target: 0, layerMask: int64([0, 1, 2], [1, 3]) }), /layerMask of input 'MatMul' must have the input's shape \[1, 2\].*got \[1, 3\]/);
  });

  it('reports progress in words, and can be cancelled', async () => {
    const messages: string[] = [];
    await runJob({ onProgress: ({ message }) => void messages.push(message ?? '') }, () => new LayerFeatureAblation(aroundLayer(), 'h').attribute([a, b], { perturbationsPerEval: 1 }));
    assert.deepEqual(messages, ['feature 1 of 2', 'feature 2 of 2']);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => new LayerFeatureAblation(aroundLayer(), 'h').attribute([a, b])), /cancelled/);
  });
});

describe('feature permutation', () => {
  /** Each example gets the values of the next. */
  const next: PermFunc = (input, mask) => {
    const size = mask.data.length;
    const data = Float32Array.from(input.data as Float32Array, (value, index) => (mask.data[index % size] ? Number(input.data[(index + size) % input.data.length]) : value));
    return tensor('float32', data, input.shape);
  };

  it('of a layer shuffles its elements among the examples, with a target too', async () => {
    const attributions = (await new LayerFeaturePermutation(aroundLayer(), 'h', { permFunc: next }).attribute([a, b], { target: 0 })) as unknown as Tensor<'float32'>;
    close(attributions.data, h.flatMap(([first, second], example) => [(first - h[(example + 1) % 3][0]) * second, first * (second - h[(example + 1) % 3][1])]));
    for (const perturbationsPerEval of [1, 2]) {
      const drawn = (await new LayerFeaturePermutation(aroundLayer(), 'h').attribute([a, b], { perturbationsPerEval, seed: 3 })) as unknown as Tensor<'float32'>;
      close(drawn.data, ((await new LayerFeaturePermutation(aroundLayer(), 'h').attribute([a, b], { seed: 3 })) as unknown as Tensor<'float32'>).data);
    }
  });

  it('of inputs takes only the elements of the feature from a permFunc', async () => {
    const shifted: PermFunc = (input, mask) => {
      const made = next(input, mask) as Tensor<'float32'>;
      return float32(made.data.map((value, index) => (mask.data[index % 2] ? value : 99)), made.shape);
    };
    for (const permFunc of [next, shifted]) {
      const [first, second] = await new FeaturePermutation(aroundLayer(), { permFunc }).attribute([a, b]);
      const y = (p: number, q: number, r: number, s: number): number => p * q * r * s + p;
      const expected = [0, 1, 2].map((example) => {
        const [[p, r], [q, s]] = [part(a, example).data, part(b, example).data];
        return { a0: y(p, q, r, s) - y(part(a, (example + 1) % 3).data[0], q, r, s), b1: y(p, q, r, s) - y(p, q, r, part(b, (example + 1) % 3).data[1]) };
      });
      close([0, 1, 2].map((example) => first.data[example * 2]), expected.map(({ a0 }) => a0), 1e-5);
      close([0, 1, 2].map((example) => second.data[example * 2 + 1]), expected.map(({ b1 }) => b1), 1e-5);
    }
    await assert.rejects(new FeaturePermutation(aroundLayer(), { permFunc: () => float32([1], [1, 1]) }).attribute([a, b]), /permFunc must return a tensor as it got, float32 of shape \[3, 2\], got float32 of shape \[1, 1\]/);
  });
});

function a3(): Tensor<'float32'> {
  return float32([0.5, -1, 2], [1, 3]);
}
