import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api } from '../../../src/engine/api';
import { attributeInputs, choicesOf } from '../../../src/engine/requests/attribute';
import { capabilitiesOf, describeResult, display, recomputeOutput } from '../../../src/engine/requests/outputs';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { float32 } from '../../../src/engine/tensor';
import type { TabularView } from '../../../src/protocol/output';
import { product, tanhModel } from '../attribution/models';

const x = float32([0.5, -1, 2], [1, 3]);

describe('describeResult', () => {
  it('shows attributions in every form, and the pair with the delta', async () => {
    const ig = new api.IntegratedGradients(tanhModel());
    const { tf } = await loadTfjs();
    const results = [await ig.attribute(x, { target: 0 }), await ig.attribute([[1, 2, 3]], { target: 0 }), await ig.attribute(tf.tensor2d([[1, 2, 3]]), { target: 0 }), await ig.attribute(x, { target: 0, returnConvergenceDelta: true })];
    const ids = results.map((result) => describeResult(result)?.output.id);
    assert.equal(new Set(ids).size, 4, 'each has its own id');
    assert.ok(ids.every((id) => typeof id === 'string'));
  });

  it('shows nothing for other values', () => {
    for (const value of [x, undefined, null, 3, 'text', [1, 2], [], {}]) assert.equal(describeResult(value), undefined);
  });
});

describe('outputs', () => {
  it('are computed anew under their id, again and again', async () => {
    const { output } = display(await attributeInputs(tanhModel(), x, { options: { nSteps: 2 } }));
    for (const nSteps of [4, 8]) {
      const again = await recomputeOutput(output.id, { options: { nSteps } });
      assert.deepEqual([again.output.id, again.output.method.options.nSteps], [output.id, nSteps]);
    }
    assert.equal((await recomputeOutput(output.id, { baseline: 'noise' })).output.method.options.nSteps, 8, 'the last one is changed');
  });

  it('stay as they were when computing fails', async () => {
    const { output } = display(await attributeInputs(tanhModel(), x));
    await assert.rejects(recomputeOutput(output.id, { target: [7] }), { code: 'target-out-of-range' });
    assert.deepEqual((await recomputeOutput(output.id, {})).output.examples[0].target?.index, output.examples[0].target?.index);
  });

  it('are shown beside another method, until that is taken away', async () => {
    const { output } = display(await attributeInputs(tanhModel(), x, { options: { nSteps: 2 } }));
    const both = await recomputeOutput(output.id, { compare: { method: 'Saliency' } });
    assert.deepEqual([both.output.method.name, both.output.compared?.method.name], ['IntegratedGradients', 'Saliency']);
    assert.match(both.output.summary, /^Integrated Gradients .* Beside it: Saliency of class 1/);
    const kept = await recomputeOutput(output.id, { options: { nSteps: 4 } });
    assert.deepEqual(kept.output.compared?.examples, both.output.compared?.examples, 'changing the first leaves the second');
    const turned = await recomputeOutput(output.id, { target: [0] });
    assert.deepEqual(turned.output.compared?.examples[0].target?.index, [0], 'both have the same target');
    const noisy = await recomputeOutput(output.id, { compare: { options: { ntType: 'smoothgrad' } } });
    assert.equal(noisy.output.compared?.method.title, 'Integrated Gradients + SmoothGrad');
    assert.equal((await recomputeOutput(output.id, { compare: null })).output.compared, undefined);
  });

  it('get noise, keep it when the method changes, and lose it again', async () => {
    const { output } = display(await attributeInputs(tanhModel(), x, { options: { nSteps: 4 } }));
    const noisy = (await recomputeOutput(output.id, { options: { ntType: 'smoothgrad_sq' } })).output;
    assert.deepEqual([noisy.method.name, noisy.method.options.attributionMethod, noisy.method.options.ntType, noisy.method.options.nSteps], ['NoiseTunnel', 'IntegratedGradients', 'smoothgrad_sq', 4]);
    assert.equal(noisy.cost.gradientPasses, 40, 'the passes of all samples count');
    const other = (await recomputeOutput(output.id, { method: 'Saliency' })).output.method;
    assert.deepEqual([other.options.attributionMethod, other.options.ntType, other.options.ntSamples], ['Saliency', 'smoothgrad_sq', 10]);
    assert.equal((await recomputeOutput(output.id, { options: { ntType: 'none' } })).output.method.name, 'Saliency');
    await assert.rejects(recomputeOutput(output.id, { options: { ntType: 'loud' } }), { code: 'invalid-argument', message: /smoothgrad/ });
  });

  it('keep the feature mask that they were given', async () => {
    const ablation = new api.FeatureAblation(tanhModel());
    const { output } = display(await ablation.explainTensors([x], { target: 0, featureMask: [[0, 0, 1]] }));
    const again = await recomputeOutput(output.id, { target: [1] });
    const [first, second] = (again.output.examples[0].views[0] as TabularView).attributions;
    assert.equal(first, second, 'one feature');
    assert.equal(again.output.method.options.featureMask, 'given mask');
    const shapley = await recomputeOutput(output.id, { method: 'ShapleyValues' });
    assert.equal(shapley.output.method.options.featureMask, 'given mask');
  });

  it('are forgotten after fifty others', async () => {
    const explanation = await attributeInputs(tanhModel(), x);
    const { id } = display(explanation).output;
    for (let index = 0; index < 49; index++) display(explanation);
    assert.ok((await capabilitiesOf(id)).live);
    display(explanation);
    assert.equal((await capabilitiesOf(id)).live, false);
    await assert.rejects(recomputeOutput(id, {}), { code: 'not-found' });
  });
});

