import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LRP, type LayerRules } from '../../../src/engine/attribution/lrp';
import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { floats, ints, node, onnx, port } from '../models/onnxBuilder';

const x = float32(Float32Array.from({ length: 18 }, (_, index) => 1 + Math.sin(3 * index + 1)), [3, 2, 3]);
const weights = [floats('w', [0.5, -1, 2, 1, 0.3, -0.7, -0.2, 0.9, 1.1], [3, 3]), floats('three', [3], []), ints('one', [1]), ints('first', [0])];

/** The delta of LRP for each example, F(x) - sum(R), of a model from [N, 2, 3] to [N, 3] without biases. */
async function delta(nodes: NodeProto[], rules: LayerRules = {}, batch: number | 'N' = 'N'): Promise<number[]> {
  const model = await loadOnnxModel(onnx(13, { node: nodes, initializer: weights, input: [port('x', [batch, 2, 3])], output: [port('y', [batch, 3])] }));
  const [attributions, deltas] = (await new LRP(model, { rules }).attribute(x, { target: 1, returnConvergenceDelta: true })) as [Tensor<'float32'>, Tensor<'float32'>];
  assert.ok(attributions.data.some((value) => Math.abs(value) > 0.1));
  return [...deltas.data];
}

const assertZero = (values: readonly number[]): void => assert.ok(values.length === 3 && values.every((value) => Math.abs(value) < 1e-4), `must be 0: ${values.join(', ')}`);

const gate = [node('MatMul', ['x', 'w'], ['a']), node('Mul', ['a', 'x'], ['gated']), node('ReduceMean', ['gated'], ['y'], { axes: [1], keepdims: 0 })];
const scaled = [node('MatMul', ['x', 'w'], ['a']), node('Mul', ['three', 'a'], ['b']), node('Div', ['b', 'three'], ['c']), node('ReduceSum', ['c', 'one'], ['y'], { keepdims: 0 })];
const squeezed = [node('Squeeze', ['x', 'first'], ['matrix']), node('Unsqueeze', ['matrix', 'first'], ['again']), node('MatMul', ['again', 'w'], ['a']), node('ReduceSum', ['a', 'one'], ['y'], { keepdims: 0 })];

test('LRP refuses a product of two computed values by name', async () => {
  await assert.rejects(delta(gate), { code: 'unsupported-operator', message: "Mul 'gated': LRP has no default rule for two values of which none is constant", nextStep: /Set a rule/ });
});

test('LRP keeps relevance in a product of two computed values that has a rule', async () => assertZero(await delta(gate, { gated: { rule: 'EpsilonRule' } })));

test('LRP keeps relevance through constant factors and sums', async () => assertZero(await delta(scaled)));

test('LRP keeps relevance through a sum with the GammaRule', async () => assertZero(await delta(scaled, { y: { rule: 'GammaRule' } })));

test('LRP takes several examples, and rules of layers, on a model of one example at a time', async () => assertZero(await delta(squeezed, { a: { rule: 'EpsilonRule', epsilon: 1e-8 } }, 1)));
