import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { differentiate, gradientName, seedName } from '../../../src/engine/graph/differentiate';
import type { Graph } from '../../../src/engine/graph/graph';
import { poolBeforeRelu } from '../../../src/engine/graph/poolBeforeRelu';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, sizeOf } from '../../../src/engine/tensor';

const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

/** Two Relus, each read by a MaxPool: windows that overlap, with pads; then the first alone read twice. */
function network(readTwice: boolean): Graph {
  const builder = new GraphBuilder('pools');
  const x = builder.input('x', 'float32', [2, 3, 9, 9]);
  const relu = builder.op('Relu', [x], {}, { name: 'relu' });
  const pool = builder.op('MaxPool', [relu], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, { name: 'pool' });
  const shifted = builder.op('Add', [pool, builder.scalar(-1)]);
  const last = builder.op('MaxPool', [builder.op('Relu', [shifted], {}, { name: 'relu2' })], { kernel_shape: [2, 2], strides: [2, 2] }, { name: 'pool2' });
  return builder.build(readTwice ? [last, builder.op('Exp', [relu])] : [last]);
}

test('a Relu that only a MaxPool reads comes after it, and the names of what is left are the same', () => {
  const graph = poolBeforeRelu(network(false), new Set());
  assert.deepEqual(ops(graph), ['MaxPool', 'Relu', 'Add', 'MaxPool', 'Relu']);
  assert.deepEqual(graph.nodes.map(({ name }) => name), ['pool', 'relu', 'Add', 'pool2', 'relu2']);
  assert.deepEqual(graph.outputs, network(false).outputs);
});

test('a Relu that something else reads, or that is kept, stays where it is', () => {
  assert.deepEqual(ops(poolBeforeRelu(network(true), new Set())), ['Relu', 'MaxPool', 'Add', 'MaxPool', 'Relu', 'Exp']);
  assert.deepEqual(ops(poolBeforeRelu(network(false), new Set(['relu']))), ['Relu', 'MaxPool', 'Add', 'MaxPool', 'Relu']);
});

test('outputs and gradients are the same to the bit, also where elements are equally large or negative', async () => {
  const runtime = await loaded;
  const run = async (graph: Graph) => {
    const gradient = differentiate(graph, { of: 'pool2', wrt: ['x'] });
    const values = (shape: readonly number[], step: number) => float32(Float32Array.from({ length: sizeOf(shape) }, (_, index) => ((index * step) % 5) - 2), [...shape]); // many equal ones
    return (await runtime.compile(gradient)).run({ x: values([2, 3, 9, 9], 7), [seedName('pool2')]: values([2, 3, 2, 2], 3) });
  };
  const before = await run(network(false));
  assert.ok(before[gradientName('x')].data.some((value) => value !== 0));
  assert.deepEqual(await run(poolBeforeRelu(network(false), new Set(['pool2']))), before);
});
