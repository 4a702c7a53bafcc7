import { LensError } from '../../../protocol/errors';
import { modelOf } from '../../models/modelOf';
import { float32, type Tensor } from '../../tensor';
import type { Attribution } from '../attribution';
import type { Explanation } from '../explanation';
import { LayerIntegratedGradients, type IntegratedGradientsOptions } from '../integratedGradients';
import { LayerGradientXActivation } from '../layer/layerGradientXActivation';
import type { ApproximationMethod } from '../quadrature';
import type { GenArgs } from './generate';
import { promptBatch, scoringModel } from './languageModel';
import { overModel, readTarget, type LLMTarget } from './llmAttribution';
import { LLMAttributionResult } from './llmAttributionResult';
import { TextTokenInput } from './textTokenInput';
import { readableTokens, type TokenizerLike } from './tokenizer';

/** Not LayerGradientShap, which Captum names as well: it takes inputs between input and baseline, and there is nothing between token ids. */
const SUPPORTED = [LayerIntegratedGradients, LayerGradientXActivation];
type Supported = LayerIntegratedGradients | LayerGradientXActivation;

export interface LLMGradientAttributionOptions {
  /** Tokens, or ids, that are left out of the target. */
  skipTokens?: readonly (number | string)[];
  /** How the answer is generated when there is no target. */
  genArgs?: GenArgs;
  /** Of LayerIntegratedGradients: the number of points on the path. Default: 50. */
  nSteps?: number;
  /** Of LayerIntegratedGradients: the quadrature. Default: `gausslegendre`. */
  method?: ApproximationMethod;
  /** Of LayerIntegratedGradients: the most points that run at once. */
  internalBatchSize?: number;
}

/**
 * Attribution of each token of a language model's answer to the tokens of its prompt, by gradients at the embedding layer:
 * for target token t_k, the log probability log p(t_k | prompt, t_1 ... t_k-1) is attributed to the embeddings, and those
 * of a token are summed. The attributions of the answer are the sums over its tokens (Captum's `LLMGradientAttribution`).
 *
 * ```ts
 * const llm = new LLMGradientAttribution(new LayerIntegratedGradients(model, 'transformer.wte'), tokenizer);
 * await llm.attribute(new TextTokenInput('Dave lives in Palm Coast and likes', tokenizer), ' golf')
 * ```
 */
export class LLMGradientAttribution {
  /** @param attrMethod LayerIntegratedGradients or LayerGradientXActivation on the embedding layer. */
  constructor(
    private readonly attrMethod: Supported,
    private readonly tokenizer: TokenizerLike,
  ) {
    if (SUPPORTED.some((known) => attrMethod instanceof known) && typeof attrMethod.layer === 'string') return;
    throw new LensError('invalid-argument', `LLMGradientAttribution does not support ${(attrMethod as Attribution | undefined)?.name ?? String(attrMethod)}`, `Use ${SUPPORTED.map(({ name }) => name).join(' or ')} on the one layer that embeds tokens; without gradients there is LLMAttribution.`);
  }

  /**
   * @param target The answer that is explained, as a text or as token ids. Default: the one that the model generates.
   * @throws LensError that names what does not fit.
   */
  async attribute(input: TextTokenInput, target: LLMTarget = null, { skipTokens = [], genArgs, ...options }: LLMGradientAttributionOptions = {}): Promise<LLMAttributionResult> {
    const { tokenizer } = this;
    if (!(input instanceof TextTokenInput)) throw new LensError('invalid-argument', 'LLMGradientAttribution: the input must be a TextTokenInput', 'Texts made of a template are for LLMAttribution.');
    const base = await modelOf(this.attrMethod.model);
    const targetIds = await readTarget(base, tokenizer, target, input.ids, skipTokens, genArgs);
    const method: Attribution<IntegratedGradientsOptions, 'layer' | 'layers'> = overModel(this.attrMethod, scoringModel(base, targetIds, 'log_prob'));
    const [ids, positions] = promptBatch(base, [input.ids], targetIds);
    const [baselines] = promptBatch(base, [input.toModelInput(new Uint8Array(input.featureCount))], targetIds);

    const found: Explanation[] = [];
    for (const token of targetIds.keys()) {
      const path = method instanceof LayerIntegratedGradients ? { baselines } : {};
      found.push(await method.explainTensors([ids], { ...options, ...path, target: 1 + token, additionalForwardArgs: [positions] }));
    }
    const tokenAttr = found.map(({ attributions: [part] }) => input.places.map((place) => sumAt(part, place)));
    const seqAttr = input.places.map((_, value) => tokenAttr.reduce((sum, row) => sum + row[value], 0));
    const [{ runtime, output }] = found;
    return new LLMAttributionResult(
      {
        seqAttr: float32(seqAttr, [seqAttr.length]),
        tokenAttr: float32(tokenAttr.flat(), [tokenAttr.length, seqAttr.length]),
        inputTokens: input.values,
        outputTokens: readableTokens(tokenizer, targetIds),
      },
      {
        method: method.name,
        model: { name: base.name, format: base.format },
        runtime,
        cost: found.map(({ cost }) => cost).reduce((left, right) => ({ ...left, seconds: left.seconds + right.seconds, forwardPasses: left.forwardPasses + right.forwardPasses, gradientPasses: left.gradientPasses + right.gradientPasses })),
        answer: tokenizer.decode(targetIds).trim(),
        logProbability: output.data[0],
      },
    );
  }
}

/** The sum over the embedding of one token, [1, tokens, ...embedding]. */
function sumAt({ data, shape }: Tensor<'float32'>, place: number): number {
  const size = data.length / shape[1];
  return data.subarray(place * size, (place + 1) * size).reduce((sum, value) => sum + value, 0);
}
