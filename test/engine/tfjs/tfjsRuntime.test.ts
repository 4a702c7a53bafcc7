import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { float32, int64, tensor, type Tensor } from '../../../src/engine/tensor';
import { loaded } from './support';

const everyType: Record<string, Tensor> = {
  float32: float32([1.5, -2, 3], [3]),
  int64: int64([2 ** 30, -1, 7], [3]),
  int32: tensor('int32', Int32Array.of(1, -2, 3), [3]),
  uint8: tensor('uint8', Uint8Array.of(1, 200, 3), [3]),
  int8: tensor('int8', Int8Array.of(1, -100, 3), [3]),
  bool: tensor('bool', Uint8Array.of(1, 0, 1), [3]),
};

function identityGraph(value: Tensor) {
  const builder = new GraphBuilder('identity');
  const x = builder.input('x', value.dtype, value.shape);
  return builder.build([builder.op('Identity', [x], {}, { name: 'y' }), builder.constant(value, 'c'), x]);
}

for (const [dtype, value] of Object.entries(everyType)) {
  test(`${dtype} tensors pass through unchanged: fed, constant, and as output`, async () => {
    const tf = await loaded;
    const before = tf.memory().numTensors;
    const runtime = createTfjsRuntime(tf);
    const executable = await runtime.compile(identityGraph(value));
    assert.deepEqual(await executable.run({ x: value }), { y: value, c: value, x: value });
    await runtime.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

test('int64 beyond int32 becomes the nearest', async () => {
  const value = int64([2n ** 60n, -(2n ** 40n)], [2]);
  const runtime = createTfjsRuntime(await loaded);
  const executable = await runtime.compile(identityGraph(value));
  assert.deepEqual((await executable.run({ x: value })).y, int64([2n ** 31n - 1n, -(2n ** 31n)], [2]));
  await runtime.dispose();
});

test('what nothing reads any more is freed while the graph runs', async () => {
  const tf = await loaded;
  const builder = new GraphBuilder('chain');
  let value = builder.input('x', 'float32', [1000]);
  for (let index = 0; index < 20; index++) value = builder.op('Sin', [value]);
  const executable = await createTfjsRuntime(tf).compile(builder.build([value]));
  const engine = tf.engine();
  const { runKernel } = engine;
  let most = 0;
  Object.assign(engine, { runKernel: (...call: Parameters<typeof runKernel>) => { const result = runKernel.apply(engine, call); most = Math.max(most, tf.memory().numTensors); return result; } });
  const before = tf.memory().numTensors;
  try {
    await executable.run({ x: float32(new Float32Array(1000).fill(1), [1000]) });
  } finally {
    Reflect.deleteProperty(engine, 'runKernel');
  }
  assert.ok(most - before <= 3, `at most 3 tensors at once, got ${most - before}`);
  assert.equal(tf.memory().numTensors, before);
  await executable.dispose();
});

test('a failing node is named, and frees what was there', async () => {
  const tf = await loaded;
  const builder = new GraphBuilder('failing');
  const x = builder.input('x', 'float32', [2]);
  const graph = builder.build([builder.op('MatMul', [builder.op('Neg', [x], {}, { name: 'first' }), x], {}, { name: 'second' })]);
  const broken = { ...graph, values: new Map(graph.values), nodes: graph.nodes.map((node) => (node.op === 'Neg' ? { ...node, op: 'Slice', inputs: ['x', 'x', 'x'] } : node)) };
  const executable = await createTfjsRuntime(tf).compile(broken);
  const before = tf.memory().numTensors;
  await assert.rejects(executable.run({ x: float32([1, 2], [2]) }), /Slice 'first'/);
  assert.equal(tf.memory().numTensors, before);
  await executable.dispose();
});

test('operators without a kernel are named when the graph is compiled', async () => {
  const builder = new GraphBuilder('g');
  const graph = builder.build([builder.op('Neg', [builder.input('x', 'float32', [1])], {}, { name: 'n' })]);
  await assert.rejects(createTfjsRuntime(await loaded).compile({ ...graph, nodes: [{ ...graph.nodes[0], op: 'NoSuchOperator' }] }), { code: 'unsupported-operator', message: /NoSuchOperator 'n'/ });
});

test('a feed that is missing or does not fit is refused by name', async () => {
  const runtime = createTfjsRuntime(await loaded);
  const executable = await runtime.compile(identityGraph(everyType.float32));
  await assert.rejects(executable.run({}), { code: 'invalid-argument', message: "Graph 'identity': input 'x' is not fed" });
  await assert.rejects(executable.run({ x: float32([1], [1]) }), { code: 'shape-mismatch', message: "Graph 'identity': input 'x' must be float32 [3], got float32 [1]" });
  await runtime.dispose();
  await assert.rejects(executable.run({ x: everyType.float32 }), { code: 'runtime-failure', message: /after it was disposed/ });
});

test('constants are uploaded once and counted', async () => {
  const tf = await loaded;
  const builder = new GraphBuilder('constants');
  const sum = builder.op('Add', [builder.input('x', 'float32', [4]), builder.constant(float32([1, 2, 3, 4], [4]), 'w')]);
  builder.constant(float32(new Float32Array(100), [100]), 'unused');
  const before = tf.memory().numTensors;
  const executable = await createTfjsRuntime(tf).compile(builder.build([sum]));
  assert.equal(tf.memory().numTensors, before + 1);
  assert.equal(executable.bytes, 16);
  await executable.dispose();
  assert.equal(tf.memory().numTensors, before);
});
