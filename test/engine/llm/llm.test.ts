import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { api, type CallableModel } from '../../../src/engine/api';
import { LayerIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { LayerGradientXActivation } from '../../../src/engine/attribution/layer/layerGradientXActivation';
import { promptBatch, scoringModel } from '../../../src/engine/attribution/llm/languageModel';
import { scored } from '../../../src/engine/attribution/llm/promptModel';
import type { TokenizerLike } from '../../../src/engine/attribution/llm/tokenizer';
import { describeResult } from '../../../src/engine/requests/outputs';

const { FeatureAblation, IntegratedGradients, KernelShap, Lime, LLMAttribution, LLMGradientAttribution, loadModel, loadTokenizer, ShapleyValues, ShapleyValueSampling, TextTemplateInput, TextTokenInput } = api;
const FOLDER = import.meta.dirname;
const PROMPT = '{} lives in {} and is a {}. He likes';
const VALUES = ['Dave', 'Palm Coast', 'lawyer'];
const BASELINES = ['Lucy', 'Oslo', 'cook'];

const template = new TextTemplateInput(PROMPT, VALUES, { baselines: BASELINES });
let model: CallableModel;
let tokenizer: TokenizerLike;
let tokens: InstanceType<typeof TextTokenInput>;

before(async () => {
  model = await loadModel(path.join(FOLDER, 'language-model.onnx'));
  tokenizer = await loadTokenizer(FOLDER);
  tokens = new TextTokenInput('Dave lives in Palm Coast and is a lawyer. He likes', tokenizer, { skipTokens: ['.'] });
});

const sumOf = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, value) => sum + value, 0);
const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-4): void => {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) assert.ok(Math.abs(actual[i] - expected[i]) <= within, `element ${i} is ${actual[i]}, expected ${expected[i]}`);
};

/** The log probability of an answer to a prompt, and of each of its tokens. */
async function score(prompt: string, answer: string): Promise<number[]> {
  const target = tokenizer.encode(answer);
  return Array.from((await scored(scoringModel(model, target, 'log_prob'), promptBatch(model, [tokenizer.encode(prompt)], target))).data);
}

describe('a tokenizer and a language model', () => {
  const reference: { text: string; ids: number[]; decoded: string; logProbabilities: number[] }[] = JSON.parse(readFileSync(path.join(FOLDER, 'encodings.json'), 'utf8'));

  it('gives the tokens of Hugging Face', () => {
    for (const { text, ids, decoded } of reference) {
      assert.deepEqual(tokenizer.encode(text), ids);
      assert.equal(tokenizer.decode(ids), decoded);
    }
  });

  it('scores as PyTorch does, also in a batch of prompts of different lengths', async () => {
    const targets = reference.map(({ ids }) => ids.slice(-3));
    for (const [index, { ids, logProbabilities }] of reference.entries()) {
      const batch = promptBatch(model, [ids.slice(0, -3), ids.slice(0, 4)], targets[index], 8);
      const { data, shape } = await scored(scoringModel(model, targets[index], 'log_prob'), batch);
      assert.deepEqual(shape, [2, 4]);
      closeTo(data.subarray(1, 4), logProbabilities.slice(-3));
      closeTo([data[0]], [sumOf(data.subarray(1, 4))]);
    }
  });

  it('refuses what is no tokenizer, and ids that the model does not have', async () => {
    await assert.rejects(loadTokenizer(path.join(FOLDER, 'absent')), /there is no such file or folder/);
    await assert.rejects(loadTokenizer(path.join(FOLDER, 'encodings.json')), /Tokenizer 'encodings.json'/);
    await assert.rejects(new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, [9999]), /target tokens must be from 0 to 155, got 9999/);
  });
});

