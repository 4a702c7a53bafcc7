import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Attribution, type AttributionOptions, type Findings, type Task } from '../../../src/engine/attribution/attribution';
import { InputXGradient } from '../../../src/engine/attribution/inputXGradient';
import { IntegratedGradients, type IntegratedGradientsOptions } from '../../../src/engine/attribution/integratedGradients';
import { runJob, setAmbientJob } from '../../../src/engine/attribution/job';
import { explanationOf } from '../../../src/engine/attribution/results';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { modelOf } from '../../../src/engine/models/modelOf';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { BuiltModel, product, scaledSquares, tanhModel } from './models';

const x = float32([0.5, -1, 2, 1, 0.25, -0.75], [2, 3]);
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void => {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++) assert.ok(Math.abs(actual[index] - expected[index]) <= tolerance, `element ${index}: ${actual[index]}, expected ${expected[index]}`);
};

describe('IntegratedGradients', () => {
  it('gives the talk\'s numbers for its ToyModel, written as a function', async () => {
    const { tf } = await loadTfjs();
    const weights1 = tf.tensor2d([-4, -3, -2, -1, 0, 1, 2, 3, 4], [3, 3]);
    const weights2 = tf.tensor2d([-3, -2, -1, 0, 1, 2], [2, 3]);
    const toy = (input: InstanceType<typeof tf.Tensor>): InstanceType<typeof tf.Tensor> => tf.matMul(tf.relu(tf.matMul(input, weights1, false, true)), weights2, false, true).add(1);
    const input = tf.tensor2d([[0.4963, 0.7682, 0.0885]]);
    const attributions = await new IntegratedGradients(toy).attribute(input, { target: 0 });
    assert.ok(attributions instanceof tf.Tensor);
    assert.deepEqual(attributions.shape, [1, 3]);
    const [sum] = await tf.sum(attributions).data();
    const change = (await toy(input).data())[0] - (await toy(tf.zeros([1, 3])).data())[0];
    assert.ok(Math.abs(sum - change) < 1e-4, `${sum}, F(x) - F(0) is ${change}`);
  });

  it('returns the form of the inputs', async () => {
    const ig = new IntegratedGradients(tanhModel());
    const engine = await ig.attribute(x, { target: 0 });
    assert.equal(engine.dtype, 'float32');
    const numbers = await ig.attribute([[0.5, -1, 2], [1, 0.25, -0.75]], { target: 0 });
    assert.deepEqual(numbers, [Array.from(engine.data.subarray(0, 3)), Array.from(engine.data.subarray(3))]);
  });

  it('returns a list for a list, and a pair with the delta on demand', async () => {
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    const [attributions, delta] = await new IntegratedGradients(product()).attribute([a, b], { target: 1, returnConvergenceDelta: true });
    assert.equal(attributions.length, 2);
    close(attributions[0].data, [0, 4]);
    close(attributions[1].data, [0, 4]);
    assert.deepEqual(delta.shape, [1]);
    close(delta.data, [0]);
  });

  it('attributes a batch as it attributes its examples one by one', async () => {
    const ig = new IntegratedGradients(tanhModel());
    const [both, delta] = await ig.attribute(x, { target: [0, 1], baselines: [[0.1, 0.2, 0.3]], nSteps: 7, returnConvergenceDelta: true });
    for (const example of [0, 1]) {
      const one = float32(x.data.slice(example * 3, example * 3 + 3), [1, 3]);
      const [own, ownDelta] = await ig.attribute(one, { target: example, baselines: [[0.1, 0.2, 0.3]], nSteps: 7, returnConvergenceDelta: true });
      close(both.data.subarray(example * 3, example * 3 + 3), own.data);
      close([delta.data[example]], ownDelta.data);
    }
  });

  it('records the path: F at each node, and increments that sum to the attributions', async () => {
    const attributions = await new IntegratedGradients(tanhModel()).attribute(x, { target: 0, nSteps: 5 });
    const explanation = explanationOf(attributions);
    assert.ok(explanation?.path && explanation.startValues && explanation.endValues && explanation.convergenceDelta);
    const [{ alphas, values, increments }] = explanation.path;
    const z = 0.5 - 0.25 - 2;
    close(values, alphas.map((alpha) => Math.tanh(alpha * z)));
    close([increments.reduce((sum, value) => sum + value, 0)], [attributions.data.subarray(0, 3).reduce((sum, value) => sum + value, 0)]);
    close(explanation.startValues, [0, 0]);
    close([explanation.endValues[0]], [Math.tanh(z)]);
    assert.deepEqual(explanation.options, { nSteps: 5, method: 'gausslegendre', multiplyByInputs: true });
    assert.equal(explanation.baselineName, 'zero');
  });

  it('leaves out the factor, and with it the completeness check, without multiplyByInputs', async () => {
    const ig = new IntegratedGradients(tanhModel(), { multiplyByInputs: false });
    const local = await ig.attribute(x, { target: 0 });
    const full = await new IntegratedGradients(tanhModel()).attribute(x, { target: 0 });
    close(full.data, local.data.map((value, index) => value * x.data[index]));
    assert.equal(explanationOf(local)?.convergenceDelta, undefined);
    assert.equal(explanationOf(local)?.path, undefined);
  });

  it('takes additional arguments', async () => {
    const ig = new IntegratedGradients(scaledSquares());
    const attributions = await ig.attribute(x, { additionalForwardArgs: [[1], [10]] });
    close(attributions.data, Array.from(x.data, (value, index) => value * value * (index < 3 ? 1 : 10)), 1e-4);
  });

  it('runs jobs on one model in turn', async () => {
    const ig = new IntegratedGradients(tanhModel());
    const [first, second] = await Promise.all([ig.attribute(x, { target: 0 }), ig.attribute(x, { target: 0 })]);
    assert.deepEqual(first.data, second.data);
  });

  it('is cancelled with its job, and the next one runs', async () => {
    const ig = new IntegratedGradients(tanhModel());
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => ig.attribute(x, { target: 0 })), { code: 'cancelled' });
    setAmbientJob({ signal: AbortSignal.abort() });
    await assert.rejects(ig.attribute(x, { target: 0 }), { code: 'cancelled' });
    setAmbientJob({});
    await ig.attribute(x, { target: 0 });
  });

  const refused: [string, object, string, RegExp, string?][] = [
    ["Captum's spelling of an option", { target: 0, n_steps: 20 }, 'invalid-argument', /^IntegratedGradients has no option 'n_steps'$/, 'Write nSteps.'],
    ['an unknown option', { target: 0, steps: 20 }, 'invalid-argument', /no option 'steps'$/],
    ['a missing target', {}, 'invalid-argument', /^Target not provided/],
    ['a target out of range', { target: 2 }, 'target-out-of-range', /from 0 to 1 .* got 2/],
    ['a baseline of another shape', { target: 0, baselines: [[1, 2]] }, 'shape-mismatch', /^Baseline of input 'x'/],
    ['zero steps', { target: 0, nSteps: 0 }, 'invalid-argument', /^nSteps/],
    ['a batch size of zero', { target: 0, internalBatchSize: 0 }, 'invalid-argument', /^internalBatchSize/],
  ];
  for (const [name, options, code, message, nextStep] of refused) {
    it(`refuses ${name}`, async () => {
      const attribute = new IntegratedGradients(tanhModel()).attribute(x, options as IntegratedGradientsOptions);
      await assert.rejects(attribute, { name: 'LensError', code, message, ...(nextStep ? { nextStep } : {}) });
    });
  }

  it('refuses gradients that are not finite', async () => {
    const root = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 1] }], (builder, [value]) => builder.op('Sqrt', [value]));
    await assert.rejects(new Saliency(root).attribute([[0]]), { code: 'not-finite', message: /^Attributions of Saliency for input 'x' must hold finite numbers, got 1 infinite among 1/ });
  });

  it('refuses integer inputs with the way out', async () => {
    const embedded = new BuiltModel([{ name: 'ids', dtype: 'int64', shape: [-1, 2] }], (builder, [ids]) => builder.op('Cast', [ids], { to: 1 }));
    await assert.rejects(new IntegratedGradients(embedded).attribute([[1, 2]], { target: 0 }), { code: 'invalid-argument', message: /ids/, nextStep: 'Attribute to the embedding layer instead.' });
  });
});

