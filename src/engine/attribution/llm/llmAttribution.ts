import { LensError } from '../../../protocol/errors';
import { modelOf, type ModelSource } from '../../models/modelOf';
import { float32 } from '../../tensor';
import type { Attribution } from '../attribution';
import { sharedEngine } from '../engine';
import { FeatureAblation, type FeatureAblationOptions } from '../featureAblation';
import { KernelShap } from '../kernelShap';
import { Lime } from '../lime';
import type { Seed } from '../random';
import { ShapleyValues } from '../shapleyValues';
import { ShapleyValueSampling } from '../shapleyValueSampling';
import { generate, type GenArgs } from './generate';
import type { InterpretableInput } from './interpretableInput';
import { scoringModel, type AttrTarget } from './languageModel';
import { LLMAttributionResult } from './llmAttributionResult';
import { PromptModel } from './promptModel';
import { idsOf } from './textTokenInput';
import { readableTokens, type TokenizerLike } from './tokenizer';

/** The algorithms that explain several numbers at once; the others explain the answer as a whole. */
const PER_TOKEN = [FeatureAblation, ShapleyValueSampling, ShapleyValues];
const PER_SEQUENCE = [Lime, KernelShap];

export interface LLMAttributionOptions {
  /** Tokens, or ids, that are left out of the target. */
  skipTokens?: readonly (number | string)[];
  /** How often to attribute: the mean is returned. For algorithms and baselines that draw at random. Default: 1. */
  numTrials?: number;
  /** How the answer is generated when there is no target. */
  genArgs?: GenArgs;
  /** The most prompts that run at once. Default: as many as fit into memory. */
  perturbationsPerEval?: number;
  /** Of algorithms that sample: the number of samples. */
  nSamples?: number;
  /** Of algorithms that sample: the same seed draws the same. Each trial has the next one. Default: 0. */
  seed?: Seed;
}

/** An answer: a text, token ids, or null for what the model generates. */
export type LLMTarget = string | readonly number[] | null;

/**
 * Attribution of a language model's answer to the parts of its prompt: prompts with parts removed are scored by the
 * log probability of the target tokens (Captum's `LLMAttribution`; Miglani et al., "Using Captum to Explain Generative
 * Language Models", 2023),
 *
 *     F(prompt) = sum over k of log p(t_k | prompt, t_1 ... t_k-1),
 *
 * and so is each target token on its own. The model is a causal decoder that returns logits [examples, tokens,
 * vocabulary] for token ids; all its tokens are computed at once, without a cache.
 *
 * ```ts
 * const llm = new LLMAttribution(new FeatureAblation(model), await loadTokenizer('tokenizer.json'));
 * await llm.attribute(new TextTemplateInput('{} lives in {}', ['Dave', 'Palm Coast']), 'and likes golf')
 * ```
 */
export class LLMAttribution {
  /**
   * @param attrMethod FeatureAblation, ShapleyValueSampling, ShapleyValues, Lime or KernelShap over the language model.
   * Lime and KernelShap attribute the answer as a whole only.
   */
  constructor(
    private readonly attrMethod: Attribution<FeatureAblationOptions>,
    private readonly tokenizer: TokenizerLike,
    /** What is attributed: the log probability of the answer, or its probability. */
    private readonly attrTarget: AttrTarget = 'log_prob',
  ) {
    if (![...PER_TOKEN, ...PER_SEQUENCE].some((known) => attrMethod instanceof known)) {
      throw new LensError('invalid-argument', `LLMAttribution does not support ${(attrMethod as Attribution | undefined)?.name ?? String(attrMethod)}`, `Use ${[...PER_TOKEN, ...PER_SEQUENCE].map(({ name }) => name).join(', ')}; for gradients there is LLMGradientAttribution.`);
    }
    if (attrTarget !== 'log_prob' && attrTarget !== 'prob') throw new LensError('invalid-argument', `attrTarget must be log_prob or prob, got '${String(attrTarget)}'`);
  }

