import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { DataLoaderAttribution, InputRole, type DataLoader, type DataLoaderOptions } from '../../../src/engine/attribution/dataLoaderAttribution';
import { sharedEngine, useRuntime } from '../../../src/engine/attribution/engine';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { runJob } from '../../../src/engine/attribution/job';
import { Occlusion } from '../../../src/engine/attribution/occlusion';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { float32, int64, type Tensor } from '../../../src/engine/tensor';
import type { NestedNumbers } from '../../../src/engine/attribution/tensorLike';
import { product, scaledSquares, tanhModel, totalSquares } from './models';

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index}: ${actual[index]}, expected ${expected[index]}`);
};

const rows = [[0.5, -1, 2], [1, 0.25, -0.75], [-0.5, 0.75, 0.1]];
const batches = [float32(rows.slice(0, 2).flat(), [2, 3]), float32(rows[2], [1, 3])];
/** y_0 = tanh(x W)_0 of one example, in plain JavaScript. */
const y = ([a, b, c]: readonly number[]): number => Math.tanh(a + 0.25 * b - c);
const firstOutputs = ({ data }: Tensor<'float32'>): number[] => Array.from(data).filter((_, index) => index % 2 === 0);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const without = (row: readonly number[], feature: number): number[] => row.map((value, index) => (index === feature ? 0 : value));
const expectedBy = (metric: (values: readonly number[]) => number): number[] => [0, 1, 2].map((feature) => metric(rows.map(y)) - metric(rows.map((row) => y(without(row, feature)))));

const attribute = (options: DataLoaderOptions<Tensor<'float32'>>, data: DataLoader<Tensor<'float32'>> = batches): Promise<Tensor<'float32'>> =>
  new DataLoaderAttribution(new FeatureAblation(tanhModel())).attribute(data, options);
const toMetric = (outputs: Tensor<'float32'>): number => mean(firstOutputs(outputs));

describe('DataLoaderAttribution', () => {
  it('attributes any metric of the whole data set', async () => {
    for (const metric of [mean, (values: readonly number[]) => Math.max(...values), (values: readonly number[]) => Math.min(...values), (values: readonly number[]) => 3 * mean(values)]) {
      const attributions = await attribute({ toMetric: (outputs) => metric(firstOutputs(outputs)) });
      assert.deepEqual(attributions.shape, [3]);
      close(attributions.data, expectedBy(metric));
    }
    const perOutput = await attribute({ toMetric: ({ data }) => float32([data[0], data[1]], [2]) });
    assert.deepEqual(perOutput.shape, [2, 3]);
  });

  it('gives the same however often the data are gone through, from whatever yields batches, and on each executor', async () => {
    const expected = expectedBy(mean);
    let begun = 0;
    async function* load(): AsyncGenerator<Tensor<'float32'>> {
      begun++;
      yield* batches;
    }
    for (const [perturbationsPerPass, times] of [[1, 3], [2, 2], [10, 1], [-1, 1]]) {
      begun = 0;
      close((await attribute({ toMetric, perturbationsPerPass }, load)).data, expected);
      assert.equal(begun, times);
    }
    close((await attribute({ toMetric, perturbationsPerPass: -1 }, load())).data, expected);
    await assert.rejects(attribute({ toMetric }, load()), /there were 2 batches when it was gone through first, and 0 in pass 2/);
    close((await attribute({ toMetric }, [float32(rows.flat(), [3, 3])])).data, expected);
    const before = await sharedEngine();
    useRuntime(createTfjsRuntime(tf));
    close((await attribute({ toMetric })).data, expected);
    useRuntime(before.runtime);
  });

  it('gathers with a reduce of its own, which sees labels that the model does not', async () => {
    const labels = [[1], [0], [1]];
    const data = batches.map((batch, index) => [batch, float32([[1, 1], [1]][index], [batch.shape[0], 1]), int64(labels.slice(index * 2, index * 2 + batch.shape[0]).flat(), [batch.shape[0], 1])]);
    const seen: number[] = [];
    const [first, ...others] = await new DataLoaderAttribution(new FeatureAblation(scaledSquares())).attribute(data, {
      inputRoles: [InputRole.needAttr, InputRole.needForward, InputRole.noForward],
      perturbationsPerPass: -1,
      reduce: (sum: number = 0, output, [x, , label]) => {
        seen.push(Number(x.data[0]));
        return sum + Array.from(output.data).reduce((total, value, row) => total + value * Number(label.data[row]), 0);
      },
      toMetric: (sum) => sum,
    });
    assert.equal(others.length, 0);
    close(first.data, [0, 1, 2].map((feature) => rows[0][feature] ** 2 + rows[2][feature] ** 2));
    assert.deepEqual(seen.slice(0, 4), [0.5, 0, 0.5, 0.5]);
  });

  it('ablates what a mask holds together in several inputs, to baselines; one number for each feature on demand', async () => {
    const data = [[float32([1, 2, 3, 4], [2, 2]), float32([5, 6, 7, 8], [2, 2])]];
    const method = new DataLoaderAttribution(new FeatureAblation(product()));
    const options: DataLoaderOptions<Tensor<'float32'>> = { featureMask: [int64([0, 1], [1, 2]), int64([0, 0], [1, 2])], baselines: [0, 1], toMetric: (outputs) => outputs.data.reduce((sum, value) => sum + value, 0) };
    const [a, b] = await method.attribute(data, options);
    const [total, first, second] = [5 + 12 + 21 + 32, 0 + 2 + 0 + 4, 5 + 0 + 21 + 0];
    close(a.data, [total - first, total - second]);
    close(b.data, [total - first, total - first]);
    const flat = await method.attribute(data, { ...options, returnInputShape: false });
    assert.deepEqual(flat.shape, [2]);
    close(flat.data, [total - first, total - second]);
  });

  it('takes models that return one number for a batch', async () => {
    const attributions = await new DataLoaderAttribution(new FeatureAblation(totalSquares())).attribute(batches, { toMetric: (outputs) => mean(Array.from(outputs.data)) });
    close(attributions.data, [0, 1, 2].map((feature) => rows.reduce((sum, row) => sum + row[feature] ** 2, 0) / 2));
  });

  it('has the type of what it returns', async () => {
    const method = new DataLoaderAttribution(new FeatureAblation(scaledSquares()));
    const x = batches[0];
    const ones = float32([1, 1], [2, 1]);
    const options = { inputRoles: [InputRole.needAttr, InputRole.needForward] };
    const parts: Tensor<'float32'>[] = await method.attribute([[x, ones]], options);
    const onTfjs: tf.Tensor[] = await method.attribute(() => [[tf.tensor(x.data, [2, 3]), tf.tensor(ones.data, [2, 1])]], options);
    const flat: tf.Tensor = await method.attribute([[tf.tensor(x.data, [2, 3]), tf.tensor(ones.data, [2, 1])]], { ...options, returnInputShape: false });
    const numbers: NestedNumbers = await new DataLoaderAttribution(new FeatureAblation(tanhModel())).attribute([rows], { toMetric });
    assert.deepEqual([parts.map(({ shape }) => shape), onTfjs.map(({ shape }) => shape), flat.shape], [[[2, 1, 3]], [[2, 1, 3]], [2, 1, 3]]);
    close(numbers as number[], expectedBy(mean));
  });

  it('reports progress, can be cancelled, and names what does not fit', async () => {
    const messages: string[] = [];
    await runJob({ onProgress: ({ message }) => void messages.push(message) }, () => attribute({ toMetric, perturbationsPerPass: 2 }));
    assert.deepEqual(messages, ['batch 1, pass 1', 'batch 2, pass 1', 'batch 1 of 2, pass 2 of 2', 'batch 2 of 2, pass 2 of 2']);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => attribute({ toMetric })), /cancelled/);
    assert.throws(() => new DataLoaderAttribution(new Occlusion(tanhModel()) as unknown as FeatureAblation), /does not support Occlusion/);
    await assert.rejects(attribute({ toMetric }, []), /there is no batch in it/);
    await assert.rejects(attribute({ toMetric }, 3 as unknown as typeof batches), /dataloader must be an iterable of batches or a function that returns one, got 3/);
    await assert.rejects(attribute({ toMetric, inputRoles: [0, 1] }), /one role for each of the 1 inputs of a batch is needed, got 2/);
    await assert.rejects(attribute({ toMetric, baselines: float32(new Float32Array(6), [2, 3]) }), /must be a number, or have the input's shape \[1, 3\]/);
    await assert.rejects(attribute({ toMetric, perturbationsPerPass: 0 }), /at least 1, or -1/);
  });
});