describe('Saliency and InputXGradient', () => {
  it('are the gradient, its magnitude, and the gradient times the input', async () => {
    const magnitude = await new Saliency(tanhModel()).attribute(x, { target: 0 });
    const signed = await new Saliency(tanhModel()).attribute(x, { target: 0, abs: false });
    const scaled = await new InputXGradient(tanhModel()).attribute(x, { target: 0 });
    assert.ok(signed.data.some((value) => value < 0));
    close(magnitude.data, signed.data.map(Math.abs));
    close(scaled.data, signed.data.map((value, index) => value * x.data[index]));
    assert.deepEqual(explanationOf(signed)?.options, { abs: false });
  });

  it('have no convergence delta', async () => {
    const options = { target: 0, returnConvergenceDelta: true } as object;
    await assert.rejects(new Saliency(tanhModel()).attribute(x, options as { target: number }), { code: 'invalid-argument', message: "Saliency has no option 'returnConvergenceDelta'" });
  });
});

describe('Attribution', () => {
  class Half extends Attribution {
    protected override async explain({ inputs }: Task<AttributionOptions>): Promise<Findings> {
      return { attributions: inputs.map((input) => float32(Float32Array.from(input.data as Float32Array, (value) => value / 2), input.shape)) };
    }
  }

  it('can be extended', async () => {
    const attributions: Tensor<'float32'> = await new Half(tanhModel()).attribute(x, { target: 0 });
    close(attributions.data, x.data.map((value) => value / 2));
    const explanation = explanationOf(attributions);
    assert.equal(explanation?.method, 'Half');
    assert.deepEqual(explanation.targets, [[0], [0]]);
    assert.deepEqual(explanation.output.shape, [2, 2]);
  });

  it('finds the explanation behind every part of a result', async () => {
    const [a, b] = [float32([1, 2], [1, 2]), float32([3, 4], [1, 2])];
    const pair = await new IntegratedGradients(product()).attribute([a, b], { target: 0, returnConvergenceDelta: true });
    const explanation = explanationOf(pair);
    assert.ok(explanation);
    for (const part of [pair[0], pair[0][0], pair[0][1]]) assert.equal(explanationOf(part), explanation);
    for (const other of [a, undefined, null, 1, 'text', {}]) assert.equal(explanationOf(other), undefined);
  });

  for (const [name, value, message] of [
    ['nothing', undefined, /got undefined$/],
    ['an object', {}, /got a Object$/],
    ['a class', IntegratedGradients, /got the function IntegratedGradients$/],
    ['a promise of a model', Promise.resolve(tanhModel()), /is an await missing\?/],
  ] as const) {
    it(`refuses ${name} as the model`, async () => {
      await assert.rejects(async () => modelOf(value), { code: 'invalid-argument', message });
    });
  }
});
