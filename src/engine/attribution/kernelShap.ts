import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { SkLearnLinearRegression } from './interpretableModel';
import { Lime, type FeatureSampler } from './lime';
import type { RandomSource } from './random';

/** The weight of the samples that hold F(x) and F(x') fast. */
const FIXED = 1e6;

/**
 * Kernel SHAP (Lundberg, Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017): Lime that finds
 * Shapley values, by a linear regression without a penalty. The first two samples are the input and the baseline with
 * the weight 10^6, so that attributions sum to F(x) - F(x') nearly; the others keep k of the m features, drawn with
 *
 *     p(k) proportional to (m - 1) / (k (m - k)),
 *
 * which is the Shapley kernel summed over all coalitions of k features, and then have the weight 1.
 */
export class KernelShap extends Lime {
  override readonly name = 'KernelShap';

  /** `perturbFunc`: another way to draw samples. Default: by the Shapley kernel. */
  constructor(model: ModelSource, { perturbFunc = byShapleyKernel }: { perturbFunc?: FeatureSampler } = {}) {
    super(model, { interpretableModel: new SkLearnLinearRegression(), similarityFunc: (_, __, sample) => (isEven(sample) ? FIXED : 1), perturbFunc });
  }
}

const isEven = (sample: ArrayLike<number>): boolean => Array.prototype.every.call(sample, (value) => value === sample[0]);

function* byShapleyKernel(features: number, random: RandomSource): Iterable<ArrayLike<number>> {
  if (features < 2) throw new LensError('invalid-argument', `KernelShap needs at least 2 features, got ${features}`, 'The attribution of a single feature is F(x) - F(baseline): use FeatureAblation.');
  yield new Uint8Array(features).fill(1);
  yield new Uint8Array(features);
  const weights = Array.from({ length: features - 1 }, (_, index) => (features - 1) / ((index + 1) * (features - index - 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (;;) {
    let [size, rest] = [1, random.uniform(1)[0] * total];
    while (size < features - 1 && rest >= weights[size - 1]) rest -= weights[size++ - 1];
    const order = random.permutation(features);
    const sample = new Uint8Array(features);
    for (let index = 0; index < size; index++) sample[order[index]] = 1;
    yield sample;
  }
}
