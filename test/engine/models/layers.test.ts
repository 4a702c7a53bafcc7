import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { floats, node, onnx, port } from './onnxBuilder';

/** A chain of nodes from `x` to `y`; each is an operator and its node's name. */
function chain(...steps: [op: string, name: string][]): NodeProto[] {
  return steps.map(([op, name], index) => node(op, [index === 0 ? 'x' : `v${index}`], [index === steps.length - 1 ? 'y' : `v${index + 1}`], {}, { name }));
}

async function layers(nodes: NodeProto[], weights: string[] = []): Promise<string[]> {
  const bytes = onnx(17, { node: nodes, initializer: weights.map((name) => floats(name, [1])), input: [port('x', ['N', 1])], output: [port('y', ['N', 1])] });
  return (await loadOnnxModel(bytes)).layers.map(({ name, op, output }) => `${name} [${op}] ${output}`);
}

test("PyTorch's scopes become module paths, modules of several nodes have the value that leaves them", async () => {
  const nodes = chain(['Relu', '/layer1/layer1.0/act/Relu'], ['Neg', '/layer1/layer1.1/Neg'], ['Abs', '/layer1/layer1.1/Abs'], ['Exp', '/Exp']);
  assert.deepEqual(await layers(nodes), [
    'layer1.0.act [Relu] v1',
    'layer1.0 [Relu] v1',
    'layer1.1.Neg [Neg] v2',
    'layer1.1.Abs [Abs] v3',
    'layer1.1 [Neg + Abs] v3',
    'layer1 [Relu + Neg + Abs] v3',
    'Exp [Exp] y',
  ]);
});

test("the newer PyTorch exporter's metadata is used", async () => {
  const [first, second] = chain(['Relu', 'node_relu'], ['Neg', 'node_neg']);
  first.metadataProps.push({ $typeName: 'onnx.StringStringEntryProto', key: 'pkg.torch.onnx.name_scopes', value: "['', 'block', 'block.act', 'relu']" });
  second.metadataProps.push({ $typeName: 'onnx.StringStringEntryProto', key: 'pkg.torch.onnx.name_scopes', value: "['', 'neg']" });
  assert.deepEqual(await layers([first, second]), ['block.act [Relu] v1', 'block [Relu] v1', 'node_neg [Neg] y']);
});

test('without scopes a node has the name of the module that its weights belong to', async () => {
  const nodes = [node('Mul', ['x', 'block.scale.weight'], ['a'], {}, { name: 'Mul_0' }), node('Add', ['a', 'onnx::Add_7'], ['y'], {}, { name: 'Add_1' })];
  assert.deepEqual(await layers(nodes, ['block.scale.weight', 'onnx::Add_7']), ['block.scale [Mul] a', 'block [Mul] a', 'Add_1 [Add] y']);
});

test("TensorFlow's slashes are kept", async () => {
  const nodes = chain(['Relu', 'model/dense/Relu'], ['Neg', 'model/out/Neg'], ['Abs', 'model/out/Abs']);
  assert.deepEqual(await layers(nodes), ['model/dense [Relu] v1', 'model/out/Neg [Neg] v2', 'model/out/Abs [Abs] y', 'model/out [Neg + Abs] y', 'model [Relu + Neg + Abs] y']);
});

test('a module that two values leave is no layer, its nodes are', async () => {
  const nodes = [node('Relu', ['x'], ['a'], {}, { name: '/two/Relu' }), node('Neg', ['x'], ['b'], {}, { name: '/two/Neg' }), node('Add', ['a', 'b'], ['y'], {}, { name: '/Add' })];
  assert.deepEqual(await layers(nodes), ['two.Relu [Relu] a', 'two.Neg [Neg] b', 'Add [Add] y']);
});

test('nodes without a name have that of their value, equal names are told apart', async () => {
  assert.deepEqual(await layers(chain(['Relu', ''], ['Neg', 'same'], ['Abs', 'same'])), ['v1 [Relu] v1', 'same [Neg] v2', 'same_1 [Abs] y']);
});

test('what only computes shapes is no layer', async () => {
  const nodes = [node('Shape', ['x'], ['s']), node('Identity', ['s'], ['t']), node('Reshape', ['x', 't'], ['y'])];
  assert.deepEqual(await layers(nodes), ['y [Reshape] y']);
});

test('the graph names its nodes as the layers do', async () => {
  const bytes = onnx(17, { node: chain(['Relu', '/features/features.0/Relu'], ['Neg', '/Neg']), input: [port('x', ['N', 1])], output: [port('y', ['N', 1])] });
  const graph = await (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape: [2, 1] }]);
  assert.deepEqual(graph.nodes.map(({ name }) => name), ['features.0', 'Neg']);
});
