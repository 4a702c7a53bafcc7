import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Graph } from '../../../src/engine/graph/graph';
import { simplify } from '../../../src/engine/graph/simplify';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, sizeOf } from '../../../src/engine/tensor';

const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

const wave = (shape: number[], phase: number) => float32(Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(1.3 * index + phase)), shape);
const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

async function assertSameOutputs(left: Graph, right: Graph): Promise<void> {
  const runtime = await loaded;
  const feeds = Object.fromEntries(left.inputs.map((input, index) => [input.name, wave([...input.shape], index)]));
  const [a, b] = await Promise.all([left, right].map(async (graph) => (await runtime.compile(graph)).run(feeds)));
  assert.deepEqual(Object.keys(a), Object.keys(b));
  for (const name of left.outputs) {
    assert.deepEqual(a[name].shape, b[name].shape);
    a[name].data.forEach((value, index) => assert.ok(Math.abs(Number(value) - Number(b[name].data[index])) < 1e-5));
  }
}

/** Conv (with bias or not), BatchNormalization, Relu. */
function convNet(withBias: boolean): Graph {
  const builder = new GraphBuilder('conv net');
  const x = builder.input('x', 'float32', [2, 3, 6, 6]);
  const weight = builder.constant(wave([4, 3, 3, 3], 1), 'weight');
  const bias = withBias ? builder.constant(wave([4], 2), 'bias') : undefined;
  const conv = builder.op('Conv', bias ? [x, weight, bias] : [x, weight], { kernel_shape: [3, 3] }, { name: 'conv' });
  const vectors = [float32([1, -2, 0.5, 3], [4]), wave([4], 3), wave([4], 4), float32([0.1, 1, 2, 5], [4])].map((tensor, index) => builder.constant(tensor, `norm${index}`));
  const norm = builder.op('BatchNormalization', [conv, ...vectors], { epsilon: 1e-3 }, { name: 'norm' });
  return builder.build([builder.op('Relu', [norm], {}, { name: 'relu' })]);
}

for (const withBias of [false, true]) {
  test(`a BatchNormalization goes into the Conv before it, ${withBias ? 'with' : 'without'} bias`, async () => {
    const graph = convNet(withBias);
    const simple = simplify(graph);
    assert.deepEqual(ops(simple), ['Conv', 'Relu']);
    assert.equal(simple.nodes[0].name, 'conv');
    assert.deepEqual(simple.nodes[0].outputs, ['norm']);
    await assertSameOutputs(graph, simple);
  });
}

test('a Conv whose own output is kept, or used twice, keeps its BatchNormalization', async () => {
  const graph = convNet(true);
  assert.deepEqual(ops(simplify(graph, { keep: ['conv'] })), ['Conv', 'BatchNormalization', 'Relu']);
  assert.deepEqual(ops(simplify(graph, { keep: ['norm'] })), ['Conv', 'Relu']);
  const builder = new GraphBuilder('two users', graph);
  const both = builder.build([builder.op('Add', [builder.value('conv'), builder.value('relu')])]);
  assert.deepEqual(ops(simplify(both)), ['Conv', 'BatchNormalization', 'Relu', 'Add']);
});

test('graphs of different batch sizes share the weights that took in a BatchNormalization', () => {
  const graph = convNet(true);
  const [first, second] = [simplify(graph), simplify({ ...graph, name: 'again' })];
  assert.equal(first.constants.get(first.nodes[0].inputs[1]), second.constants.get(second.nodes[0].inputs[1]));
});

test('nodes that return their input are dropped, except where their value is kept', async () => {
  const builder = new GraphBuilder('identities');
  const x = builder.input('x', 'float32', [2, 3]);
  const identity = builder.op('Identity', [x], {}, { name: 'identity' });
  const reshaped = builder.op('Reshape', [identity, builder.integers([2, 3])], {}, { name: 'reshape' });
  const cast = builder.op('Cast', [reshaped], { to: 1 }, { name: 'cast' });
  const relu = builder.op('Relu', [cast], {}, { name: 'relu' });
  const graph = builder.build([builder.op('Identity', [relu], {}, { name: 'y' })]);
  const simple = simplify(graph);
  assert.deepEqual(ops(simple), ['Relu', 'Identity']);
  assert.deepEqual(simple.nodes[0].inputs, ['x']);
  await assertSameOutputs(graph, simple);
  assert.deepEqual(
    simplify(graph, { keep: ['reshape'] }).nodes.map(({ name }) => name),
    ['reshape', 'relu', 'y'],
  );
});

test('a Reshape or Cast that changes something stays', () => {
  const builder = new GraphBuilder('changes');
  const x = builder.input('x', 'float32', [2, 3]);
  const cast = builder.op('Cast', [x], { to: 7 });
  const graph = builder.build([builder.op('Reshape', [cast, builder.integers([3, 2])])]);
  assert.deepEqual(ops(simplify(graph)), ['Cast', 'Reshape']);
});

test('nodes on constants are computed', async () => {
  const builder = new GraphBuilder('constants');
  const x = builder.input('x', 'float32', [2, 3]);
  const weight = builder.constant(wave([2, 3], 1), 'weight');
  const transposed = builder.op('Transpose', [weight], { perm: [1, 0] });
  const graph = builder.build([builder.op('MatMul', [x, builder.op('Abs', [transposed])], {}, { name: 'y' })]);
  const simple = simplify(graph);
  assert.deepEqual(ops(simple), ['MatMul']);
  await assertSameOutputs(graph, simple);
});
