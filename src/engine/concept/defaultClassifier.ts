import { LensError } from '../../protocol/errors';
import { SkLearnSGDClassifier, type SGDClassifierOptions } from '../attribution/classifiers';
import type { LinearFit } from '../attribution/interpretableModel';
import { currentJob, throwIfCancelled } from '../attribution/job';
import { randomSource, type RandomSource } from '../attribution/random';
import { float32, type Tensor } from '../tensor';
import type { Classifier, LabelledActivations } from './classifier';

/** The options of {@link SkLearnSGDClassifier}, where `alpha` is 0.01 by default, and how it is tested. */
export interface DefaultClassifierOptions extends SGDClassifierOptions {
  /** The part of the examples that is held out to measure the accuracy. Default: 0.33. */
  testSplitRatio?: number;
}

/**
 * Captum's default classifier of concepts: after a random part of the examples is held out, a linear support vector
 * machine learns by stochastic gradient descent; of more than two classes, each against the others. Keeps all
 * activations in memory.
 */
export class DefaultClassifier implements Classifier {
  private readonly classifier: SkLearnSGDClassifier;
  private readonly testSplitRatio: number;
  private readonly random: RandomSource;
  private learned: { readonly labels: readonly number[]; readonly boundaries: readonly LinearFit[] } | undefined;

  constructor({ testSplitRatio = 0.33, alpha = 0.01, ...options }: DefaultClassifierOptions = {}) {
    if (!(testSplitRatio >= 0 && testSplitRatio < 1)) throw new LensError('invalid-argument', `DefaultClassifier: testSplitRatio must be from 0 to below 1, got ${testSplitRatio}`);
    this.classifier = new SkLearnSGDClassifier({ ...options, alpha });
    this.testSplitRatio = testSplitRatio;
    this.random = randomSource(options.seed);
  }

  async trainAndEval({ activations, labels }: LabelledActivations): Promise<{ accs?: number }> {
    const order = Array.from(this.random.permutation(labels.length));
    const held = Math.floor(this.testSplitRatio * labels.length);
    const [test, train] = [order.slice(0, held), order.slice(held)];
    const found = [...new Set(train.map((example) => labels[example]))].sort((left, right) => left - right);
    if (found.length < 2) throw new LensError('invalid-argument', `DefaultClassifier: the number of classes has to be greater than one; got ${found.length} class among ${train.length} example(s) to learn from`, 'Give more examples of each concept, or lower testSplitRatio.');
    const samples = train.map((example) => rowOf(activations, example));
    const boundaries: LinearFit[] = [];
    for (const label of found.length === 2 ? found.slice(1) : found) {
      boundaries.push(this.classifier.fit(samples, train.map((example) => Number(labels[example] === label)), new Float64Array(train.length).fill(1)));
      await new Promise(setImmediate); // lets a request to cancel arrive
      throwIfCancelled(currentJob());
    }
    this.learned = { labels: found, boundaries };
    const right = test.filter((example) => this.predict(rowOf(activations, example)) === labels[example]).length;
    return test.length === 0 ? {} : { accs: right / test.length };
  }

  weights(): Tensor<'float32'> {
    const rows = this.trained().boundaries.map(({ coefficients }) => coefficients);
    const both = rows.length === 1 ? [rows[0].map((weight) => -weight), rows[0]] : rows;
    return float32(Float32Array.from(both.flatMap((row) => [...row])), [both.length, rows[0].length]);
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
    const scores = boundaries.map(({ coefficients, intercept }) => x.reduce((sum, value, feature) => sum + value * coefficients[feature], intercept));
    return scores.length === 1 ? labels[scores[0] > 0 ? 1 : 0] : labels[scores.indexOf(Math.max(...scores))];
  }
}

const rowOf = ({ data, shape }: Tensor<'float32'>, row: number): Float32Array => data.subarray(row * shape[1], (row + 1) * shape[1]);
