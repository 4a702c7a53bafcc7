import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { sharedEngine, useRuntime } from '../../../src/engine/attribution/engine';
import { runJob } from '../../../src/engine/attribution/job';
import { AttackComparator, type AttackResults } from '../../../src/engine/robust/attackComparator';
import { FGSM } from '../../../src/engine/robust/fgsm';
import type { CustomLoss } from '../../../src/engine/robust/lossModel';
import { MinParamPerturbation } from '../../../src/engine/robust/minParamPerturbation';
import { PGD, type PGDOptions } from '../../../src/engine/robust/pgd';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { float32, int64, type Tensor } from '../../../src/engine/tensor';
import { product, tanhModel } from '../attribution/models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
const exampleOf = (batch: Tensor<'float32'>, example: number): Tensor<'float32'> => float32(batch.data.slice(example * 3, example * 3 + 3), [1, 3]);
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index}: ${actual[index]}, expected ${expected[index]}`);
};
const distances = (moved: Tensor<'float32'>, from: Tensor<'float32'> = x): number[][] => [0, 1].map((example) => Array.from(exampleOf(moved, example).data, (value, index) => value - from.data[example * 3 + index]));
const lengthOf = (values: readonly number[]): number => Math.hypot(...values);

const crossEntropy: CustomLoss = (output, target) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(output), tf.oneHot(target as tf.Tensor1D, 2)), 1));
const squared: CustomLoss = (output, target) => tf.sum(tf.squaredDifference(output, target), 1);

describe('losses of attacks', () => {
  it('a function over tensors moves as the built-in loss that it writes out', async () => {
    const own = await new FGSM(tanhModel(), { lossFunc: crossEntropy }).perturb(x, { epsilon: 0.1, target: int64([1, 0], [2]) });
    const builtIn = await new FGSM(tanhModel(), { lossFunc: 'cross_entropy' }).perturb(x, { epsilon: 0.1, target: [1, 0] });
    assert.deepEqual(own, builtIn);
    assert.notDeepEqual(own, await new FGSM(tanhModel(), { lossFunc: crossEntropy }).perturb(x, { epsilon: 0.1, target: 0 }));
  });

  it('a function gets targets of any shape, for a model that is itself a function', async () => {
    const model = (input: tf.Tensor): tf.Tensor => tf.tanh(tf.matMul(input as tf.Tensor2D, tf.tensor2d([[1, -0.5], [0.25, 0.75], [-1, 0.5]])));
    const target = float32([0.5, -0.5, 1.5, 0], [2, 2]);
    const moved = await new FGSM(model, { lossFunc: squared }).perturb(x, { epsilon: 0.05, target, targeted: true });
    assert.deepEqual(moved, await new FGSM(tanhModel(), { lossFunc: squared }).perturb(x, { epsilon: 0.05, target, targeted: true }));
    assert.ok(moved.data.some((value, index) => value !== x.data[index]));
  });

  it('takes a loss that is reduced to one number of each example alone', async () => {
    const reduced: CustomLoss = (output, target) => tf.mean(squared(output, target));
    const target = float32([0.5, -0.5, 1.5, 0], [2, 2]);
    assert.deepEqual(await new FGSM(tanhModel(), { lossFunc: reduced }).perturb(x, { epsilon: 0.1, target }), await new FGSM(tanhModel(), { lossFunc: squared }).perturb(x, { epsilon: 0.1, target }));
  });

  it('refuses several losses of an example, and targets that do not fit', async () => {
    await assert.rejects(new FGSM(tanhModel(), { lossFunc: (output) => tf.neg(output) }).perturb(x, { epsilon: 0.1, target: 0 }), /lossFunc must return one loss for each example, shape \[2\], got \[2, 2\]/);
    await assert.rejects(new FGSM(tanhModel(), { lossFunc: crossEntropy }).perturb(x, { epsilon: 0.1, target: [0, 1, 1] }), /one entry for each of the 2 example\(s\) on axis 0, got shape \[3\]/);
    await assert.rejects(new FGSM(tanhModel(), { lossFunc: crossEntropy }).perturb(x, { epsilon: 0.1 }), /target: a loss function needs a number, or a tensor/);
  });
});

describe('PGD', () => {
  const perturb = (inputs: Tensor<'float32'>, options: Partial<PGDOptions> = {}, bounds = {}): Promise<Tensor<'float32'>> =>
    new PGD(tanhModel(), { lossFunc: 'cross_entropy', ...bounds }).perturb(inputs, { radius: 0.25, stepSize: 0.1, stepNum: 4, target: 0, ...options });

  it('goes to the border of the ball, within the bounds and where the mask lets it', async () => {
    for (const change of distances(await perturb(x)).flat()) assert.ok(Math.abs(Math.abs(change) - 0.25) < 1e-6, `moved by ${change}`);
    for (const change of distances(await perturb(x, { norm: 'L2' }))) assert.ok(Math.abs(lengthOf(change) - 0.25) < 1e-6, `moved by ${lengthOf(change)}`);
    const held = await perturb(x, { mask: float32([1, 0, 1], [1, 3]) }, { lowerBound: -0.9, upperBound: 1.9 });
    assert.ok(held.data.every((value) => value >= Math.fround(-0.9) && value <= Math.fround(1.9)));
    close([held.data[4]], [0.25]);
  });

  it('makes the loss larger than one step of the same radius does, or smaller when it is targeted', async () => {
    const rightOf = async (inputs: Tensor<'float32'>): Promise<number> => {
      const { data } = (await new AttackComparator(tanhModel(), (output) => output).evaluate(inputs)).Original;
      return data[0] - data[1] + data[2] - data[3];
    };
    const before = await rightOf(x);
    assert.ok((await rightOf(await perturb(x))) < before - 0.1);
    assert.ok((await rightOf(await perturb(x, { targeted: true }))) > before + 0.1);
  });

  it('begins anywhere in the ball of each example', async () => {
    for (const norm of ['Linf', 'L2'] as const) {
      const started = await perturb(x, { norm, randomStart: true, stepNum: 0, seed: 5 });
      for (const change of distances(started)) {
        const far = norm === 'L2' ? lengthOf(change) : Math.max(...change.map(Math.abs));
        assert.ok(far > 0.01 && far <= 0.25 + 1e-6, `${norm}: ${far}`);
      }
      assert.deepEqual(started, await perturb(x, { norm, randomStart: true, stepNum: 0, seed: 5 }));
    }
    const attack = new PGD(tanhModel(), { lossFunc: 'cross_entropy' });
    const options: PGDOptions = { radius: 0.25, stepSize: 0.1, stepNum: 0, target: 0, randomStart: true };
    assert.notDeepEqual(await attack.perturb(x, options), await attack.perturb(x, options));
  });

  it('perturbs a batch as its examples one by one, and on each executor; and several inputs', async () => {
    const both = await perturb(x, { norm: 'L2' });
    for (const example of [0, 1]) close((await perturb(exampleOf(x, example), { norm: 'L2' })).data, exampleOf(both, example).data);
    const before = await sharedEngine();
    useRuntime(createTfjsRuntime(tf));
    close((await perturb(x, { norm: 'L2' })).data, both.data);
    useRuntime(before.runtime);
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    const [first, second] = await new PGD(product(), { lossFunc: squared }).perturb([a, b], { radius: 0.5, stepSize: 0.5, stepNum: 1, target: [[0, 0]] });
    close([...first.data, ...second.data], [1.5, 2.5, 3.5, 4.5]);
  });

  it('reports progress in words, can be cancelled, and names what is wrong', async () => {
    const messages: string[] = [];
    await runJob({ onProgress: ({ message }) => void messages.push(message) }, () => perturb(x, { stepNum: 2 }));
    assert.deepEqual(messages, ['step 1 of 2', 'step 2 of 2']);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => perturb(x)), /cancelled/);
    await assert.rejects(perturb(x, { radius: -1 }), /PGD: radius must be a number of at least 0, got -1/);
    await assert.rejects(perturb(x, { norm: 'L1' as 'L2' }), /Norm constraint must be L2 or Linf, got 'L1'/);
  });
});

describe('MinParamPerturbation', () => {
  const search = { argName: 'epsilon', argMin: 0, argMax: 2, argStep: 0.05 } as const;
  const attack = new FGSM(tanhModel(), { lossFunc: 'cross_entropy' });
  const first = exampleOf(x, 1);

  it('finds the least value that makes the model wrong, in order or by halves, whatever runs at once', async () => {
    const [perturbed, epsilon] = await new MinParamPerturbation(tanhModel(), attack, search).evaluate(first, { target: 0, attackKwargs: { target: 0 } });
    assert.ok(perturbed !== null && epsilon > 0.1);
    const outputs = async (value: number): Promise<Float32Array> => (await new AttackComparator(tanhModel(), (output) => output).evaluate(await attack.perturb(first, { target: 0, epsilon: value }))).Original.data;
    const [right, wrong] = [await outputs(epsilon - 0.05), await outputs(epsilon)];
    assert.ok(right[0] > right[1] && wrong[0] < wrong[1]);
    for (const perturbationsPerEval of [3, 100]) assert.deepEqual(await new MinParamPerturbation(tanhModel(), attack, search).evaluate(first, { target: 0, attackKwargs: { target: 0 }, perturbationsPerEval }), [perturbed, epsilon]);
    const bySteps = async (argStep: number): Promise<number> => (await new MinParamPerturbation(tanhModel(), attack, { ...search, argStep }).evaluate(first, { target: 0, attackKwargs: { target: 0 } }))[1] ?? NaN;
    close([epsilon, await bySteps(0.03), await bySteps(0.1)], [0.75, 0.72, 0.8]); // as Captum's
    const [, byHalves] = await new MinParamPerturbation(tanhModel(), attack, { ...search, mode: 'binary' }).evaluate(first, { target: 0, attackKwargs: { target: 0 } });
    close([byHalves ?? NaN], [epsilon]);
  });

  it('finds nothing where nothing makes the model wrong', async () => {
    for (const mode of ['linear', 'binary'] as const) assert.deepEqual(await new MinParamPerturbation(tanhModel(), attack, { ...search, argMax: 0.1, mode }).evaluate(first, { target: 0, attackKwargs: { target: 0 } }), [null, null]);
  });

  it('tries a random function several times, before or after preprocessing', async () => {
    const seen: number[] = [];
    const noise = (inputs: unknown, { scale }: { scale: number }): Tensor<'float32'> => {
      seen.push(scale);
      return float32((inputs as Tensor<'float32'>).data.map((value) => value + (seen.length === 6 ? -9 * scale : 0)), [1, 3]);
    };
    const halved = (inputs: unknown): Tensor<'float32'> => float32((inputs as Tensor<'float32'>).data.map((value) => value / 2), [1, 3]);
    const correctFn = ({ data }: Tensor<'float32'>, { least }: Readonly<Record<string, unknown>>): boolean => data[0] > Number(least);
    const [perturbed, scale] = await new MinParamPerturbation(tanhModel(), noise, { argName: 'scale', argMin: 1, argMax: 9, argStep: 1, numAttempts: 3, preprocFn: halved, applyBeforePreproc: true, correctFn }).evaluate(first, { correctFnKwargs: { least: 0 } });
    assert.deepEqual([scale, seen], [2, [1, 1, 1, 2, 2, 2]]);
    close(perturbed?.data ?? [], [1 - 18, 0.25 - 18, -0.75 - 18]);
  });

  it('reports progress, can be cancelled, and needs a target', async () => {
    const messages: string[] = [];
    const wide = new MinParamPerturbation(tanhModel(), attack, { ...search, argMax: 0.1 });
    await runJob({ onProgress: ({ message }) => void messages.push(message) }, () => wide.evaluate(first, { target: 0, attackKwargs: { target: 0 } }));
    assert.deepEqual(messages, ['attempt 1 of 2', 'attempt 2 of 2']);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => wide.evaluate(first, { target: 0, attackKwargs: { target: 0 } })), /cancelled/);
    await assert.rejects(wide.evaluate(first, { attackKwargs: { target: 0 } }), /target of every example is needed/);
  });
});

describe('AttackComparator', () => {
  /** The share of examples whose largest output is their label, and the difference of the outputs of each. */
  const metric = ({ data, shape }: Tensor<'float32'>, { labels }: Readonly<Record<string, unknown>>): { accuracy: number; margin: Tensor<'float32'> } => {
    const margins = Array.from({ length: shape[0] }, (_, example) => (data[example * 2] - data[example * 2 + 1]) * ((labels as number[])[example] === 0 ? 1 : -1));
    return { accuracy: margins.filter((margin) => margin > 0).length / margins.length, margin: float32(margins, [margins.length]) };
  };

  it('measures each attack, and sums up batches', async () => {
    const comparator = new AttackComparator(tanhModel(), metric);
    comparator.addAttack(new FGSM(tanhModel(), { lossFunc: 'cross_entropy' }), { attackKwargs: { epsilon: 1.5 }, additionalAttackArgNames: ['target'] });
    let sign = 1;
    comparator.addAttack((inputs: unknown, { scale }: { scale: number }) => float32((inputs as Tensor<'float32'>).data.map((value, index) => value + (sign = -sign) * scale * index), (inputs as Tensor).shape), { name: 'noise', numAttempts: 2, attackKwargs: { scale: 0.1 } });
    const labels = [1, 0];
    const results = await comparator.evaluate(x, { labels, target: labels });
    assert.deepEqual(Object.keys(results), ['Original', 'FGSM', 'noise']);
    assert.equal(results.Original.accuracy, 1);
    assert.ok(results.FGSM.mean.margin.data.every((margin, index) => margin < results.Original.margin.data[index]));
    assert.ok(results.FGSM.max === undefined && results.noise.max && results.noise.min);
    for (const example of [0, 1]) assert.ok(results.noise.min.margin.data[example] <= results.noise.mean.margin.data[example] && results.noise.mean.margin.data[example] <= results.noise.max.margin.data[example]);
    await comparator.evaluate(exampleOf(x, 0), { labels: [0], target: [0] });
    const summary = comparator.summary();
    assert.deepEqual(Object.keys(summary), ['Original', 'FGSM', 'noise Mean Attempt', 'noise Min Attempt', 'noise Max Attempt']);
    assert.equal(summary.Original.mean.accuracy, 0.5);
    const { data } = results.Original.margin;
    close([Number(summary.Original.mean.margin)], [((data[0] + data[1]) / 2 - data[0]) / 2]);
    comparator.reset();
    assert.deepEqual(comparator.summary(), {});
  });

  it('gets the same from any number of attempts at once', async () => {
    let calls = '';
    const results = (perturbationsPerEval?: number): Promise<AttackResults<number>> => {
      calls = '';
      const comparator = new AttackComparator(tanhModel(), ({ data }) => ((calls += 'm'), data[0] - data[3]));
      let attempt = 0;
      const shift = (inputs: unknown): Tensor<'float32'> => ((calls += 'a'), float32((inputs as Tensor<'float32'>).data.map((value, index) => value + 0.1 * ++attempt * (index % 2)), [2, 3]));
      comparator.addAttack(shift, { numAttempts: 5 });
      return comparator.evaluate(x, perturbationsPerEval === undefined ? {} : { perturbationsPerEval });
    };
    const one = await results();
    assert.ok((one.shift.max ?? NaN) > (one.shift.min ?? NaN));
    for (const [perturbationsPerEval, order] of [[1, 'mamamamamam'], [2, 'maammaammam'], [5, 'maaaaammmmm'], [100, 'maaaaammmmm']] as const) {
      assert.deepEqual(await results(perturbationsPerEval), one);
      assert.equal(calls, order);
    }
    await assert.rejects(results(0), /perturbationsPerEval must be a whole number of at least 1, got 0/);
  });

  it('preprocesses after or before an attack, and refuses a name that is taken', async () => {
    const halved = (inputs: unknown): Tensor<'float32'> => float32((inputs as Tensor<'float32'>).data.map((value) => value / 2), [2, 3]);
    const comparator = new AttackComparator(tanhModel(), (output: Tensor<'float32'>) => output.data[0], { preprocFn: halved });
    const plusOne = (inputs: unknown): Tensor<'float32'> => float32((inputs as Tensor<'float32'>).data.map((value) => value + 1), [2, 3]);
    comparator.addAttack(plusOne);
    comparator.addAttack(plusOne, { name: 'after', applyBeforePreproc: false });
    assert.throws(() => comparator.addAttack(plusOne), /same name as an existing attack, 'plusOne'/);
    const { Original, plusOne: before, after } = await comparator.evaluate(x);
    const y = (row: number[]): number => Math.tanh(row[0] + 0.25 * row[1] - row[2]);
    close([Original, before.mean, after.mean], [y([0.25, -0.5, 1]), y([0.75, 0, 1.5]), y([1.25, 0.5, 2])]);
  });
});
