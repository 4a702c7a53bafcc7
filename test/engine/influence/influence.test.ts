import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { inverse, Matrix } from 'ml-matrix';
import { runJob } from '../../../src/engine/attribution/job';
import { randomSource } from '../../../src/engine/attribution/random';
import { ArnoldiInfluenceFunction } from '../../../src/engine/influence/arnoldiInfluenceFunction';
import { ExampleGradients } from '../../../src/engine/influence/exampleGradients';
import type { ExampleLoss } from '../../../src/engine/influence/exampleLoss';
import { NaiveInfluenceFunction } from '../../../src/engine/influence/naiveInfluenceFunction';
import { TracInCP } from '../../../src/engine/influence/tracInCP';
import { TracInCPFast } from '../../../src/engine/influence/tracInCPFast';
import { TracInCPFastRandProj } from '../../../src/engine/influence/tracInCPFastRandProj';
import { withWeights } from '../../../src/engine/models/derived/parameters';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, isFloat32, type Tensor } from '../../../src/engine/tensor';
import { BuiltModel } from '../attribution/models';

/** F(x) = x w + b with w [2, 1]: a linear regression. */
const regression = (weights = [0.5, -1], bias = 0.25): BuiltModel =>
  new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 2] }], (builder, [x]) =>
    builder.op('Gemm', [x, builder.constant(float32(weights, [2, 1]), 'fc.weight'), builder.constant(float32([bias], [1]), 'fc.bias')], {}, { name: 'fc' }),
  );

const train = { inputs: [[1, 2], [-1, 0.5], [0.25, 3], [2, -1]], labels: [1, 0, 2, -1] };
const tests = { inputs: [[1, -1], [0.5, 0.5]], labels: [0.5, 2] };
const squared = { lossFn: 'squared_error' } as const;

/** d(F - y)^2/d(w, b) = 2 (F - y) (x, 1) of each example. */
function gradients({ inputs, labels }: typeof train, [w0, w1]: readonly number[] = [0.5, -1], bias = 0.25): number[][] {
  return inputs.map(([x0, x1], index) => [x0, x1, 1].map((x) => 2 * (w0 * x0 + w1 * x1 + bias - labels[index]) * x));
}

const product = (left: readonly number[], right: readonly number[]): number => left.reduce((sum, value, index) => sum + value * right[index], 0);
const products = (left: readonly number[][], right: readonly number[][]): number[] => left.flatMap((row) => right.map((other) => product(row, other)));

const rowsOf = ({ data, shape }: Tensor<'float32'>): number[][] => Array.from({ length: shape[0] }, (_, row) => [...data.subarray(row * shape[1], (row + 1) * shape[1])]);

function near({ data }: Tensor<'float32'>, expected: readonly number[], tolerance = 1e-4): void {
  assert.equal(data.length, expected.length);
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(data[index] - value) <= tolerance * Math.max(1, Math.abs(value)), `element ${index} is ${data[index]}, expected ${value}`);
}

