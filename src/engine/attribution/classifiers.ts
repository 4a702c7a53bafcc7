import { LensError } from '../../protocol/errors';
import { SkLearnLasso, SkLearnRidge, type InterpretableModel, type LinearFit } from './interpretableModel';
import { randomSource, type Seed } from './random';

/** Rounds of reweighting; from a few on the quadratic convergence leaves no change. */
const MOST_ROUNDS = 100;
const LEAST_CHANGE = 1e-10;

/**
 * Logistic regression for outputs of two whole numbers (labels), of which the larger is the positive class,
 *
 *     1/2 |b|_2^2 + C sum w log(1 + exp(-y (b0 + x b))),   y = -1 or 1,   or with |b|_1 in place of 1/2 |b|_2^2;
 *
 * the intercept is free. Solved by iteratively reweighted least squares (Green, "Iteratively Reweighted Least Squares for
 * Maximum Likelihood Estimation", 1984): each round is a ridge regression, or a lasso, of the linearized loss.
 */
export class SkLearnLogisticRegression implements InterpretableModel {
  private readonly penalty: 'l1' | 'l2';
  private readonly C: number;

  /** `penalty`: default `l2`. `C`: how strongly the samples count against the penalty. Default: 1. */
  constructor({ penalty = 'l2', C = 1 }: { penalty?: 'l1' | 'l2'; C?: number } = {}) {
    if (!['l1', 'l2'].includes(penalty)) throw new LensError('invalid-argument', `SkLearnLogisticRegression: penalty must be l1 or l2, got '${String(penalty)}'`);
    if (!(C > 0 && Number.isFinite(C))) throw new LensError('invalid-argument', `SkLearnLogisticRegression: C must be a number above 0, got ${C}`);
    [this.penalty, this.C] = [penalty, C];
  }

  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    const signs = signsOf('SkLearnLogisticRegression', outputs);
    const value = (fit: LinearFit): number => {
      const { coefficients } = fit;
      const penalty = this.penalty === 'l2' ? dot(coefficients, coefficients) / 2 : coefficients.reduce((sum, coefficient) => sum + Math.abs(coefficient), 0);
      return penalty + this.C * samples.reduce((sum, sample, row) => sum + weights[row] * Math.log1p(Math.exp(-signs[row] * margin(fit, sample))), 0);
    };
    let fit: LinearFit = { coefficients: new Float64Array(samples[0].length), intercept: 0 };
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const next = this.next(fit, samples, signs, weights);
      let step = 1;
      while (step > LEAST_CHANGE && !(value(between(fit, next, step)) <= value(fit))) step /= 2;
      const change = Math.max(Math.abs(next.intercept - fit.intercept), ...next.coefficients.map((coefficient, index) => Math.abs(coefficient - fit.coefficients[index])));
      if (step > LEAST_CHANGE) fit = between(fit, next, step);
      if (change * step < LEAST_CHANGE) break;
    }
    return fit;
  }

  /** The best fit to the loss's second-order approximation around another. */
  private next(fit: LinearFit, samples: readonly ArrayLike<number>[], signs: Int8Array, weights: ArrayLike<number>): LinearFit {
    const margins = samples.map((sample) => margin(fit, sample));
    const probabilities = margins.map((value) => 1 / (1 + Math.exp(-value)));
    const curvatures = probabilities.map((probability) => Math.max(1e-10, probability * (1 - probability)));
    const responses = margins.map((value, row) => value + ((signs[row] > 0 ? 1 : 0) - probabilities[row]) / curvatures[row]);
    const rowWeights = curvatures.map((curvature, row) => this.C * weights[row] * curvature);
    const total = rowWeights.reduce((sum, weight) => sum + weight, 0);
    return (this.penalty === 'l2' ? new SkLearnRidge({ alpha: 1 }) : new SkLearnLasso({ alpha: 1 / total })).fit(samples, responses, rowWeights);
  }
}

const between = (from: LinearFit, to: LinearFit, part: number): LinearFit => ({
  coefficients: from.coefficients.map((coefficient, index) => coefficient + part * (to.coefficients[index] - coefficient)),
  intercept: from.intercept + part * (to.intercept - from.intercept),
});

export interface SGDClassifierOptions {
  /** `hinge`, a linear support vector machine, or `log_loss`, logistic regression. Default: `hinge`. */
  loss?: 'hinge' | 'log_loss';
  /** How strongly large coefficients are punished. Default: 0.0001. */
  alpha?: number;
  /** Rounds through the samples at most. Default: 1000. */
  maxIter?: number;
  /** Rounds that do not make the mean loss smaller by this much count as idle; five in a row end it. Default: 0.001. */
  tol?: number;
  /** Whether the samples come in a random order in each round. Default: true. */
  shuffle?: boolean;
  /** The same seed fits the same. Default: 0. */
  seed?: Seed;
}