describe('attributeInputs', () => {
  it('takes the strongest output of each example by default', async () => {
    const explanation = await attributeInputs(tanhModel(), [[0.5, -1, 2], [1, 0, -1]]);
    assert.deepEqual(explanation.targets, [[1], [0]]);
    assert.deepEqual((await attributeInputs(tanhModel(), [[0.5, -1, 2], [1, 0, -1]], { target: [1] })).targets, [[1], [1]]);
  });

  it('takes options of the constructor, a baseline and several inputs', async () => {
    const local = await attributeInputs(tanhModel(), x, { options: { multiplyByInputs: false, nSteps: 3 }, baseline: 'mean' });
    assert.deepEqual([local.options.multiplyByInputs, local.options.nSteps, local.baselineName], [false, 3, 'mean']);
    assert.equal((await attributeInputs(product(), [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])])).attributions.length, 2);
  });

  it('offers what choicesOf lists', async () => {
    const { methods, predictions } = await choicesOf(tanhModel(), x);
    assert.deepEqual(predictions.map(({ index }) => index), [[1], [0]]);
    assert.equal((await attributeInputs(tanhModel(), x)).method, methods[0].name);
  });

  it('begins at a wished baseline, and leaves it out for methods that have none', async () => {
    assert.equal((await attributeInputs(tanhModel(), x, { baseline: 'mean' })).baselineName, 'mean');
    assert.equal((await attributeInputs(tanhModel(), x, { method: 'Saliency', baseline: 'mean' })).baselineName, undefined);
  });
});

describe('api', () => {
  it('loads a bundled model that predicts and classifies', async () => {
    const model = await api.loadModel('media/models/efficientnet-lite0');
    const image = await api.loadImage('media/samples/photos/chelsea.jpg', { for: model });
    const logits = await model.predict(image);
    assert.deepEqual(logits.shape, [1, 1000]);
    const [top] = await model.classify(image);
    assert.deepEqual([top.length, top[0].label], [5, 'Egyptian cat']);
    assert.equal(Math.max(...logits.data), top[0].score);
  });

  it('detects the language of a text and attributes it', async () => {
    const detector = await api.loadLanguageDetector();
    const { model, input } = detector.encode('def f(x):\n    return [y for y in x if y is not None]\n');
    const [[top]] = await model.classify(input);
    assert.equal(top.label, 'Python');
    assert.equal(detector.indexOf('python'), top.index[0]);
    const attributions = await new api.IntegratedGradients(model).attribute(input, { target: top.index[0] });
    assert.equal(describeResult(attributions)?.output.examples[0].views[0].kind, 'text');
  });
});
