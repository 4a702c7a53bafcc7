import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runJob } from '../../../src/engine/attribution/job';
import { SimilarityInfluence } from '../../../src/engine/influence/similarityInfluence';
import { euclideanDistance } from '../../../src/engine/influence/similarityMetrics';
import { float32 } from '../../../src/engine/tensor';
import { BuiltModel } from '../attribution/models';

/** The layer `relu` is max(0, x). */
const model = (): BuiltModel => new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 2] }], (builder, [x]) => builder.op('Neg', [builder.op('Relu', [x], {}, { name: 'relu' })]));
const sources = [[2, 0], [-1, -1], [3, 3], [0, 1], [1, 0.5]];

describe('SimilarityInfluence', () => {
  it('finds the sources whose activations have the nearest direction, and names pairs without one', async () => {
    for (const batchSize of [1, 2, 64]) {
      const { relu } = await new SimilarityInfluence(model(), 'relu', sources, { batchSize }).influence([[1, 0], [0.5, 0.5]], { topK: 3 });
      assert.deepEqual(relu.indices, [[0, 4, 2], [2, 4, 0]]);
      for (const [index, expected] of [1, 2 / Math.sqrt(5), Math.SQRT1_2, 1, 3 / Math.sqrt(10), Math.SQRT1_2].entries()) assert.ok(Math.abs(relu.values.data[index] - expected) < 1e-6);
      assert.deepEqual(relu.zeroActs, [[0, 1], [1, 1]]);
    }
  });

  it('takes other metrics, for which small numbers may mean alike', async () => {
    const { relu } = await new SimilarityInfluence(model(), ['relu'], sources, { similarityMetric: euclideanDistance, similarityDirection: 'min' }).influence([[1, -5]], { topK: 2 });
    assert.deepEqual([relu.indices, [...relu.values.data], relu.zeroActs], [[[4, 0]], [0.5, 1], []]);
  });

  it('refuses what does not fit, and can be cancelled', async () => {
    const influence = (options: object) => new SimilarityInfluence(model(), 'relu', sources, options);
    assert.throws(() => influence({ similarityDirection: 'up' }), /up is not a valid value. Must be either 'max' or 'min'/);
    await assert.rejects(influence({}).influence([[1, 0]], { topK: 0 }), /topK must be a whole number of at least 1, got 0/);
    await assert.rejects(influence({ similarityMetric: () => float32([1], [1]) }).influence([[1, 0]]), /Your output has shape \[1\]\. .* which should be \[1, 5\]/);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => influence({}).influence([[1, 0]])), { code: 'cancelled' });
  });
});