describe('TracInCP', () => {
  const later = [0.25, -0.5];
  const checkpoints = [{ learningRate: 0.1 }, { weights: { 'fc.weight': float32(later, [2, 1]) }, learningRate: 0.5 }];
  const summed = (of: (weights: number[]) => number[]): number[] => of([0.5, -1]).map((value, index) => 0.1 * value + 0.5 * of(later)[index]);

  it('is the sum over checkpoints of the products of gradients', async () => {
    const tracin = new TracInCP(regression(), train, checkpoints, squared);
    const expected = summed((weights) => products(gradients(tests, weights), gradients(train, weights)));
    const scores = await tracin.influence(tests);
    assert.deepEqual(scores.shape, [2, 4]);
    near(scores, expected);
    near(await tracin.influence(tests, { aggregate: true }), expected.slice(0, 4).map((value, index) => value + expected[4 + index]));
    near(await tracin.selfInfluence(), summed((weights) => gradients(train, weights).map((row) => product(row, row))));
    near(await new TracInCP(regression(), train, [{ model: regression() }], { ...squared, layers: ['fc.bias'] }).influence(tests), products(gradients(tests).map((row) => [row[2]]), gradients(train).map((row) => [row[2]])));
    const order = [0, 1, 2, 3].sort((left, right) => expected[right] - expected[left]);
    const proponents = await tracin.influence(tests, { k: 2 });
    assert.deepEqual(proponents.indices[0], order.slice(0, 2));
    near(proponents.influenceScores, [...order.slice(0, 2).map((place) => expected[place]), ...[...expected.slice(4)].sort((left, right) => right - left).slice(0, 2)]);
    assert.deepEqual((await tracin.influence(tests, { k: 9, proponents: false })).indices[0], [...order].reverse());
  });

  it('TracInCPFast leaves out the bias, and embeddings of its projections agree in expectation', async () => {
    const expected = summed((weights) => products(gradients(tests, weights).map((row) => row.slice(0, 2)), gradients(train, weights).map((row) => row.slice(0, 2))));
    const fast = new TracInCPFast(regression(), 'fc', train, checkpoints, squared);
    near(await fast.influence(tests), expected);
    near(await fast.selfInfluence(), summed((weights) => gradients(train, weights).map(([a, b]) => a * a + b * b)));
    const exact = new TracInCPFastRandProj(regression(), 'fc', train, checkpoints, squared);
    near(await exact.influence(tests), expected);
    assert.deepEqual((await exact.computeIntermediateQuantities(tests)).shape, [2, 4]); // two features at two checkpoints
    await assert.rejects(exact.selfInfluence(), /instead, please use `TracInCPFast`/i);
    const model = regression();
    const mean = new Float32Array(8);
    const draws = 150;
    const seed = randomSource(0);
    for (let draw = 0; draw < draws; draw++) {
      const { data } = await new TracInCPFastRandProj(model, 'fc', train, checkpoints.slice(0, 1), { ...squared, projectionDim: 1, seed }).influence(tests);
      for (const [index, value] of data.entries()) mean[index] += value / draws;
    }
    const whole = products(gradients(tests).map((row) => row.slice(0, 2)), gradients(train).map((row) => row.slice(0, 2))).map((value) => 0.1 * value);
    const largest = Math.max(...whole.map(Math.abs));
    for (const [index, value] of whole.entries()) assert.ok(Math.abs(mean[index] - value) < 0.4 * largest, `element ${index}: ${mean[index]}, expected about ${value}`);
  });

  it('computes learningRate * gradient of each example, checkpoint by checkpoint', async () => {
    const found = await new TracInCP(regression(), train, checkpoints, squared).computeIntermediateQuantities(tests);
    assert.deepEqual(found.shape, [2, 6]);
    near(found, gradients(tests).flatMap((row, example) => [...row.map((value) => 0.1 * value), ...gradients(tests, later)[example].map((value) => 0.5 * value)]));
  });

  it('takes the model of a loss, which gets labels as they are', async () => {
    const ports = [{ name: 'output', dtype: 'float32', shape: [-1, 1] }, { name: 'labels', dtype: 'float32', shape: [-1] }] as const;
    const lossFn = new BuiltModel(ports, (builder, [output, labels]) => {
      const difference = builder.op('Sub', [builder.op('Reshape', [output, builder.integers([-1])]), labels]);
      return builder.op('Mul', [difference, difference]);
    });
    near(await new TracInCP(regression(), train, checkpoints, { lossFn }).influence(tests), [...(await new TracInCP(regression(), train, checkpoints, squared).influence(tests)).data]);
  });

  it('takes a loss of its own, and classes or probabilities as labels', async () => {
    const own: ExampleLoss = (output, labels) => output.flatten().sub(labels).square();
    near(await new TracInCP(regression(), train, checkpoints, { lossFn: own }).influence(tests), [...(await new TracInCP(regression(), train, checkpoints, squared).influence(tests)).data]);
    const classifier = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [-1, 2] }], (builder, [x]) => builder.op('MatMul', [x, builder.constant(float32([1, 2, 3, -1, 0, 1], [2, 3]), 'weight')]));
    const classes = new TracInCP(classifier, { inputs: train.inputs, labels: [0, 2, 1, 2] }, [{}]);
    const rows = new TracInCP(classifier, { inputs: train.inputs, labels: [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 1]] }, [{}]);
    assert.deepEqual((await classes.selfInfluence()).data, (await rows.selfInfluence()).data);
    await assert.rejects(new TracInCP(classifier, { inputs: train.inputs, labels: [0, 2, 1, 3] }, [{}]).selfInfluence(), { code: 'target-out-of-range' });
  });

  it('refuses what does not fit, shows progress and can be cancelled', async () => {
    const tracin = (checkpoint: object, options: object = squared): TracInCP => new TracInCP(regression(), train, [checkpoint], options);
    await assert.rejects(new TracInCP(regression(), train, [], squared).influence(tests), /Invalid checkpoints provided for TracIn class/);
    await assert.rejects(tracin({ weights: { absent: float32([1], [1]) } }).influence(tests), /there is no parameter 'absent'/);
    await assert.rejects(tracin({ weights: { 'fc.bias': float32([1, 2], [2]) } }).influence(tests), /'fc.bias' of model 'model' must have the shape \[1\], got \[2\]/);
    await assert.rejects(tracin({ learningRate: 0 }).influence(tests), /learningRate must be a finite number above 0, got 0/);
    await assert.rejects(tracin({}, { ...squared, layers: ['absent'] }).influence(tests), /no layer 'absent' with parameters/);
    await assert.rejects(tracin({}, { ...squared, layers: [] }).influence(tests), /`layers` cannot be empty!/);
    await assert.rejects(tracin({}).influence({ ...tests, labels: [1] }), /labels must have one entry for each of the 2 example\(s\), got shape \[1\]/);
    await assert.rejects(tracin({}).influence(tests, { k: 0 }), /k must be a whole number of at least 1, got 0/);
    const fixed = new BuiltModel([{ name: 'x', dtype: 'float32', shape: [4, 2] }], (builder, [x]) => builder.op('MatMul', [x, builder.constant(float32([1, 2], [2, 1]), 'weight')]));
    await assert.rejects(new TracInCP(fixed, train, [{}], squared).selfInfluence(), /examples are taken one by one, its batch is fixed to 4/);
    assert.throws(() => tracin({}, { lossFn: 'hinge' }), /lossFn must be one of cross_entropy, negative_log, squared_error, or a function of output and labels, got 'hinge'/);
    await assert.rejects(runJob({ signal: AbortSignal.abort() }, () => tracin({}).influence(tests)), { code: 'cancelled' });
    const fractions: number[] = [];
    await runJob({ onProgress: ({ fraction }) => fractions.push(fraction) }, () => new TracInCP(regression(), train, checkpoints, squared).influence(tests));
    assert.deepEqual([fractions.length, fractions.at(-1)], [12, 1]);
    assert.deepEqual(fractions, [...fractions].sort((left, right) => left - right));
  });
});

