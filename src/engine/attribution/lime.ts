import type { ModelSource } from '../models/modelOf';
import { float32, type Tensor } from '../tensor';
import { Attribution, type Findings, type Task } from './attribution';
import { float32Only, readReferences } from './baselines';
import { atElements } from './coalitions';
import type { FeatureAblationOptions } from './featureAblation';
import { readFeatures, type Features } from './featureMask';
import type { AttributionInputs } from './inputs';
import { SkLearnLasso, type InterpretableModel } from './interpretableModel';
import { randomSource, type RandomSource, type Seed } from './random';
import type { ResultsOf } from './results';
import { blank, copyExample } from './rows';
import { getExpKernelSimilarityFunction, type SimilarityFunc } from './similarity';
import { fitSurrogates, type InterpretableSample } from './surrogates';

export interface LimeOptions extends FeatureAblationOptions {
  /** The number of samples around each example. Default: 25. */
  nSamples?: number;
  /** Whether coefficients are written to the elements of their features; else one tensor [examples, features] is returned. Default: true. */
  returnInputShape?: boolean;
  /** The same seed draws the same samples. Default: 0. */
  seed?: Seed;
}

/** Coefficients are one tensor for all inputs. */
export interface Lime {
  attribute<T extends AttributionInputs>(inputs: T, options: LimeOptions & { returnInputShape: false }): Promise<ResultsOf<T>['layer']['attributions']>;
  attribute<T extends AttributionInputs>(inputs: T, options?: LimeOptions & { returnInputShape?: true }): Promise<ResultsOf<T>['inputs']['attributions']>;
  attribute<T extends AttributionInputs>(inputs: T, options: LimeOptions): Promise<ResultsOf<T>['inputs' | 'layer']['attributions']>;
  /** Refuses `returnConvergenceDelta`: there is none. */
  attribute<T extends AttributionInputs>(inputs: T, options: LimeOptions & { returnConvergenceDelta: true }): Promise<never>;
}

/** Draws samples of zeros and ones, one number for each feature; may end early. */
export type FeatureSampler = (features: number, random: RandomSource) => Iterable<ArrayLike<number>>;

export interface LimeConstruction {
  /** Default: Lasso with alpha 0.01. */
  interpretableModel?: InterpretableModel;
  /** Default: the exponential kernel of the cosine distance, width 1. */
  similarityFunc?: SimilarityFunc;
  /** Default: each feature is kept with probability 1/2. */
  perturbFunc?: FeatureSampler;
}

/**
 * LIME (Ribeiro, Singh, Guestrin, KDD 2016) on features that are present or at the baseline: samples z of zeros
 * (baseline) and ones (input) are drawn, each weighted by the similarity of its inputs to the example, and a sparse
 * linear model is fitted to the outputs,
 *
 *     argmin over b of 1/(2n) * sum w(z) (F(x at z) - b0 - z b)^2 + alpha |b|_1.
 *
 * The attribution of an element is the coefficient b of its feature; every example has its own model.
 */
export class Lime extends Attribution<LimeOptions> {
  override readonly name: string = 'Lime';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'featureMask', 'nSamples', 'perturbationsPerEval', 'returnInputShape', 'seed'];
  private readonly interpretableModel: InterpretableModel;
  private readonly similarityFunc: SimilarityFunc;
  private readonly perturbFunc: FeatureSampler;

  constructor(model: ModelSource, { interpretableModel = new SkLearnLasso({ alpha: 0.01 }), similarityFunc = getExpKernelSimilarityFunction(), perturbFunc = evenly }: LimeConstruction = {}) {
    super(model);
    this.interpretableModel = interpretableModel;
    this.similarityFunc = similarityFunc;
    this.perturbFunc = perturbFunc;
  }

  protected override returnsOneTensor({ returnInputShape = true }: LimeOptions): boolean {
    return !returnInputShape;
  }

  protected override async explain(task: Task<LimeOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const { nSamples = 25, returnInputShape = true, perturbationsPerEval } = options;
    const features = (await readFeatures(options.featureMask, inputs, model)).fromZero();
    features.requireFromZero();
    const { tensors: baselines, name } = await readReferences(options.baselines, inputs, model);
    const random = randomSource(options.seed);
    const { interpretableModel, similarityFunc } = this;
    const draw = (original: readonly Tensor[], example: number): Iterable<InterpretableSample> => this.draw(original, baselines, features, example, random);
    const { responses, coefficients } = await fitSurrogates(task, { interpretableModel, similarityFunc, nSamples, perturbationsPerEval, isShared: features.isShared, draw });
    return {
      attributions: returnInputShape
        ? atElements(features, inputs, responses.shape, responses.exampleOf, (response, id) => coefficients[response][id])
        : [float32(Float32Array.from(coefficients.flatMap((row) => [...row])), [coefficients.length, features.span])],
      baselines: float32Only(baselines),
      baselineName: name,
      options: { nSamples, returnInputShape },
    };
  }

  private *draw(original: readonly Tensor[], baselines: readonly Tensor[], features: Features, example: number, random: RandomSource): Iterable<InterpretableSample> {
    for (const sample of this.perturbFunc(features.span, random)) {
      yield { sample, inputs: () => original.map((tensor, input) => masked(tensor, baselines[input], features.idsOf(input, example), sample, example)) };
    }
  }
}

function* evenly(features: number, random: RandomSource): Iterable<ArrayLike<number>> {
  for (;;) yield Uint8Array.from(random.uniform(features), (value) => (value < 0.5 ? 1 : 0));
}

/** A tensor with the features of the sample's zeros at the baseline; `first` is the place of its first example among the baselines. */
function masked(original: Tensor, baseline: Tensor, ids: Int32Array, sample: ArrayLike<number>, first: number): Tensor {
  const copy = blank(original.dtype, original.shape);
  const target: { [index: number]: unknown } = copy.data;
  for (let example = 0; example < original.shape[0]; example++) {
    const offset = example * ids.length;
    copyExample(original, example, copy.data, offset);
    for (let element = 0; element < ids.length; element++) {
      if (sample[ids[element]] === 0) target[offset + element] = baseline.data[(first + example) * ids.length + element];
    }
  }
  return copy;
}