describe('LLMAttribution', () => {
  it('says that the place makes the hobby', async () => {
    const found = await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, ' golf');
    assert.deepEqual([found.inputTokens, found.outputTokens], [VALUES, [' golf']]);
    const [kept, without] = [await score('Dave lives in Palm Coast and is a lawyer. He likes', ' golf'), await score('Dave lives in Oslo and is a lawyer. He likes', ' golf')];
    closeTo([found.seqAttr.data[1]], [kept[0] - without[0]]);
    assert.ok(found.seqAttr.data[1] > 5 * Math.max(Math.abs(found.seqAttr.data[0]), Math.abs(found.seqAttr.data[2])));
    assert.equal(found.seqAttrDict['Palm Coast'], found.seqAttr.data[1]);
  });

  it('adds up with Shapley values, for the answer and for each of its tokens', async () => {
    const { seqAttr, tokenAttr } = await new LLMAttribution(new ShapleyValues(model), tokenizer).attribute(template, ' golf and reads');
    const [end, start] = [await score('Dave lives in Palm Coast and is a lawyer. He likes', ' golf and reads'), await score('Lucy lives in Oslo and is a cook. He likes', ' golf and reads')];
    closeTo([sumOf(seqAttr.data)], [end[0] - start[0]]);
    assert.ok(tokenAttr);
    for (const [token, { length }] of tokenizer.encode(' golf and reads').map((id) => [id]).entries()) {
      assert.equal(length, 1);
      closeTo([sumOf(tokenAttr.data.subarray(3 * token, 3 * token + 3))], [end[1 + token] - start[1 + token]]);
    }
  });

  it('is near to Shapley values when it samples, and repeats itself by seed', async () => {
    const attribute = async (algorithm: ConstructorParameters<typeof LLMAttribution>[0], options = {}) => (await new LLMAttribution(algorithm, tokenizer).attribute(template, ' golf', options)).seqAttr.data;
    const exact = await attribute(new ShapleyValues(model));
    closeTo(await attribute(new ShapleyValueSampling(model), { nSamples: 60 }), exact, 0.3);
    closeTo(await attribute(new KernelShap(model), { nSamples: 200 }), exact, 0.3);
    assert.deepEqual(await attribute(new Lime(model), { nSamples: 20, seed: 3 }), await attribute(new Lime(model), { nSamples: 20, seed: 3 }));
    closeTo(await attribute(new FeatureAblation(model), { perturbationsPerEval: 1 }), await attribute(new FeatureAblation(model)), 1e-5);
  });

  it('attributes the answer as a whole with Lime and KernelShap', async () => {
    const found = await new LLMAttribution(new KernelShap(model), tokenizer).attribute(tokens, ' golf', { nSamples: 30 });
    assert.equal(found.tokenAttr, undefined);
    assert.equal(found.seqAttr.shape[0], tokens.values.length);
  });

  it('attributes probabilities, and the mean of trials whose baselines are drawn', async () => {
    const { seqAttr } = await new LLMAttribution(new FeatureAblation(model), tokenizer, 'prob').attribute(template, ' golf');
    closeTo([seqAttr.data[1]], [Math.exp((await score('Dave lives in Palm Coast and is a lawyer. He likes', ' golf'))[0]) - Math.exp((await score('Dave lives in Oslo and is a lawyer. He likes', ' golf'))[0])]);
    let draws = 0;
    const drawn = new TextTemplateInput(PROMPT, VALUES, { baselines: () => (draws++, BASELINES) });
    const mean = await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(drawn, ' golf', { numTrials: 3 });
    closeTo(mean.seqAttr.data, (await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, ' golf')).seqAttr.data);
    assert.ok(draws > 9);
  });

  it('explains what the model answers itself, until its end token', async () => {
    const found = await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template);
    assert.equal(found.outputTokens.join(''), ' golf and reads law.');
    const short = await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, null, { genArgs: { maxNewTokens: 1 }, skipTokens: ['.'] });
    assert.deepEqual(short.outputTokens, [' golf']);
  });

  it('groups values by a mask, and takes names and functions in templates', async () => {
    const grouped = new TextTemplateInput('{a} lives in {b}', { a: 'Dave', b: 'Oslo' }, { baselines: { a: 'Ana', b: 'Kyoto' }, mask: { a: 7, b: 7 } });
    assert.equal(grouped.featureCount, 1);
    assert.equal(grouped.toModelInput([0]), 'Ana lives in Kyoto');
    assert.deepEqual(grouped.formatAttr([2]), [2, 2]);
    assert.equal(new TextTemplateInput((name: string) => `${name}!`, ['Dave']).toModelInput([0]), '!');
    assert.equal(new TextTemplateInput('{{{}}}', ['x']).toModelInput(), '{x}');
  });

  it('is shown as the prompt with a heat map of its tokens', async () => {
    const found = await new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, ' golf and');
    const bundle = describeResult(found);
    const view = bundle?.output.examples[0].views[0];
    assert.ok(bundle && view?.kind === 'text' && view.outputs);
    assert.deepEqual([view.tokens, view.outputs.tokens, view.outputs.attributions.length], [VALUES, [' golf', ' and'], 2]);
    assert.match(bundle.output.summary, /^Feature Ablation of “golf and” \(log probability −[\d.]+\) in language-model.onnx: “Palm Coast” is strongest with/);
    assert.deepEqual([...bundle.png.subarray(1, 4)], [...Buffer.from('PNG')]);
    const alone = describeResult(found.plotSeqAttr())?.output.examples[0].views[0];
    assert.ok(alone?.kind === 'text' && !alone.outputs);
  });

  it('refuses what does not fit', async () => {
    assert.throws(() => new LLMAttribution(new IntegratedGradients(model) as never, tokenizer), /LLMAttribution does not support IntegratedGradients/);
    assert.throws(() => new TextTemplateInput('{} {}', ['a']).toModelInput(), /has a place \{\}, there is no value/);
    assert.throws(() => new TextTemplateInput('{}', ['a'], { baselines: ['b', 'c'] }), /baselines must be a list of 1, got a list of 2/);
    assert.throws(() => new TextTokenInput('.', tokenizer, { skipTokens: ['.'] }), /at least one token that is not skipped/);
    await assert.rejects(new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(template, ''), /target must be at least one token, got none/);
    await assert.rejects(new LLMAttribution(new FeatureAblation(model), tokenizer).attribute(new TextTemplateInput('{}', ['Dave']), ' lives'), /Prompts must have at least one token/);
  });
});

