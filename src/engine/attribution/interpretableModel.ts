import { CholeskyDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { LensError } from '../../protocol/errors';

/** A linear model that stands in for the explained one. */
export interface LinearFit {
  /** One for each interpretable feature. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** Fits a linear model to weighted samples: what Lime explains with. */
export interface InterpretableModel {
  /** `samples` has a row of interpretable features for each sample, `outputs` and `weights` one number. */
  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit;
}

/** Least squares with an intercept, sum w (y - b0 - x b)^2; the smallest solution where there are several. */
export class SkLearnLinearRegression implements InterpretableModel {
  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    const centered = center(samples, outputs, weights);
    return centered.withIntercept(leastSquares(centered.x, centered.y));
  }
}

/** Ridge regression: sum w (y - b0 - x b)^2 + alpha |b|_2^2; the intercept is free. */
export class SkLearnRidge implements InterpretableModel {
  private readonly alpha: number;

  /** `alpha`: how strongly large coefficients are punished. Default: 1. */
  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    this.alpha = readAlpha('SkLearnRidge', alpha);
  }

  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    const centered = center(samples, outputs, weights);
    const { x, y } = centered;
    if (this.alpha === 0) return centered.withIntercept(leastSquares(x, y));
    const isWide = x.columns > x.rows; // then the equations of the samples are fewer than those of the coefficients
    const gram = isWide ? x.mmul(x.transpose()) : x.transpose().mmul(x);
    const regular = gram.add(Matrix.eye(gram.rows).mul(this.alpha));
    const solution = new CholeskyDecomposition(regular).solve(isWide ? y : x.transpose().mmul(y));
    return centered.withIntercept((isWide ? x.transpose().mmul(solution) : solution).to1DArray());
  }
}

/**
 * Lasso: 1/(2n) sum w (y - b0 - x b)^2 + alpha |b|_1 with weights scaled to the sum n; the intercept is free. Solved by
 * cyclic coordinate descent (Friedman, Hastie, Tibshirani, 2010): each coefficient in turn takes its best value, the
 * least-squares one moved towards zero by alpha, until none changes any more. No library of JavaScript does this.
 */
export class SkLearnLasso implements InterpretableModel {
  private readonly alpha: number;

  /** `alpha`: how strongly coefficients are pulled to zero. Default: 1. */
  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    this.alpha = readAlpha('SkLearnLasso', alpha);
  }

  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    const centered = center(samples, outputs, weights);
    const columns = Array.from({ length: centered.x.columns }, (_, column) => Float64Array.from(centered.x.getColumn(column)));
    const squares = columns.map((column) => dot(column, column));
    const residual = Float64Array.from(centered.y.to1DArray());
    const coefficients = new Float64Array(columns.length);
    const pull = this.alpha * centered.totalWeight; // the objective times the sum of the weights
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      let [largestChange, largest] = [0, 0];
      for (const [index, column] of columns.entries()) {
        if (squares[index] === 0) continue;
        const before = coefficients[index];
        const best = dot(column, residual) + before * squares[index];
        const after = (Math.sign(best) * Math.max(0, Math.abs(best) - pull)) / squares[index];
        for (let row = 0; after !== before && row < residual.length; row++) residual[row] += (before - after) * column[row];
        coefficients[index] = after;
        largestChange = Math.max(largestChange, Math.abs(after - before));
        largest = Math.max(largest, Math.abs(after));
      }
      if (largestChange <= LEAST_CHANGE * largest) break;
    }
    return centered.withIntercept(coefficients);
  }
}

const MOST_SWEEPS = 10000;
/** In relation to the largest coefficient. */
const LEAST_CHANGE = 1e-9;

interface Centered {
  /** Samples and outputs without their weighted means, times the square root of the weight. */
  readonly x: Matrix;
  readonly y: Matrix;
  readonly totalWeight: number;
  withIntercept(coefficients: ArrayLike<number>): LinearFit;
}

/** Takes the intercept out of a regression: of centered values it is zero. */
function center(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, given: ArrayLike<number>): Centered {
  const total = Array.from(given).reduce((sum, weight) => sum + weight, 0);
  if (samples.length === 0 || !(total > 0)) throw new LensError('invalid-argument', `The interpretable model needs samples with weights above zero, got ${samples.length} sample(s) with a total weight of ${total}`, 'Draw more samples, or widen the kernel.');
  const features = samples[0].length;
  const means = new Float64Array(features);
  let mean = 0;
  for (const [row, sample] of samples.entries()) {
    mean += (given[row] / total) * outputs[row];
    for (let feature = 0; feature < features; feature++) means[feature] += (given[row] / total) * sample[feature];
  }
  const roots = samples.map((_, row) => Math.sqrt(given[row]));
  return {
    x: new Matrix(samples.map((sample, row) => Array.from(sample, (value, feature) => roots[row] * (value - means[feature])))),
    y: Matrix.columnVector(samples.map((_, row) => roots[row] * (outputs[row] - mean))),
    totalWeight: total,
    withIntercept: (coefficients) => ({ coefficients: Float64Array.from(coefficients), intercept: mean - dot(means, coefficients) }),
  };
}

function leastSquares(x: Matrix, y: Matrix): number[] {
  return new SingularValueDecomposition(x, { autoTranspose: true }).solve(y).to1DArray();
}

function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index] * right[index];
  return sum;
}

function readAlpha(name: string, alpha: number): number {
  if (Number.isFinite(alpha) && alpha >= 0) return alpha;
  throw new LensError('invalid-argument', `${name}: alpha must be a number of at least 0, got ${alpha}`);
}
