import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Graph } from '../../../src/engine/graph/graph';
import { toOnnx, toOnnxAndWeights } from '../../../src/engine/graph/onnxWriter';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, int64, tensor } from '../../../src/engine/tensor';

/** Attributes of every kind, constants of every type, an omitted input. */
function manyKinds(): Graph {
  const builder = new GraphBuilder('many kinds');
  const x = builder.input('x', 'float32', [2, 3]);
  const leaky = builder.op('LeakyRelu', [x], { alpha: 2 }, { name: 'leaky' });
  const clipped = builder.op('Clip', [leaky, undefined, builder.constant(float32([4], []), 'high')], {}, { name: 'clipped' });
  const [top] = builder.node('Split', [clipped, builder.integers([1, 2])], { axis: 1 }, { name: 'split', outputs: ['top', 'bottom'] });
  const reduced = builder.op('ReduceMean', [top], { axes: [1], keepdims: 0 }, { name: 'reduced' });
  const cast = builder.op('Cast', [reduced], { to: 7 }, { name: 'cast' });
  const sum = builder.op('Add', [cast, builder.constant(int64([2n ** 60n, -1], [2]), 'big')], {}, { name: 'sum' });
  const others = [
    builder.constant(tensor('int32', Int32Array.of(-5), [1]), 'int32'),
    builder.constant(tensor('uint8', Uint8Array.of(255), [1]), 'uint8'),
    builder.constant(tensor('int8', Int8Array.of(-128), [1]), 'int8'),
    builder.constant(tensor('bool', Uint8Array.of(1, 0), [2]), 'bool'),
    builder.constant(tensor('string', ['ä', ''], [2]), 'string'),
    builder.constant(float32([], [0, 2]), 'empty'),
  ];
  return builder.build([sum, 'bottom', ...others]);
}

test('a graph that is written and read is the same graph', async () => {
  const graph = manyKinds();
  const model = await loadOnnxModel(toOnnx(graph), { name: graph.name });
  assert.deepEqual(model.inputs, graph.inputs);
  const declared = graph.outputs.map((name) => graph.values.get(name)!).map(({ shape, ...port }) => ({ ...port, shape: shape.map((dim) => dim || -1) })); // files often say 0 for a free axis
  assert.deepEqual(model.outputs, declared);
  const read = await model.graph([{ dtype: 'float32', shape: [2, 3] }]);
  assert.deepEqual(read.nodes, graph.nodes);
  assert.deepEqual(new Map([...read.constants].sort()), new Map([...graph.constants].sort()));
  assert.deepEqual(new Map([...read.values].sort()), new Map([...graph.values].sort()));
});

test('a graph with bitwise operators is written as opset 18 and read as the same graph', async () => {
  const builder = new GraphBuilder('bits');
  const x = builder.input('x', 'float32', [4, 3]);
  const [top, bottom] = builder.node('Split', [x], { axis: 0 }, { name: 'split', outputs: ['top', 'bottom'] });
  const whole = [top, bottom].map((part, index) => builder.op('Cast', [builder.op('ReduceMax', [part], { axes: [1], keepdims: 0 }, { name: `reduced${index}` })], { to: 6 }, { name: `whole${index}` }));
  const graph = builder.build([builder.op('BitwiseOr', whole, {}, { name: 'y' })]);
  const model = await loadOnnxModel(toOnnx(graph), { name: graph.name });
  assert.match(model.origin, /^Operator set 18,/);
  assert.deepEqual((await model.graph([{ dtype: 'float32', shape: [4, 3] }])).nodes.map(({ op, attributes }) => [op, attributes]), graph.nodes.map(({ op, attributes }) => [op, attributes]));
  const runtime = await OnnxRuntime.load();
  const executable = await runtime.compile(graph);
  const { y } = await executable.run({ x: float32([1, 2, 3, 4, 0, 1, 8, 2, 5, 1, 1, 2], [4, 3]) });
  assert.deepEqual(y, tensor('int32', Int32Array.of(11, 6), [2]));
  await runtime.dispose();
});

test('a whole number in a float attribute is written as a float', async () => {
  const builder = new GraphBuilder('elu');
  const x = builder.input('x', 'float32', [1]);
  const bytes = toOnnx(builder.build([builder.op('Elu', [x], { alpha: 2 })]));
  const read = await (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape: [1] }]);
  assert.deepEqual(read.nodes[0].attributes, { alpha: 2 });
  const runtime = await OnnxRuntime.load();
  const executable = await runtime.compile(read);
  const { Elu } = await executable.run({ x: float32([-1], [1]) });
  assert.ok(Math.abs(Number(Elu.data[0]) - 2 * (Math.exp(-1) - 1)) < 1e-6);
  await runtime.dispose();
});

test('large weights outside of the file are not copied, and are read again', async () => {
  const builder = new GraphBuilder('large');
  const weights = float32(Float32Array.from({ length: 2000 }, (_, index) => index), [2, 1000]);
  const graph = builder.build([builder.op('MatMul', [builder.input('x', 'float32', [1, 2]), builder.constant(weights, 'weights')], {}, { name: 'y' })]);
  const { model, weights: outside } = toOnnxAndWeights(graph);
  assert.ok(model.byteLength < 1000);
  assert.equal(outside[0].data.buffer, weights.data.buffer);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'onnx-weights-'));
  try {
    for (const { path: name, data } of outside) await writeFile(path.join(folder, name), data);
    await writeFile(path.join(folder, 'model.onnx'), model);
    const read = await (await loadOnnxModel(path.join(folder, 'model.onnx'))).graph([{ dtype: 'float32', shape: [1, 2] }]);
    assert.deepEqual(read.constants, graph.constants);
  } finally {
    await rm(folder, { recursive: true });
  }
});