describe('influence functions', () => {
  const x = train.inputs.map(([x0, x1]) => [x0, x1, 1]);
  const hessian = new Matrix(x).transpose().mmul(new Matrix(x)).mul(2);

  it('of a linear regression are grad^T H^-1 grad with H = 2 sum x x^T', async () => {
    const inverted = inverse(Matrix.add(hessian, Matrix.eye(3).mul(1e-6))).to2DArray();
    const times = (rows: number[][]): number[][] => rows.map((row) => inverted.map((column) => product(row, column)));
    const expected = products(times(gradients(tests)), gradients(train));
    for (const make of [NaiveInfluenceFunction, ArnoldiInfluenceFunction]) {
      const method = new make(regression(), train, { ...squared, hessianReg: 1e-6, hessianInverseTol: 1e-5 });
      near(await method.influence(tests), expected, 1e-3);
      near(await method.selfInfluence(), gradients(train).map((row) => product(times([row])[0], row)), 1e-3);
      assert.deepEqual((await method.computeIntermediateQuantities(tests)).shape, [2, 3]);
    }
    const one = await new NaiveInfluenceFunction(regression(), train, { ...squared, projectionDim: 1 }).computeIntermediateQuantities(tests);
    assert.deepEqual(one.shape, [2, 1]);
  });

  it('take a loss that reduces examples one by one, and another one for tests', async () => {
    const mean: ExampleLoss = (output, labels) => output.flatten().sub(labels).square().mean();
    const testLossFn: ExampleLoss = (output) => output.flatten();
    for (const make of [NaiveInfluenceFunction, ArnoldiInfluenceFunction]) {
      near(await new make(regression(), train, { lossFn: mean }).influence(tests), [...(await new make(regression(), train, squared).influence(tests)).data]);
    }
    const other = new NaiveInfluenceFunction(regression(), train, { ...squared, testLossFn });
    const [asTests, asTraining] = [await other.computeIntermediateQuantities(tests, { test: true }), await other.computeIntermediateQuantities(train)];
    near(await other.influence(tests), products(rowsOf(asTests), rowsOf(asTraining)));
  });

  it('refuse a Hessian without positive eigenvalues', async () => {
    await assert.rejects(new NaiveInfluenceFunction(regression(), train, { ...squared, hessianReg: -1e6 }).influence(tests), /Hessian has no positive eigenvalues, so cannot take its square root/);
    await assert.rejects(new ArnoldiInfluenceFunction(regression(), train, { ...squared, hessianReg: -1e6 }).influence(tests), /Restriction of Hessian to Krylov subspace has no positive eigenvalues/);
    assert.throws(() => new ArnoldiInfluenceFunction(regression(), train, { ...squared, arnoldiDim: 0 }), /arnoldiDim must be a whole number of at least 1, got 0/);
  });
});

