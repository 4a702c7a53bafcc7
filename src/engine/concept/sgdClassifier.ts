import { LensError } from '../../protocol/errors';
import { throwIfCancelled, currentJob } from '../attribution/job';
import { randomSource, type RandomSource, type Seed } from '../attribution/random';
import { float32, type Tensor } from '../tensor';
import type { Classifier, LabelledActivations } from './classifier';

export interface SGDClassifierOptions {
  /** How strongly large weights are punished. Default: 0.01. */
  alpha?: number;
  /** Passes over the examples at most. Default: 1000. */
  maxIter?: number;
  /** Training ends when the loss of five passes in a row is not better than the best by this. Default: 1e-3. */
  tol?: number;
  /** The part of the examples that is held out to measure the accuracy. Default: 0.33. */
  testSplitRatio?: number;
  /** The same seed splits and shuffles the same. Default: 0. */
  seed?: Seed;
}

/** A class against the others: w x + b > 0. */
interface Boundary {
  readonly weights: Float64Array;
  bias: number;
}

/** Passes without progress after which training ends. */
const PATIENCE = 5;

/**
 * The linear support vector machine that scikit-learn's SGDClassifier learns by default, as Captum's DefaultClassifier
 * uses it: stochastic gradient descent on max(0, 1 - y (w x + b)) + alpha/2 |w|^2 with the step 1 / (alpha (t0 + t))
 * of step t (Bottou, "Stochastic Gradient Descent Tricks", 2012), the classes of more than two each against the others.
 * No maintained library of JavaScript has it.
 */
export class SGDClassifier implements Classifier {
  private readonly settings: Required<Omit<SGDClassifierOptions, 'seed'>>;
  private readonly random: RandomSource;
  private learned: { readonly labels: readonly number[]; readonly boundaries: readonly Boundary[] } | undefined;

  constructor({ alpha = 0.01, maxIter = 1000, tol = 1e-3, testSplitRatio = 0.33, seed }: SGDClassifierOptions = {}) {
    if (!(alpha > 0)) throw new LensError('invalid-argument', `SGDClassifier: alpha must be above 0, got ${alpha}`);
    if (!Number.isInteger(maxIter) || maxIter < 1) throw new LensError('invalid-argument', `SGDClassifier: maxIter must be a whole number of at least 1, got ${maxIter}`);
    if (!(testSplitRatio >= 0 && testSplitRatio < 1)) throw new LensError('invalid-argument', `SGDClassifier: testSplitRatio must be from 0 to below 1, got ${testSplitRatio}`);
    this.settings = { alpha, maxIter, tol, testSplitRatio };
    this.random = randomSource(seed);
  }

  async trainAndEval({ activations, labels }: LabelledActivations): Promise<{ accs?: number }> {
    const order = Array.from(this.random.permutation(labels.length));
    const held = Math.floor(this.settings.testSplitRatio * labels.length);
    const [test, train] = [order.slice(0, held), order.slice(held)];
    const found = [...new Set(train.map((example) => labels[example]))].sort((left, right) => left - right);
    if (found.length < 2) throw new LensError('invalid-argument', `SGDClassifier: the number of classes has to be greater than one; got ${found.length} class among ${train.length} example(s) to learn from`, 'Give more examples of each concept, or lower testSplitRatio.');
    const one = (label: number): Promise<Boundary> => this.train(activations, train, (example) => (labels[example] === label ? 1 : -1));
    const boundaries: Boundary[] = [];
    for (const label of found.length === 2 ? found.slice(1) : found) boundaries.push(await one(label));
    this.learned = { labels: found, boundaries };
    const right = test.filter((example) => this.predict(rowOf(activations, example)) === labels[example]).length;
    return test.length === 0 ? {} : { accs: right / test.length };
  }

  weights(): Tensor<'float32'> {
    const { boundaries } = this.trained();
    const [first] = boundaries;
    const rows = boundaries.length === 1 ? [first.weights.map((weight) => -weight), first.weights] : boundaries.map(({ weights }) => weights);
    return float32(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, first.weights.length]);
  }

  classes(): readonly number[] {
    return this.trained().labels;
  }

  private trained(): NonNullable<typeof this.learned> {
    if (this.learned) return this.learned;
    throw new LensError('invalid-argument', 'The weights cannot be obtained because no model was trained. In order to train the model call trainAndEval first.');
  }

  private predict(x: Float32Array): number {
    const { labels, boundaries } = this.trained();
    const scores = boundaries.map((boundary) => score(boundary, x));
    if (scores.length === 1) return labels[scores[0] > 0 ? 1 : 0];
    return labels[scores.indexOf(Math.max(...scores))];
  }

  private async train(activations: Tensor<'float32'>, examples: readonly number[], signOf: (example: number) => 1 | -1): Promise<Boundary> {
    const { alpha, maxIter, tol } = this.settings;
    const boundary: Boundary = { weights: new Float64Array(activations.shape[1]), bias: 0 };
    const { weights } = boundary;
    const typicalWeight = Math.sqrt(1 / Math.sqrt(alpha));
    const first = 1 / (typicalWeight * alpha); // t0, so that the first step is about a typical weight
    let [best, without, step] = [Infinity, 0, 0];
    for (let pass = 0; pass < maxIter && without < PATIENCE; pass++) {
      let loss = 0;
      for (const place of Array.from(this.random.permutation(examples.length))) {
        const x = rowOf(activations, examples[place]);
        const sign = signOf(examples[place]);
        const rate = 1 / (alpha * (first + step++));
        const lack = 1 - sign * score(boundary, x);
        const shrink = Math.max(0, 1 - rate * alpha);
        for (let feature = 0; feature < weights.length; feature++) weights[feature] = weights[feature] * shrink + (lack > 0 ? rate * sign * x[feature] : 0);
        if (lack > 0) boundary.bias += rate * sign;
        loss += Math.max(0, lack);
      }
      without = loss > best - tol * examples.length ? without + 1 : 0;
      best = Math.min(best, loss);
      throwIfCancelled(currentJob());
      await new Promise(setImmediate); // lets a request to cancel arrive
    }
    return boundary;
  }
}

function score({ weights, bias }: Boundary, x: Float32Array): number {
  let sum = bias;
  for (let feature = 0; feature < x.length; feature++) sum += weights[feature] * x[feature];
  return sum;
}

const rowOf = ({ data, shape }: Tensor<'float32'>, row: number): Float32Array => data.subarray(row * shape[1], (row + 1) * shape[1]);
