import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClassSummarizer } from '../../../src/engine/stats/classSummarizer';
import { CommonStats, Count, Mean, MSE, StdDev, Sum, Var } from '../../../src/engine/stats/stat';
import { Summarizer, type Summary } from '../../../src/engine/stats/summarizer';
import { float32 } from '../../../src/engine/tensor';

const numbers = (summary: unknown, name: string): number[] => {
  const value = (summary as Summary)[name];
  return typeof value === 'number' ? [value] : [...value.data];
};

describe('Summarizer', () => {
  it('has the mean, deviation and extremes of each element', async () => {
    const summarizer = new Summarizer([...CommonStats(), new Sum(), new Count(), new MSE(), new Var(), new StdDev(2)]);
    for (const row of [[1, -4], [2, 0], [6, 4]]) await summarizer.update(row);
    const { summary } = summarizer;
    assert.deepEqual(Object.keys(summary as Summary), ['mean', 'sample_variance', 'sample_std_dev', 'min', 'max', 'sum', 'count', 'mse', 'variance', 'std_dev(2)']);
    assert.deepEqual([numbers(summary, 'mean'), numbers(summary, 'sample_variance'), numbers(summary, 'mse')], [[3, 0], [7, 16], [14, 32]]);
    assert.deepEqual([numbers(summary, 'min'), numbers(summary, 'max'), numbers(summary, 'sum'), numbers(summary, 'count')], [[1, -4], [6, 4], [9, 0], [3]]);
    assert.ok(Math.abs(numbers(summary, 'std_dev(2)')[0] - Math.sqrt(14)) < 1e-6);
  });

  it('summarizes each tensor of a list, and single numbers; variance of one is zero', async () => {
    const summarizer = new Summarizer([new Mean(), new Var(1)]);
    assert.ok(!summarizer.summary);
    await summarizer.update([float32([1, 2], [2]), float32([5], [])]);
    const [first, second] = [summarizer.summary].flat();
    assert.deepEqual([numbers(first, 'mean'), numbers(first, 'sample_variance'), numbers(second, 'mean')], [[1, 2], [0, 0], [5]]);
    await assert.rejects(summarizer.update([1, 2]), /form of the first, a list of 2, got one tensor/);
    await assert.rejects(summarizer.update([float32([1], [1]), float32([5], [])]), /input 0 must have the shape of the first update, \[2\], got \[1\]/);
    assert.throws(() => new Summarizer([]), /at least one statistic/);
    assert.throws(() => new Summarizer([new Mean(), new Mean()]), /'mean' is there twice/);
  });
});

describe('ClassSummarizer', () => {
  it('keeps the statistics of each class and of all', async () => {
    const summarizer = new ClassSummarizer([new Sum()]);
    await summarizer.update([[1, 2], [3, 4], [5, 6]], [0, 1, 0]);
    await summarizer.update([[10, 10]], 1);
    const { classSummaries } = summarizer;
    assert.deepEqual([numbers(classSummaries.get(0), 'sum'), numbers(classSummaries.get(1), 'sum'), numbers(summarizer.summary, 'sum')], [[6, 8], [13, 14], [19, 22]]);
    await assert.rejects(summarizer.update([[1, 2], [3, 4], [5, 6]], [0, 1]), /batch size does not equal amount of labels/);
  });
});
