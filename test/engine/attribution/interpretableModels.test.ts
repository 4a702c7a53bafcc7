import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { SkLearnLogisticRegression, SkLearnSGDClassifier } from '../../../src/engine/attribution/classifiers';
import type { LinearFit } from '../../../src/engine/attribution/interpretableModel';
import { Lime } from '../../../src/engine/attribution/lime';
import { SGDLasso, SGDLinearRegression, SGDRidge } from '../../../src/engine/attribution/sgdModels';
import { float32 } from '../../../src/engine/tensor';

const samples = [[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]];
const labels = [1, 0, 1, 0, 1, 1, 0, 0];
const weights = [1, 2, 0.5, 1, 3, 0.7, 1.2, 0.4];
const close = ({ coefficients, intercept }: LinearFit, expected: readonly number[], tolerance: number): void => {
  for (const [index, value] of [...coefficients, intercept].entries()) assert.ok(Math.abs(value - expected[index]) <= tolerance, `${index}: ${value}, expected ${expected[index]}`);
};

// Coefficients and intercepts are those of scikit-learn 1.9.1: LogisticRegression (lbfgs; l1: saga) with tol=1e-12, SGDClassifier with shuffle=False.
describe('SkLearnLogisticRegression', () => {
  it('finds the coefficients of scikit-learn', () => {
    close(new SkLearnLogisticRegression().fit(samples, labels, weights), [0.7727429894, -0.5125841132, -0.9715950195, 0.44146559], 1e-7);
    close(new SkLearnLogisticRegression({ C: 50 }).fit(samples, labels, weights), [3.2208718554, -1.3473872378, -4.0663404901, 1.3515169], 1e-6);
    close(new SkLearnLogisticRegression({ penalty: 'l1', C: 0.8 }).fit(samples, labels, weights), [0.1058026671, 0, -0.816626495, 0.50080844], 1e-7);
  });

  it('takes any two labels, also of classes that a plane separates, and refuses others', () => {
    const fit = (outputs: readonly number[]): LinearFit => new SkLearnLogisticRegression().fit(samples, outputs, weights);
    assert.deepEqual(fit(labels.map((label) => (label ? 7 : 3))), fit(labels));
    const separated = new SkLearnLogisticRegression({ C: 1e4 }).fit(samples, samples.map(([first]) => first), weights);
    assert.ok(separated.coefficients[0] > 10 && Number.isFinite(separated.intercept));
    assert.throws(() => fit(labels.map(() => 1)), /must be two whole numbers, the labels of classes, got 1$/);
    assert.throws(() => fit(labels.map((_, index) => index / 10)), /got 8 different ones: 0, 0.1, 0.2, 0.3, \.\.\./);
  });

  it('is what Lime fits to labels', async () => {
    const label = (x: tf.Tensor): tf.Tensor => tf.cast(tf.greater(tf.sum(tf.mul(x, tf.tensor1d([2, -1, 0])), 1), 0.5), 'float32');
    const { data } = await new Lime(label, { interpretableModel: new SkLearnLogisticRegression() }).attribute(float32([1, 1, 1], [1, 3]), { nSamples: 60 });
    assert.ok(data[0] > 1.5 && data[0] > 3 * Math.abs(data[2]), `${[...data].join()}`);
  });
});

describe('SkLearnSGDClassifier', () => {
  it('takes the steps of scikit-learn', () => {
    close(new SkLearnSGDClassifier({ shuffle: false }).fit(samples, labels, weights), [9.478672985782, -19.905213270142, -37.914691943128, -0.73749567], 1e-7);
    close(new SkLearnSGDClassifier({ alpha: 0.05, shuffle: false }).fit(samples, labels, weights), [0.640901491, -0.222628939, -1.6191195563, 0.44738848], 1e-7);
    close(new SkLearnSGDClassifier({ loss: 'log_loss', shuffle: false }).fit(samples, labels, weights), [10.4856390149, -15.461849152, -28.7103886406, 8.54517052], 1e-7);
  });

  it('comes to another fit in another order, the same for the same seed', () => {
    const fit = (seed: number): LinearFit => new SkLearnSGDClassifier({ seed }).fit(samples, labels, weights);
    assert.deepEqual(fit(1), fit(1));
    assert.notDeepEqual(fit(1), fit(2));
  });
});

describe('SGD models', () => {
  const outputs = [3.1, -0.9, 1.2, 1, 2.9, 0.3, 0.8, 1.4];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const objective = ({ coefficients, intercept }: LinearFit, penalty: (coefficients: Float64Array) => number): number =>
    samples.reduce((sum, row, index) => sum + ((weights[index] / total) * (outputs[index] - intercept - row.reduce((dot, value, feature) => dot + value * coefficients[feature], 0)) ** 2) / 2, 0) + penalty(coefficients);
  const MODELS = {
    SGDLinearRegression: { model: new SGDLinearRegression(), penalty: () => 0 },
    SGDLasso: { model: new SGDLasso({ alpha: 0.1 }), penalty: (coefficients: Float64Array) => 0.1 * coefficients.reduce((sum, value) => sum + Math.abs(value), 0) },
    SGDRidge: { model: new SGDRidge({ alpha: 0.1 }), penalty: (coefficients: Float64Array) => 0.1 * Math.hypot(...coefficients) },
  };

  for (const [name, { model, penalty }] of Object.entries(MODELS)) {
    it(`${name}: no step makes the objective smaller`, () => {
      const fit = model.fit(samples, outputs, weights);
      const least = objective(fit, penalty);
      for (let index = 0; index < 4; index++) {
        for (const step of [1e-3, -1e-3]) {
          const moved = { coefficients: fit.coefficients.map((value, place) => value + (place === index ? step : 0)), intercept: fit.intercept + (index === 3 ? step : 0) };
          assert.ok(objective(moved, penalty) > least, `coefficient ${index} by ${step}`);
        }
      }
    });
  }

  it('SGDRidge gives no coefficients where the penalty is too strong', () => {
    const { coefficients, intercept } = new SGDRidge({ alpha: 10 }).fit(samples, outputs, weights);
    assert.deepEqual([...coefficients], [0, 0, 0]);
    assert.ok(Math.abs(intercept - outputs.reduce((sum, value, index) => sum + (value * weights[index]) / total, 0)) < 1e-9);
  });
});
