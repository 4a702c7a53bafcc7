import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { FeaturePermutation } from '../../../src/engine/attribution/featurePermutation';
import { getExpKernelSimilarityFunction } from '../../../src/engine/attribution/similarity';
import { SkLearnLasso, SkLearnLinearRegression, SkLearnRidge } from '../../../src/engine/attribution/interpretableModel';
import { runJob } from '../../../src/engine/attribution/job';
import { KernelShap } from '../../../src/engine/attribution/kernelShap';
import { Lime } from '../../../src/engine/attribution/lime';
import { LimeBase } from '../../../src/engine/attribution/limeBase';
import { Occlusion } from '../../../src/engine/attribution/occlusion';
import { ShapleyValues } from '../../../src/engine/attribution/shapleyValues';
import { ShapleyValueSampling } from '../../../src/engine/attribution/shapleyValueSampling';
import { float32, int64, type Tensor } from '../../../src/engine/tensor';
import { product, tanhModel, totalSquares } from './models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
const baselines = [[0.1, -0.2, 0.3]];
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index}: ${actual[index]}, expected ${expected[index]}`);
};
const exampleOf = (batch: Tensor<'float32'>, example: number): Tensor<'float32'> => float32(batch.data.slice(example * 3, example * 3 + 3), [1, 3]);

/** y = tanh(x W) of one example, in plain JavaScript. */
const weights = [[1, -0.5], [0.25, 0.75], [-1, 0.5]];
const y = (row: readonly number[], output: number): number => Math.tanh(row.reduce((sum, value, index) => sum + value * weights[index][output], 0));

type Attribute = (input: Tensor<'float32'>, target: number | readonly number[], perturbationsPerEval?: number) => Promise<Tensor<'float32'>>;
const METHODS: Readonly<Record<string, Attribute>> = {
  FeatureAblation: (input, target, perturbationsPerEval) => new FeatureAblation(tanhModel()).attribute(input, { target, baselines, perturbationsPerEval }),
  Occlusion: (input, target, perturbationsPerEval) => new Occlusion(tanhModel()).attribute(input, { target, baselines, slidingWindowShapes: [2], perturbationsPerEval }),
  ShapleyValueSampling: (input, target, perturbationsPerEval) => new ShapleyValueSampling(tanhModel()).attribute(input, { target, baselines, nSamples: 4, perturbationsPerEval }),
  ShapleyValues: (input, target, perturbationsPerEval) => new ShapleyValues(tanhModel()).attribute(input, { target, baselines, perturbationsPerEval }),
};
const RANDOM: Readonly<Record<string, Attribute>> = {
  FeaturePermutation: (input, target, perturbationsPerEval) => new FeaturePermutation(tanhModel()).attribute(input, { target, perturbationsPerEval }),
  Lime: (input, target, perturbationsPerEval) => new Lime(tanhModel(), { interpretableModel: new SkLearnLasso({ alpha: 0.001 }) }).attribute(input, { target, baselines, nSamples: 12, perturbationsPerEval }),
  KernelShap: (input, target, perturbationsPerEval) => new KernelShap(tanhModel()).attribute(input, { target, baselines, nSamples: 12, perturbationsPerEval }),
};

describe('perturbation-based algorithms', () => {
  for (const [name, attribute] of Object.entries({ ...METHODS, ...RANDOM })) {
    it(`${name}: gives the same whatever runs at once`, async () => {
      const whole = await attribute(x, [0, 1]);
      assert.ok(whole.data.some((value) => value !== 0));
      for (const perturbationsPerEval of [1, 2, 5]) close((await attribute(x, [0, 1], perturbationsPerEval)).data, whole.data);
    });
  }
  for (const [name, attribute] of Object.entries(METHODS)) {
    it(`${name}: attributes a batch as it attributes its examples one by one`, async () => {
      const both = await attribute(x, [0, 1]);
      for (const example of [0, 1]) close((await attribute(exampleOf(x, example), example)).data, both.data.subarray(example * 3, example * 3 + 3));
    });
  }

  it('Lime fits every example of a batch as if it were alone', async () => {
    const samples = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 0, 0]];
    const attribute = (input: Tensor<'float32'>, target: number | number[]): Promise<Tensor<'float32'>> => new Lime(tanhModel(), { perturbFunc: () => samples }).attribute(input, { target, baselines });
    const both = await attribute(x, [0, 1]);
    for (const example of [0, 1]) close((await attribute(exampleOf(x, example), example)).data, both.data.subarray(example * 3, example * 3 + 3));
  });

  it('refuses perturbationsPerEval below 1', async () => {
    await assert.rejects(METHODS.FeatureAblation(x, 0, 0), /at least 1/);
  });

  it('reports progress in words, and can be cancelled', async () => {
    const messages: string[] = [];
    await runJob({ onProgress: ({ message }) => void messages.push(message ?? '') }, () => METHODS.Occlusion(x, 0, 1));
    assert.deepEqual(messages, ['window 1 of 2', 'window 2 of 2']);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => METHODS.Occlusion(x, 0)), /cancelled/);
  });
});

describe('FeatureAblation', () => {
  it('replaces features that several inputs share together', async () => {
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    const [first, second] = await new FeatureAblation(product()).attribute([a, b], { target: 1, featureMask: [int64([0, 1], [1, 2]), int64([2, 1], [1, 2])] });
    close(first.data, [0, 8]);
    close(second.data, [0, 8]);
  });

  it('attributes every output without a target', async () => {
    const all = await new FeatureAblation(tanhModel()).attribute(x);
    assert.deepEqual(all.shape, [4, 3]);
    for (const output of [0, 1]) close(all.data.subarray(output * 3, output * 3 + 3), (await new FeatureAblation(tanhModel()).attribute(exampleOf(x, 0), { target: output })).data);
  });

  it('compares the whole batch when the model returns one number for it', async () => {
    const attributions = await new FeatureAblation(totalSquares()).attribute(x);
    assert.deepEqual(attributions.shape, [1, 3]);
    close(attributions.data, [0.5 ** 2 + 1, 1 + 0.25 ** 2, 4 + 0.75 ** 2]);
    await assert.rejects(new FeatureAblation(totalSquares()).attribute(x, { featureMask: int64([0, 1, 2, 1, 1, 1], [2, 3]) }), /all examples need the same mask/);
  });

  it('names what does not fit in a feature mask', async () => {
    const attribute = (featureMask: Tensor): Promise<unknown> => new FeatureAblation(tanhModel()).attribute(x, { target: 0, featureMask });
    await assert.rejects(attribute(int64([0, 1], [1, 2])), /featureMask of input 'x' must have the input's shape \[2, 3\].*got \[1, 2\]/);
    await assert.rejects(attribute(float32([0, 1, 1.5], [1, 3])), /whole numbers, got 1.5/);
  });
});

describe('Shapley values', () => {
  it('average the change over all orders', async () => {
    const { data } = await new ShapleyValues(tanhModel()).attribute(exampleOf(x, 0), { target: 0 });
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    const expected = [0, 0, 0];
    for (const order of orders) {
      const row = [0, 0, 0];
      for (const feature of order) {
        const before = y(row, 0);
        row[feature] = x.data[feature];
        expected[feature] += (y(row, 0) - before) / orders.length;
      }
    }
    close(data, expected);
  });

  it('sum to F(x) - F(baseline) in every sample', async () => {
    for (const seed of [1, 2]) {
      const { data } = await new ShapleyValueSampling(tanhModel()).attribute(exampleOf(x, 0), { target: 1, baselines, nSamples: 1, seed });
      close([data.reduce((sum, value) => sum + value, 0)], [y([0.5, -1, 2], 1) - y(baselines[0], 1)]);
    }
  });

  it('refuse more features than there are evaluations for', async () => {
    const wide = float32(new Float32Array(30), [10, 3]);
    const featureMask = int64(Array.from({ length: 30 }, (_, index) => index), [10, 3]);
    await assert.rejects(new ShapleyValues(tanhModel()).attribute(wide, { target: 0, featureMask }), /at most 20 features.*got 30/);
  });
});

describe('Lime and KernelShap', () => {
  it('KernelShap finds Shapley values when it sees all coalitions', async () => {
    const exact = await new ShapleyValues(tanhModel()).attribute(x, { target: 0, baselines });
    const sampled = await new KernelShap(tanhModel()).attribute(x, { target: 0, baselines, nSamples: 4000 });
    close(sampled.data, exact.data, 0.03);
    const one = exampleOf(sampled, 0);
    close([one.data.reduce((sum, value) => sum + value, 0)], [y([0.5, -1, 2], 0) - y(baselines[0], 0)], 1e-4);
  });

  it('return coefficients in one tensor on demand', async () => {
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    const coefficients: unknown = await new Lime(product()).attribute([a, b], { target: 1, returnInputShape: false });
    assert.deepEqual((coefficients as Tensor).shape, [1, 4]);
  });

  it('refuse a single feature, and a batch of one has nothing to permute', async () => {
    const featureMask = int64([0, 0, 0], [1, 3]);
    await assert.rejects(new KernelShap(tanhModel()).attribute(x, { target: 0, featureMask }), /at least 2 features/);
    close((await new FeaturePermutation(tanhModel()).attribute(exampleOf(x, 0), { target: 0 })).data, [0, 0, 0]);
  });

  it('LimeBase fits features that are made from inputs, or inputs from features', async () => {
    const interpretableModel = new SkLearnLinearRegression();
    const similarityFunc = (): number => 1;
    const steps = [[0, 0, 0], [1e-2, 0, 0], [0, 1e-2, 0], [0, 0, 1e-2]];
    const shifted = (original: readonly Tensor[], step: ArrayLike<number>): Tensor[] => [float32(Float32Array.from(original[0].data as Float32Array, (value, index) => value + step[index]), [1, 3])];
    const fromFeatures = new LimeBase(tanhModel(), { interpretableModel, similarityFunc, perturbFunc: () => steps, fromInterpRepTransform: (sample, original) => shifted(original, sample) });
    const fromInputs = new LimeBase(tanhModel(), {
      interpretableModel,
      similarityFunc,
      perturbInterpretableSpace: false,
      perturbFunc: (original) => steps.map((step) => shifted(original, step)),
      toInterpRepTransform: ([input], [original]) => Float64Array.from(input.data as Float32Array, (value, index) => value - Number(original.data[index])),
    });
    const slope = 1 - y([1, 0.25, -0.75], 0) ** 2;
    const gradients = [slope, 0.25 * slope, -slope];
    close((await fromFeatures.attribute(exampleOf(x, 1), { target: 0 })).data, gradients, 0.01);
    close((await fromInputs.attribute(exampleOf(x, 1), { target: 0 })).data, gradients, 0.01);
  });
});

describe('interpretable models', () => {
  const samples = [[1, 0], [0, 1], [1, 1], [0, 0], [1, 0]];
  const outputs = [3.1, -0.9, 1.2, 1, 2.9];
  const sampleWeights = [1, 2, 0.5, 1, 3];

  /** The derivative of a weighted sum of squares by each coefficient, by hand. */
  const slopes = ({ coefficients, intercept }: { coefficients: Float64Array; intercept: number }): number[] =>
    [0, 1, 2].map((feature) => samples.reduce((sum, row, index) => sum + sampleWeights[index] * (outputs[index] - intercept - row[0] * coefficients[0] - row[1] * coefficients[1]) * (feature === 2 ? 1 : row[feature]), 0));

  it('solve least squares, with ridge and lasso, where no step makes it better', () => {
    close(slopes(new SkLearnLinearRegression().fit(samples, outputs, sampleWeights)), [0, 0, 0]);
    const ridge = new SkLearnRidge({ alpha: 0.3 }).fit(samples, outputs, sampleWeights);
    close(slopes(ridge), [0.3 * ridge.coefficients[0], 0.3 * ridge.coefficients[1], 0]);
    const lasso = new SkLearnLasso({ alpha: 0.1 }).fit(samples, outputs, sampleWeights);
    close(slopes(lasso), [0.75 * Math.sign(lasso.coefficients[0]), 0.75 * Math.sign(lasso.coefficients[1]), 0]);
    close(new SkLearnLasso({ alpha: 10 }).fit(samples, outputs, sampleWeights).coefficients, [0, 0]);
  });

  it('have a ridge solution also with more features than samples', () => {
    const wide = [[1, 0, 1, 0], [0, 1, 1, 0]];
    const { coefficients, intercept } = new SkLearnRidge({ alpha: 1e-6 }).fit(wide, [1, 2], [1, 1]);
    close(wide.map((row) => row.reduce((sum, value, index) => sum + value * coefficients[index], intercept)), [1, 2], 1e-4);
  });

  it('weigh samples by cosine or euclidean distance', () => {
    const [original, other] = [[float32([3, 0], [1, 2])], [float32([3, 4], [1, 2])]];
    close([getExpKernelSimilarityFunction()(original, other, [])], [Math.exp(-(0.4 ** 2) / 2)]);
    close([getExpKernelSimilarityFunction({ distanceMode: 'euclidean', kernelWidth: 2 })(original, other, [])], [Math.exp(-16 / 8)]);
  });
});
