import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Explanation } from '../../../src/engine/attribution/explanation';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { recompute } from '../../../src/engine/attribution/recompute';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { float32 } from '../../../src/engine/tensor';
import { product, scaledSquares, tanhModel } from './models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
const explain = (options: object = {}): Promise<Explanation> => new IntegratedGradients(tanhModel()).explainTensors([x], { target: [0, 1], nSteps: 3, baselines: 0.25, ...options });

describe('recompute', () => {
  it('changes the steps and keeps everything else', async () => {
    const before = await explain({ internalBatchSize: 3 });
    const after = await recompute(before, { options: { nSteps: 50 } });
    assert.deepEqual(after.options, { nSteps: 50, method: 'gausslegendre', multiplyByInputs: true, internalBatchSize: 3 });
    assert.deepEqual([after.targets, after.baselines, after.inputs], [before.targets, before.baselines, before.inputs]);
    assert.ok(Math.abs(after.convergenceDelta?.[0] ?? 1) < Math.abs(before.convergenceDelta?.[0] ?? 0));
  });

  it('changes the target of all examples', async () => {
    assert.deepEqual((await recompute(await explain(), { target: [1] })).targets, [[1], [1]]);
  });

  it('changes the baseline, and keeps its name from then on', async () => {
    const mean = await recompute(await explain(), { baseline: 'mean' });
    assert.equal(mean.baselineName, 'mean');
    assert.equal((await recompute(mean, { options: { nSteps: 7 } })).baselineName, 'mean');
  });

  it('changes the method, with the options that it has', async () => {
    const saliency = await recompute(await explain(), { method: 'Saliency' });
    assert.deepEqual([saliency.method, saliency.options, saliency.convergenceDelta], ['Saliency', { abs: true }, undefined]);
    const back = await recompute(saliency, { method: 'IntegratedGradients' });
    assert.deepEqual([back.options.nSteps, back.baselineName, back.targets], [50, 'zero', [[0], [1]]]);
  });

  it('makes the algorithm anew to change an option of its constructor', async () => {
    const local = await recompute(await explain(), { options: { multiplyByInputs: false } });
    assert.deepEqual([local.options.multiplyByInputs, local.options.nSteps], [false, 3]);
    assert.equal((await recompute(local, { options: { nSteps: 6 } })).options.multiplyByInputs, false);
  });

  it('keeps additional arguments and several inputs', async () => {
    const scaled = await new IntegratedGradients(scaledSquares()).explainTensors([x], { additionalForwardArgs: [[1], [10]] });
    assert.deepEqual((await recompute(scaled, { options: { nSteps: 3 } })).endValues, scaled.endValues);
    const pair = await new IntegratedGradients(product()).explainTensors([float32([1, 2], [1, 2]), float32([3, 4], [1, 2])], { target: 0, baselines: [0.5, null] });
    assert.deepEqual((await recompute(pair, { options: { nSteps: 3 } })).baselines, pair.baselines);
  });

  it('refuses what the method does not have, and unknown methods', async () => {
    const saliency = await new Saliency(tanhModel()).explainTensors([x], { target: 0 });
    await assert.rejects(recompute(saliency, { options: { nSteps: 5 } }), { code: 'invalid-argument', message: "Saliency has no option 'nSteps'" });
    await assert.rejects(async () => recompute(saliency, { method: 'toString' }), { code: 'not-found', nextStep: /IntegratedGradients/ });
    await assert.rejects(recompute(await explain(), { options: { nSteps: 'many' } }), { code: 'invalid-argument', message: /^nSteps/ });
  });
});
