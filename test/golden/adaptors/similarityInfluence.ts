import assert from 'node:assert/strict';
import { SimilarityInfluence } from '../../../src/engine/influence/similarityInfluence';
import { euclideanDistance } from '../../../src/engine/influence/similarityMetrics';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { closeTo, largest } from '../compare';
import { isTensor, itemsOf, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel, moduleOutputs } from './goldenModel';

type Pairs = readonly (readonly [input: number, source: number])[];

/** The most similar sources at each layer: their places, similarities and the pairs with zero activations. */
export const similarityInfluenceAdaptor: Adaptor = async (golden) => {
  const { json } = golden;
  const outputs = moduleOutputs(golden);
  const names = json.layers as string[];
  assert.ok(json.metric === 'cosine' || json.metric === 'euclidean', 'a metric that is known here');
  const source = [toFloats(golden.tensors.source)];
  const influence = new SimilarityInfluence(await goldenModel(golden), names.map((name) => outputs[name]), source, {
    ...(json.metric === 'euclidean' ? { similarityMetric: euclideanDistance } : {}),
    similarityDirection: json.direction as 'max' | 'min',
  });
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toFloats);
  const found = await influence.influence(inputs, { topK: Number(json.top_k) });
  const whole = await influence.influence(inputs, { topK: source[0].shape[0] });
  const expected = golden.field('expected') as Readonly<Record<string, GoldenValue>>;
  const tolerance = golden.tolerance.atol_f32 ?? 1e-5;
  for (const name of names) {
    const { indices, values } = expected[name] as Readonly<Record<string, GoldenTensor>>;
    const layer = outputs[name];
    const rounding = Math.max(tolerance, 2e-6 * largest(values)); // torch's cdist takes distances from differences of products
    closeTo(found[layer].values, values, rounding, `values at ${name}`);
    sameButForTies(found[layer].indices, indices, whole[layer], rounding);
    const zero = expected[`zero_acts-${name}`];
    if (isTensor(zero)) explains(found[layer].zeroActs, zero);
  }
};

/** Sources that are equally similar may come in any order, or in each other's place. */
function sameButForTies(actual: readonly number[][], expected: GoldenTensor, whole: { readonly indices: readonly number[][]; readonly values: Tensor<'float32'> }, tolerance: number): void {
  const [rows, topK] = expected.shape;
  const sources = whole.values.shape[1];
  const similarity = (row: number, source: number): number => whole.values.data[row * sources + whole.indices[row].indexOf(source)];
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < topK; place++) {
      const wanted = expected.data[row * topK + place];
      const got = actual[row][place];
      assert.ok(got === wanted || Math.abs(similarity(row, got) - similarity(row, wanted)) <= tolerance, `input ${row}, place ${place}: source ${got}, expected ${wanted}`);
    }
  }
}

/**
 * Captum gives the places of sources within their batch, whose size is not recorded, and misses pairs whose sum of
 * replaced elements is not the replacement; ours are places among all sources, and all pairs. So with some size of
 * the batches each of Captum's must be one of ours.
 */
function explains(ours: Pairs, { data, shape }: GoldenTensor): void {
  const captum = Array.from({ length: shape[0] }, (_, row) => [data[2 * row], data[2 * row + 1]]);
  const sizes = Array.from({ length: Math.max(1, ...ours.map(([, source]) => source + 1)) }, (_, index) => index + 1);
  const fits = (size: number): boolean => {
    const left = ours.map(([input, source]) => `${input} ${source % size}`);
    return captum.every(([input, source]) => {
      const place = left.indexOf(`${input} ${source}`);
      if (place >= 0) left.splice(place, 1);
      return place >= 0;
    });
  };
  assert.ok(sizes.some(fits), `pairs with zero activations: ${JSON.stringify(ours)}, Captum's ${JSON.stringify(captum)}`);
}

function toFloats(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
