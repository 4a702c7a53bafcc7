import type { Cost } from '../explanation';
import type { Tensor } from '../../tensor';
import { Figure } from '../../presentation/figure';
import { formatNumber } from '../../../visualization/formatNumber';
import { titleOf } from '../../presentation/titleOf';

/** What {@link LLMAttributionResult} is made of. */
export interface LLMFindings {
  /** For all of the answer, [features]. */
  readonly seqAttr: Tensor<'float32'>;
  /** For each token of the answer, [tokens, features]; not of methods that explain one number. */
  readonly tokenAttr?: Tensor<'float32'>;
  readonly inputTokens: readonly string[];
  readonly outputTokens: readonly string[];
}

/** Where it comes from, as it is shown. */
export interface LLMOrigin {
  readonly method: string;
  readonly model: { readonly name: string; readonly format: string };
  readonly runtime: string;
  readonly cost: Cost;
  /** The target tokens as one text, and the sum of their log probabilities. */
  readonly answer: string;
  readonly logProbability: number;
}

/** Attributions of an answer of a language model to the features of its prompt. */
export class LLMAttributionResult implements LLMFindings {
  readonly seqAttr: Tensor<'float32'>;
  readonly tokenAttr?: Tensor<'float32'>;
  readonly inputTokens: readonly string[];
  readonly outputTokens: readonly string[];
  readonly #origin: LLMOrigin;

  constructor({ seqAttr, tokenAttr, inputTokens, outputTokens }: LLMFindings, origin: LLMOrigin) {
    this.seqAttr = seqAttr;
    this.tokenAttr = tokenAttr;
    this.inputTokens = inputTokens;
    this.outputTokens = outputTokens;
    this.#origin = origin;
  }

  /** `seqAttr` by input token; of tokens that stand in several places, the last. */
  get seqAttrDict(): Record<string, number> {
    return Object.fromEntries(this.inputTokens.map((token, index) => [token, this.seqAttr.data[index]]));
  }

  /** The input tokens tinted by `seqAttr`, and a heat map of input tokens against output tokens where there are `tokenAttr`. */
  plotTokenAttr(): Figure {
    return this.figure(true);
  }

  /** The input tokens tinted by `seqAttr`. */
  plotSeqAttr(): Figure {
    return this.figure(false);
  }

  private figure(withTokens: boolean): Figure {
    const { inputTokens, outputTokens, seqAttr, tokenAttr } = this;
    const { method, model, runtime, cost, answer, logProbability } = this.#origin;
    const features = inputTokens.length;
    const strongest = seqAttr.data.reduce((best, value, index) => (Math.abs(value) > Math.abs(seqAttr.data[best]) ? index : best), 0);
    const outputs = withTokens && tokenAttr ? { tokens: [...outputTokens], attributions: outputTokens.map((_, token) => Array.from(tokenAttr.data.subarray(token * features, (token + 1) * features))) } : undefined;
    return new Figure({
      name: method,
      title: titleOf(method),
      summary: `${titleOf(method)} of “${answer}” (log probability ${formatNumber(logProbability)}) in ${model.name}: “${inputTokens[strongest] ?? ''}” is strongest with ${formatNumber(seqAttr.data[strongest] ?? 0)}.`,
      model,
      runtime,
      cost,
      target: { index: [], label: `“${answer}”`, score: logProbability, probability: Math.exp(logProbability) },
      inputs: [{ name: 'prompt', shape: [features], dtype: 'string', attributionsShape: [features] }],
      views: [{ kind: 'text', name: 'prompt', tokens: [...inputTokens], attributions: Array.from(seqAttr.data), ...(outputs ? { outputs } : {}) }],
    });
  }
}
