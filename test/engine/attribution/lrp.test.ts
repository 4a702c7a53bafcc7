import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runJob } from '../../../src/engine/attribution/job';
import { LayerLRP, LRP, type LayerRules } from '../../../src/engine/attribution/lrp';
import { explanationOf } from '../../../src/engine/attribution/results';
import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import type { Model } from '../../../src/engine/models/model';
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

/** nn.Linear q and o; w = softmax(q(x) @ x^T), y = o(mean(w @ x)), where all but q and o are functions that are called. */
async function attention(softmax = '/Softmax'): Promise<Model> {
  const at = (op: string, name: string, input: string[], output: string, attributes = {}): NodeProto => node(op, input, [output], attributes, { name });
  const nodes = [
    at('MatMul', '/q/MatMul', ['x', 'wq'], 'h'),
    at('Add', '/q/Add', ['bq', 'h'], 'q'),
    at('Transpose', '/Transpose', ['x'], 'turned', { perm: [0, 2, 1] }),
    at('MatMul', '/MatMul', ['q', 'turned'], 'scores'),
    at('Softmax', softmax, ['scores'], 'w', { axis: -1 }),
    at('MatMul', '/MatMul_1', ['w', 'x'], 'weighed'),
    at('ReduceMean', '/ReduceMean', ['weighed'], 'mean', { axes: [1], keepdims: 0 }),
    at('Gemm', '/o/Gemm', ['mean', 'wo', 'bo'], 'y', { transB: 1 }),
  ];
  const initializer = [floats('wq', [1, 0.25, -0.5, 2], [2, 2]), floats('bq', [0.5, -0.25]), floats('wo', [1, 2, -1, 0.5], [2, 2]), floats('bo', [0.125, 0.5])];
  return loadOnnxModel(onnx(13, { node: nodes, initializer, input: [port('x', ['N', 2, 2])], output: [port('y', ['N', 2])] }));
}

const tokens = float32([1, 0.5, -0.25, 2, 0.75, -1, 0.5, 0.25], [2, 2, 2]);
const assertEqual = ({ data }: Tensor<'float32'>, expected: readonly number[]): void => assert.ok(data.length === expected.length && data.every((value, index) => Math.abs(value - expected[index]) < 1e-6), data.join());

test('LRP passes functions that are called by their gradient where one has no rule, as Captum does, and says so once', async () => {
  const model = await attention();
  const said: string[] = [];
  const [attributions, deltas] = await runJob({ onWarning: (message) => said.push(message) }, () => new LRP(model).attribute(tokens, { target: 1, returnConvergenceDelta: true }));
  assertEqual(attributions, [-0.32271987199783325, 0.30538854002952576, -0.0374387763440609, 1.527470350265503, -0.3264133036136627, 0.20982176065444946, -0.1259867250919342, -0.06939950585365295]);
  assertEqual(deltas, [-0.23986899852752686, -0.17162790894508362]);
  assert.deepEqual(said, ["LRP has no rule for MatMul, Softmax, MatMul 'MatMul_1': functions that are called, not modules, pass relevance by their gradient here, as in Captum, and it is not conserved there"]);
  assert.deepEqual(explanationOf(attributions)?.warnings, said);
  assertEqual(await new LayerLRP(model, 'q').attribute(tokens, { target: 1 }), [-0.2030252069234848, 0.24363021552562714, -0.0012570209801197052, 0.001508370041847229, 0.0012175333686172962, -0.006087641231715679, 0.006727961823344231, -0.033639781177043915]);
});

test('LRP refuses a module without a rule by name, whatever functions are called', async () => {
  await assert.rejects(new LRP(await attention('/s/Softmax')).attribute(tokens, { target: 1 }), { code: 'unsupported-operator', message: "Softmax 's': LRP has no default rule for this operator" });
});