  /**
   * @param target The answer that is explained, as a text or as token ids. Default: the one that the model generates, token
   * by token the most probable one.
   * @throws LensError that names what does not fit.
   */
  async attribute(input: InterpretableInput, target: LLMTarget = null, { skipTokens = [], numTrials = 1, genArgs, ...options }: LLMAttributionOptions = {}): Promise<LLMAttributionResult> {
    const { attrMethod, tokenizer } = this;
    if (!Number.isInteger(numTrials) || numTrials < 1) throw new LensError('invalid-argument', `numTrials must be a whole number of at least 1, got ${numTrials}`);
    const base = await modelOf(attrMethod.model);
    const promptOf = (kept?: ArrayLike<number>): number[] => tokensOf(tokenizer, input.toModelInput(kept));
    const targetIds = await readTarget(base, tokenizer, target, promptOf(), skipTokens, genArgs);
    const model = new PromptModel(base, scoringModel(base, targetIds, this.attrTarget), targetIds, input.featureCount, promptOf, (await sharedEngine()).runtime.name);
    const perToken = PER_TOKEN.some((known) => attrMethod instanceof known);

    const rows = perToken ? 1 + targetIds.length : 1;
    const sums = new Float64Array(rows * input.featureCount);
    const trials = [];
    for (let trial = 0; trial < numTrials; trial++) {
      const drawn = attrMethod.optionNames?.includes('seed') ? { seed: seedOf(options.seed, trial) } : {};
      const found = await overModel(attrMethod, model).explainTensors([input.toTensor()], { ...options, ...drawn, ...(perToken ? {} : { target: 0 }) });
      for (const [index, value] of found.attributions[0].data.entries()) sums[index] += value / numTrials;
      trials.push(found);
    }
    const values = Array.from({ length: rows }, (_, row) => input.formatAttr(sums.subarray(row * input.featureCount, (row + 1) * input.featureCount)));
    const [found] = trials;
    const [seqAttr, ...tokens] = values;
    const score = found.output.data[0];
    return new LLMAttributionResult(
      {
        seqAttr: float32(seqAttr, [seqAttr.length]),
        ...(perToken ? { tokenAttr: float32(tokens.flat(), [tokens.length, seqAttr.length]) } : {}),
        inputTokens: input.values,
        outputTokens: readableTokens(tokenizer, targetIds),
      },
      {
        method: attrMethod.name,
        model: { name: base.name, format: base.format },
        runtime: found.runtime,
        cost: trials.map(({ cost }) => cost).reduce((left, right) => ({ ...left, seconds: left.seconds + right.seconds, forwardPasses: left.forwardPasses + right.forwardPasses })),
        answer: tokenizer.decode(targetIds).trim(),
        logProbability: this.attrTarget === 'prob' ? Math.log(score) : score,
      },
    );
  }
}

/** The same algorithm, as it was constructed, over another model. */
export const overModel = <A extends object>(method: A, model: ModelSource): A => Object.assign(Object.create(Object.getPrototypeOf(method) as object), method, { model }) as A;

/** A prompt as token ids. */
export const tokensOf = (tokenizer: TokenizerLike, prompt: string | readonly number[]): number[] => (typeof prompt === 'string' ? tokenizer.encode(prompt) : [...prompt]);

/** The ids of the tokens that are explained. */
export async function readTarget(base: Awaited<ReturnType<typeof modelOf>>, tokenizer: TokenizerLike, target: LLMTarget, prompt: readonly number[], skipTokens: readonly (number | string)[], genArgs: GenArgs | undefined): Promise<number[]> {
  const given = target === null ? await generate(base, prompt, tokenizer.eosTokenId, genArgs) : typeof target === 'string' ? tokenizer.encode(target, { addSpecialTokens: false }) : [...target];
  const skipped = new Set(idsOf(skipTokens, tokenizer));
  const ids = given.filter((id) => !skipped.has(id));
  if (ids.length > 0 && ids.every((id) => Number.isInteger(id) && id >= 0)) return ids;
  throw new LensError('invalid-argument', `target must be at least one token, got ${ids.length === 0 ? 'none' : `the ids ${ids.join(', ')}`}`);
}

/** A source of random numbers goes on by itself. */
const seedOf = (seed: Seed = 0, trial: number): Seed => (typeof seed === 'number' ? seed + trial : seed);