describe('gradients with respect to parameters', () => {
  it('match finite differences for convolutions and batch normalization, whose statistics are no parameters', async () => {
    const model = await loadOnnxModel(path.join(import.meta.dirname, '../../golden/data/models/resnet/model.onnx'));
    const shape = [2, ...model.inputs[0].shape.slice(1)];
    const examples = { inputs: float32(Float32Array.from(randomSource(7).normal(shape, 1)), shape), labels: [0, 1] };
    const found = await ExampleGradients.of(model, 'cross_entropy', undefined, examples);
    assert.ok(found.parameters.every((name) => !/running_|num_batches/.test(name)), found.parameters.join());
    const all: Float32Array[] = [];
    await found.forEach({ start: 0, count: 2, job: {}, noun: 'example' }, (example, gradient) => (all[example] = Float32Array.from(gradient)));
    const graph = await model.graph(found.losses.inputsOfOne);
    let offset = 0;
    for (const name of found.parameters) {
      const tensor = graph.constants.get(name);
      assert.ok(tensor && isFloat32(tensor));
      const place = tensor.data.length >> 1;
      const [start, step] = [offset, 1e-3];
      offset += tensor.data.length;
      if (!['conv1.weight', 'bn1.bias', 'b2_down.weight', 'fc.bias'].includes(name)) continue;
      const losses = async (sign: number): Promise<Tensor<'float32'>> => {
        const moved = withWeights(model, { [name]: float32(tensor.data.map((value, index) => value + (index === place ? sign * step : 0)), tensor.shape) });
        const { losses } = await ExampleGradients.of(moved, 'cross_entropy', undefined, examples);
        const { rows, passes } = await losses.visit({ start: 0, count: 2, job: {}, noun: 'example' }, losses.model);
        return passes.evaluate(rows);
      };
      const [above, below] = [await losses(1), await losses(-1)];
      for (const example of [0, 1]) {
        const expected = (above.data[example] - below.data[example]) / (2 * step);
        const actual = all[example][start + place];
        assert.ok(Math.abs(actual - expected) <= 5e-4 + 1e-2 * Math.abs(expected), `${name}: ${actual}, finite difference ${expected}`);
      }
    }
  });
});