const IDLE_ROUNDS = 5;

/**
 * A linear classifier for outputs of two whole numbers (labels), of which the larger is the positive class, trained by
 * stochastic gradient descent on alpha/2 |b|_2^2 + loss(y (b0 + x b)) with the step size 1 / (alpha (t0 + t)) of Bottou,
 * "Large-Scale Machine Learning with Stochastic Gradient Descent", 2010.
 */
export class SkLearnSGDClassifier implements InterpretableModel {
  constructor(private readonly options: SGDClassifierOptions = {}) {
    const { loss = 'hinge', alpha = 1e-4, maxIter = 1000 } = options;
    if (!['hinge', 'log_loss'].includes(loss)) throw new LensError('invalid-argument', `SkLearnSGDClassifier: loss must be hinge or log_loss, got '${String(loss)}'`);
    if (!(alpha > 0 && Number.isFinite(alpha))) throw new LensError('invalid-argument', `SkLearnSGDClassifier: alpha must be a number above 0, got ${alpha}`);
    if (!Number.isInteger(maxIter) || maxIter < 1) throw new LensError('invalid-argument', `SkLearnSGDClassifier: maxIter must be a whole number of at least 1, got ${maxIter}`);
  }

  fit(samples: readonly ArrayLike<number>[], outputs: ArrayLike<number>, weights: ArrayLike<number>): LinearFit {
    const { loss = 'hinge', alpha = 1e-4, maxIter = 1000, tol = 1e-3, shuffle = true, seed } = this.options;
    const { valueAt, slopeAt } = LOSSES[loss];
    const signs = signsOf('SkLearnSGDClassifier', outputs);
    const random = randomSource(seed);
    const usual = Math.sqrt(1 / Math.sqrt(alpha));
    let time = Math.max(1, slopeAt(-usual) / -1) / (usual * alpha); // t0 of Bottou: the first step moves by what coefficients usually are
    const coefficients = new Float64Array(samples[0].length);
    let [intercept, best, idle] = [0, Infinity, 0];
    for (let round = 0; round < maxIter && idle < IDLE_ROUNDS; round++) {
      let sum = 0;
      const order = shuffle ? random.permutation(samples.length) : samples.map((_, row) => row);
      for (const row of Array.from(order)) {
        const product = signs[row] * (dot(coefficients, samples[row]) + intercept);
        const rate = 1 / (alpha * time++);
        sum += valueAt(product);
        const move = -rate * slopeAt(product) * signs[row] * weights[row];
        for (let index = 0; index < coefficients.length; index++) coefficients[index] = coefficients[index] * Math.max(0, 1 - rate * alpha) + move * samples[row][index];
        intercept += move;
      }
      idle = sum > best - tol * samples.length ? idle + 1 : 0;
      best = Math.min(best, sum);
    }
    return { coefficients, intercept };
  }
}

/** Losses by y (b0 + x b), and their derivatives. */
const LOSSES: Readonly<Record<'hinge' | 'log_loss', { valueAt(product: number): number; slopeAt(product: number): number }>> = {
  hinge: { valueAt: (product) => Math.max(0, 1 - product), slopeAt: (product) => (product <= 1 ? -1 : 0) },
  log_loss: { valueAt: (product) => Math.log1p(Math.exp(-product)), slopeAt: (product) => -1 / (1 + Math.exp(product)) },
};

/** 1 for the larger of two labels, -1 for the other. */
function signsOf(name: string, outputs: ArrayLike<number>): Int8Array {
  const labels = [...new Set(Array.from(outputs))].sort((left, right) => left - right);
  if (labels.length === 2 && labels.every(Number.isInteger)) return Int8Array.from(outputs, (output) => (output === labels[1] ? 1 : -1));
  const found = labels.slice(0, 4).join(', ');
  throw new LensError('invalid-argument', `${name}: the model's outputs for the samples must be two whole numbers, the labels of classes, got ${labels.length > 4 ? `${labels.length} different ones: ${found}, ...` : found}`, 'Let the model return a label, or use a regression such as SkLearnLasso.');
}

const margin = ({ coefficients, intercept }: LinearFit, sample: ArrayLike<number>): number => intercept + dot(coefficients, sample);

function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index] * right[index];
  return sum;
}
