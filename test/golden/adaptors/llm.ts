import assert from 'node:assert/strict';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { LayerGradientXActivation } from '../../../src/engine/attribution/layer/layerGradientXActivation';
import { LayerIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { LLMAttribution } from '../../../src/engine/attribution/llm/llmAttribution';
import { LLMGradientAttribution } from '../../../src/engine/attribution/llm/llmGradientAttribution';
import { TextTemplateInput, type TemplateValues } from '../../../src/engine/attribution/llm/textTemplateInput';
import { TextTokenInput } from '../../../src/engine/attribution/llm/textTokenInput';
import type { TokenizerLike } from '../../../src/engine/attribution/llm/tokenizer';
import { ShapleyValues } from '../../../src/engine/attribution/shapleyValues';
import { ShapleyValueSampling } from '../../../src/engine/attribution/shapleyValueSampling';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Model } from '../../../src/engine/models/model';
import { float32 } from '../../../src/engine/tensor';
import { closeTo } from '../compare';
import type { GoldenCase, GoldenTensor } from '../goldenFolder';
import { MissingMethod, type Adaptor } from './adaptor';
import { kernelShap, lime } from './limeMethods';
import { replayOf } from './replay';

type Perturbing = ConstructorParameters<typeof LLMAttribution>[0];

const PERTURBING: Readonly<Record<string, (model: Model) => Perturbing>> = {
  FeatureAblation: (model) => new FeatureAblation(model),
  ShapleyValues: (model) => new ShapleyValues(model),
  ShapleyValueSampling: (model) => new ShapleyValueSampling(model),
  Lime: (model) => lime(model, {}),
  KernelShap: kernelShap,
};
const GRADIENTS = { LayerIntegratedGradients, LayerGradientXActivation };

/** Attributions of the answer, and of each of its tokens. */
export const llmAdaptor: Adaptor = async (golden) => {
  const { json, method, tensors, tolerance } = golden;
  const words = wordsOf(json.vocabulary);
  const model = toyModel(golden);
  const name = String(json.attr_method);
  const options = { ...(typeof json.n_steps === 'number' ? { nSteps: json.n_steps } : {}), ...(typeof json.n_samples === 'number' ? { nSamples: json.n_samples } : {}), ...(json.random ? { seed: replayOf(golden) } : {}) };
  const found =
    method === 'LLMGradientAttribution'
      ? await new LLMGradientAttribution(gradientsOf(name, model, String(json.layer)), words).attribute(tokensOf(golden, words), String(json.target), options)
      : await new LLMAttribution(perturbingOf(name, model), words, json.attr_target === 'prob' ? 'prob' : 'log_prob').attribute(json.template ? templateOf(golden) : tokensOf(golden, words), String(json.target), options);
  assert.deepEqual(found.inputTokens, json.input_tokens);
  assert.deepEqual(found.outputTokens, json.output_tokens);
  const within = tolerance.atol_f32 ?? 1e-5;
  closeTo(found.seqAttr, tensors.expected_seq_attr, within, 'seqAttr');
  assert.equal(found.tokenAttr === undefined, tensors.expected_token_attr === undefined, 'whether each token is attributed');
  if (found.tokenAttr) closeTo(found.tokenAttr, tensors.expected_token_attr, within, 'tokenAttr');
};

function perturbingOf(name: string, model: Model): Perturbing {
  if (!Object.hasOwn(PERTURBING, name)) throw new MissingMethod(name);
  return PERTURBING[name](model);
}

function gradientsOf(name: string, model: Model, layer: string): ConstructorParameters<typeof LLMGradientAttribution>[0] {
  if (!Object.hasOwn(GRADIENTS, name)) throw new MissingMethod(name);
  return new GRADIENTS[name as keyof typeof GRADIENTS](model, layer);
}

function templateOf({ json }: GoldenCase): TextTemplateInput {
  const baselines = (json.baselines ?? undefined) as TemplateValues | undefined;
  return new TextTemplateInput(String(json.template), json.values as TemplateValues, { baselines, mask: (json.mask ?? undefined) as TemplateValues<number> | undefined });
}

const tokensOf = ({ json }: GoldenCase, words: TokenizerLike): TextTokenInput =>
  new TextTokenInput(String(json.text), words, { baselines: json.baseline_token as number | string, skipTokens: (json.skip_tokens ?? []) as (number | string)[] });

/** A tokenizer whose tokens are the words of a text. */
function wordsOf(vocabulary: unknown): TokenizerLike {
  const known = (vocabulary as unknown[]).map(String);
  const convertTokensToIds = (tokens: readonly string[]): number[] => tokens.map((token) => Math.max(0, known.indexOf(token)));
  return {
    encode: (text) => convertTokensToIds(text.split(/\s+/).filter(Boolean)),
    decode: (ids) => ids.map((id) => known[id]).join(' '),
    convertIdsToTokens: (ids) => ids.map((id) => known[id]),
    convertTokensToIds,
  };
}

/** Logits at each position: tanh(sum over i up to n of decay^(n - i) * E[token_i]) @ U. */
function toyModel({ json, tensors }: GoldenCase): Model {
  const constantOf = ({ data, shape }: GoldenTensor): ReturnType<typeof float32> => float32(Float32Array.from(data), shape);
  return {
    name: 'toy language model',
    format: 'onnx',
    inputs: [{ name: 'input_ids', dtype: 'int64', shape: [-1, -1] }],
    outputs: [{ name: 'logits', dtype: 'float32', shape: [-1, -1, tensors.lm_U.shape[1]] }],
    async graph([{ shape }]) {
      const [, length] = shape;
      const builder = new GraphBuilder('toy language model');
      const ids = builder.input('input_ids', 'int64', shape);
      const embedded = builder.op('Gather', [builder.constant(constantOf(tensors.lm_E), 'E'), ids], { axis: 0 }, { name: 'emb' });
      const weights = Float32Array.from({ length: length * length }, (_, index) => {
        const distance = Math.floor(index / length) - (index % length);
        return distance < 0 ? 0 : Number(json.decay) ** distance;
      });
      const state = builder.op('Tanh', [builder.op('MatMul', [builder.constant(float32(weights, [length, length]), 'decay'), embedded])]);
      return builder.build([builder.op('MatMul', [state, builder.constant(constantOf(tensors.lm_U), 'U')], {}, { name: 'logits' })]);
    },
    dispose() {},
  };
}