describe('LLMGradientAttribution', () => {
  it('adds up to the change of the log probability with integrated gradients', async () => {
    const { seqAttr, tokenAttr, inputTokens } = await new LLMGradientAttribution(new LayerIntegratedGradients(model, 'wte'), tokenizer).attribute(tokens, ' golf and', { nSteps: 200 });
    const baseline = tokens.toModelInput(new Uint8Array(tokens.featureCount));
    const target = tokenizer.encode(' golf and');
    const { data } = await scored(scoringModel(model, target, 'log_prob'), promptBatch(model, [[...tokens.ids], baseline], target));
    const size = seqAttr.data.length;
    assert.ok(tokenAttr && !inputTokens.includes('.'));
    closeTo([sumOf(seqAttr.data), sumOf(tokenAttr.data.subarray(0, size)), sumOf(tokenAttr.data.subarray(size))], [data[0] - data[3], data[1] - data[4], data[2] - data[5]], 0.02);
  });

  it('is the gradient x activation of the log probability', async () => {
    const { seqAttr } = await new LLMGradientAttribution(new LayerGradientXActivation(model, 'wte'), tokenizer).attribute(tokens, ' golf');
    const target = tokenizer.encode(' golf');
    const [ids, positions] = promptBatch(model, [tokens.ids], target);
    const alone = await new LayerGradientXActivation(scoringModel(model, target, 'log_prob'), 'wte').attribute(ids, { target: 0, additionalForwardArgs: [positions] });
    const width = alone.data.length / tokens.ids.length;
    closeTo(seqAttr.data, tokens.places.map((place) => sumOf(alone.data.subarray(place * width, (place + 1) * width))), 1e-5);
  });

  it('refuses what does not fit', async () => {
    assert.throws(() => new LLMGradientAttribution(new FeatureAblation(model) as never, tokenizer), /LLMGradientAttribution does not support FeatureAblation/);
    await assert.rejects(new LLMGradientAttribution(new LayerIntegratedGradients(model, 'wte'), tokenizer).attribute(template as never, ' golf'), /must be a TextTokenInput/);
  });
});
