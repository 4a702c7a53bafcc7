import { LensError } from '../../protocol/errors';
import { SkLearnLasso, SkLearnLinearRegression, SkLearnRidge, type InterpretableModel, type LinearFit } from './interpretableModel';

/**
 * The models that Captum trains by stochastic gradient descent. The same objectives are minimized exactly here, which the
 * descent only comes near: there are no learning rates and epochs to set.
 */

/** Least squares with an intercept, 1/2 sum w (y - b0 - x b)^2 with weights of the sum 1. */
export class SGDLinearRegression extends SkLearnLinearRegression {}

/** 1/2 sum w (y - b0 - x b)^2 + alpha |b|_1 with weights of the sum 1; alpha is 1 by default. */
export class SGDLasso extends SkLearnLasso {}

/** Halvings of the range in which the equivalent ridge regression is searched: to about 1e-14 of its size. */
const HALVINGS = 100;

/**
 * 1/2 sum w (y - b0 - x b)^2 + alpha |b|_2 with weights of the sum 1. The norm is not squared, unlike in SkLearnRidge:
 * this is ridge regression with the penalty alpha / |b|_2, or no coefficients at all where alpha is too strong.
 */
export class SGDRidge implements InterpretableModel {
  private readonly alpha: number;

  /** `alpha`: default: 1. */
  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    if (!(alpha >= 0 && Number.isFinite(alpha))) throw new LensError('invalid-argument', `SGDRidge: alpha must be a number of at least 0, got ${alpha}`);
    this.alpha = alpha;
  }

  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    if (this.alpha === 0) return new SkLearnLinearRegression().fit(samples, outputs, weights);
    const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
    const ridge = (penalty: number): LinearFit => new SkLearnRidge({ alpha: penalty }).fit(samples, outputs, weights);
    const isTooWeak = (penalty: number): boolean => penalty * Math.hypot(...ridge(penalty).coefficients) < this.alpha * total;
    let [low, high] = [total * 1e-12, total * 1e12];
    if (isTooWeak(high)) {
      const { coefficients, intercept } = ridge(Number.MAX_SAFE_INTEGER * total);
      return { coefficients: coefficients.fill(0), intercept };
    }
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = Math.sqrt(low * high);
      if (isTooWeak(middle)) low = middle;
      else high = middle;
    }
    return ridge(high);
  }
}
