import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { float32, toNumbers, type Tensor } from '../tensor';
import { Attribution, type Findings, type Task } from './attribution';
import type { PerturbationOptions } from './featureAblation';
import type { InterpretableModel } from './interpretableModel';
import { randomSource, type RandomSource, type Seed } from './random';
import type { SimilarityFunc } from './similarity';
import { fitSurrogates, type InterpretableSample } from './surrogates';

export interface LimeBaseOptions extends PerturbationOptions {
  /** The number of samples around each example. Default: 50. */
  nSamples?: number;
  /** The same seed draws the same samples. Default: 0. */
  seed?: Seed;
}

/** The parts that Lime is made of, by which its variants differ. */
interface Parts {
  /** Fitted to the samples; its coefficients are the explanation. */
  interpretableModel: InterpretableModel;
  /** The weight of a sample. */
  similarityFunc: SimilarityFunc;
}

/** Samples are drawn as features, from which inputs are made. */
export interface InterpretableSpaceParts extends Parts {
  perturbInterpretableSpace?: true;
  /** Draws the features of samples around an example, one after the other; may end early. */
  perturbFunc(original: readonly Tensor[], random: RandomSource): Iterable<ArrayLike<number>>;
  /** The inputs that features stand for. */
  fromInterpRepTransform(sample: ArrayLike<number>, original: readonly Tensor[]): readonly Tensor[];
}

/** Samples are drawn as inputs, of which features are taken. */
export interface InputSpaceParts extends Parts {
  perturbInterpretableSpace: false;
  /** Draws inputs around an example, one after the other; may end early. */
  perturbFunc(original: readonly Tensor[], random: RandomSource): Iterable<readonly Tensor[]>;
  /** The features of inputs. */
  toInterpRepTransform(inputs: readonly Tensor[], original: readonly Tensor[]): ArrayLike<number> | Tensor;
}

/**
 * The framework of LIME (Ribeiro, Singh, Guestrin, '"Why Should I Trust You?": Explaining the Predictions of Any
 * Classifier', KDD 2016): samples around an example are weighted by their similarity to it, and a simple model is fitted
 * to the outputs of the explained model,
 *
 *     argmin over g of sum over samples z of similarity(x, z) * (F(z) - g(features of z))^2 + complexity(g).
 *
 * Returns the coefficients of g, one tensor of shape [examples, features]; every example has its own g.
 */
export class LimeBase extends Attribution<LimeBaseOptions, 'layer'> {
  override readonly name = 'LimeBase';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'nSamples', 'perturbationsPerEval', 'seed'];

  /** @throws LensError `invalid-argument` when the transform between inputs and features is missing. */
  constructor(
    model: ModelSource,
    private readonly parts: InterpretableSpaceParts | InputSpaceParts,
  ) {
    super(model);
    const needed = parts.perturbInterpretableSpace === false ? 'toInterpRepTransform' : 'fromInterpRepTransform';
    if (typeof Object.entries(parts).find(([name]) => name === needed)?.[1] !== 'function') {
      throw new LensError('invalid-argument', `Must provide transform ${needed === 'toInterpRepTransform' ? 'from original input space to interpretable space' : 'from interpretable space to original input space'}: ${needed} must be a function`);
    }
  }

  protected override returnsOneTensor(): boolean {
    return true;
  }

  protected override async explain(task: Task<LimeBaseOptions>): Promise<Findings> {
    const { nSamples = 50, perturbationsPerEval, seed } = task.options;
    const random = randomSource(seed);
    const { coefficients } = await fitSurrogates(task, { ...this.parts, nSamples, perturbationsPerEval, isShared: true, draw: (original) => this.draw(original, random) });
    const features = coefficients[0].length;
    return {
      attributions: [float32(Float32Array.from(coefficients.flatMap((row) => [...row])), [coefficients.length, features])],
      options: { nSamples },
    };
  }

  private *draw(original: readonly Tensor[], random: RandomSource): Iterable<InterpretableSample> {
    const { parts } = this;
    if (parts.perturbInterpretableSpace === false) {
      for (const inputs of parts.perturbFunc(original, random)) {
        const features = parts.toInterpRepTransform(inputs, original);
        yield { sample: 'data' in features ? toNumbers(features) : features, inputs: () => inputs };
      }
    } else {
      for (const sample of parts.perturbFunc(original, random)) yield { sample, inputs: () => parts.fromInterpRepTransform(sample, original) };
    }
  }
}
