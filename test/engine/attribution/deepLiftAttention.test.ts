import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import { Saliency } from '../../../src/engine/attribution/saliency';
import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { floats, node, onnx, port } from '../models/onnxBuilder';

const W = [0.5, -1, 2, 1, 0.3, -0.7, -0.2, 0.9, 1.1];
const named = (name: string): { name: string } => ({ name });

/** softmax(x Wᵀ xᵀ) x over [N, 2, 3], the sum of which over the tokens is the output. */
const attention = (softmax: string): NodeProto[] => [
  node('MatMul', ['x', 'w'], ['query'], {}, named('/attention/query/MatMul')),
  node('Transpose', ['x'], ['key'], { perm: [0, 2, 1] }, named('/attention/Transpose')),
  node('MatMul', ['query', 'key'], ['scores'], {}, named('/attention/MatMul')),
  node('Softmax', ['scores'], ['weights'], { axis: -1 }, named(softmax)),
  node('Reshape', ['weights', 'same'], ['passed'], {}, named('/attention/Reshape')),
  node('MatMul', ['passed', 'x'], ['mixed'], {}, named('/attention/MatMul_1')),
  node('ReduceMean', ['mixed'], ['y'], { axes: [1], keepdims: 0 }, named('/ReduceMean')),
];

/** softmax(x W) W, where the Softmax weighs constants. */
const classifier: NodeProto[] = [
  node('MatMul', ['x', 'w'], ['scores'], {}, named('/MatMul')),
  node('Softmax', ['scores'], ['weights'], { axis: -1 }, named('/Softmax')),
  node('MatMul', ['weights', 'w'], ['mixed'], {}, named('/MatMul_1')),
  node('ReduceMean', ['mixed'], ['y'], { axes: [1], keepdims: 0 }, named('/ReduceMean')),
];

const x = float32(Float32Array.from({ length: 12 }, (_, index) => Math.sin(3 * index + 1)), [2, 2, 3]);

/** The largest difference of DeepLift's multipliers, from the references `cos 2i`, from the gradient. */
async function distanceFromGradient(nodes: NodeProto[]): Promise<number> {
  const same = { ...floats('same', []), dataType: 7, dims: [3n], int64Data: [0n, 0n, 0n] };
  const model = await loadOnnxModel(onnx(17, { node: nodes, initializer: [floats('w', W, [3, 3]), same], input: [port('x', ['N', 2, 3])], output: [port('y', ['N', 3])] }));
  const baselines = float32(x.data.map((_, index) => Math.cos(2 * index)), x.shape);
  const multipliers = (await new DeepLift(model, { multiplyByInputs: false }).attribute(x, { baselines, target: 1 })) as Tensor<'float32'>;
  const gradient = (await new Saliency(model).attribute(x, { target: 1, abs: false })) as Tensor<'float32'>;
  return Math.max(...multipliers.data.map((value, index) => Math.abs(value - gradient.data[index])));
}

test('DeepLift keeps the derivative of a Softmax that is a function within attention', async () => {
  assert.ok((await distanceFromGradient(attention('/attention/Softmax'))) < 1e-6);
});

test('DeepLift has the rule of a Softmax that is a module within attention', async () => {
  assert.ok((await distanceFromGradient(attention('/attention/softmax/Softmax'))) > 0.01);
});

test('DeepLift has the rule of a Softmax that weighs no other value', async () => {
  assert.ok((await distanceFromGradient(classifier)) > 0.01);
});

/** The mean of `x * act(x)`, written with nodes of these names. */
const gated = (act: string, product: string): NodeProto[] => [
  node('MatMul', ['x', 'w'], ['h'], {}, named('/MatMul')),
  node('Sigmoid', ['h'], ['share'], {}, named(act)),
  node('Mul', ['h', 'share'], ['active'], {}, named(product)),
  node('ReduceMean', ['active'], ['y'], { axes: [1], keepdims: 0 }, named('/ReduceMean')),
];

test('DeepLift keeps the derivative of an activation that is written as a product', async () => {
  assert.ok((await distanceFromGradient(gated('/act/Sigmoid', '/act/Mul'))) < 1e-6);
});

test('DeepLift has the rule of a Sigmoid that is a module in a product', async () => {
  assert.ok((await distanceFromGradient(gated('/sigmoid/Sigmoid', '/Mul'))) > 0.01);
});
