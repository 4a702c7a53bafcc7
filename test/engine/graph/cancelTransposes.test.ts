import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { cancelTransposes } from '../../../src/engine/graph/cancelTransposes';
import { differentiate, gradientName } from '../../../src/engine/graph/differentiate';
import type { Graph, ValueInfo } from '../../../src/engine/graph/graph';
import { prune } from '../../../src/engine/graph/prune';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, sizeOf, toNumbers, type Tensor } from '../../../src/engine/tensor';
import { randomFrom } from '../operators/random';

const runtime = OnnxRuntime.load({ threads: 1 });
after(async () => (await runtime).dispose());

const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];

const random = (name: string, ...shape: number[]): Tensor<'float32'> => {
  const next = randomFrom(name);
  return float32(Float32Array.from({ length: sizeOf(shape) }, () => next() - 0.5), shape);
};

/** A graph over images x [2, 4, 5, 3] and what `body` does with it. */
function build(body: (builder: GraphBuilder, x: ValueInfo, layers: ReturnType<typeof layersOf>) => ValueInfo): Graph {
  const builder = new GraphBuilder('test');
  return builder.build([body(builder, builder.input('x', 'float32', [2, 4, 5, 3]), layersOf(builder))]);
}

const layersOf = (builder: GraphBuilder) => ({
  /** A convolution of images with channels last, as TensorFlow has it. */
  conv: (x: ValueInfo, channels: number, name: string): ValueInfo => {
    const first = builder.op('Transpose', [x], { perm: TO_FIRST });
    const weights = builder.constant(random(name, channels, x.shape[3], 3, 3), `${name}/kernel`);
    const y = builder.op('Conv', [first, weights], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] });
    return builder.op('Transpose', [y], { perm: TO_LAST }, { name });
  },
  constant: (name: string, ...shape: number[]): ValueInfo => builder.constant(random(name, ...shape), name),
});

const count = (graph: Graph, op = 'Transpose'): number => graph.nodes.filter((node) => node.op === op).length;

/** The rewritten graph, checked to compute the same values and gradients. */
async function rewritten(graph: Graph, keep: string[] = []): Promise<Graph> {
  const result = prune(cancelTransposes(graph, new Set(keep)));
  const feeds = { x: random('x', 2, 4, 5, 3) };
  await assertSame(graph, result, feeds);
  const [output] = graph.outputs;
  const seed = { [`seed/${output}`]: random('seed', ...(graph.values.get(output)?.shape ?? [])) };
  const backward = differentiate(graph, { of: output, wrt: ['x'] });
  await assertSame(backward, prune(cancelTransposes(backward, new Set([gradientName('x')]))), { ...feeds, ...seed });
  return result;
}

async function assertSame(left: Graph, right: Graph, feeds: Record<string, Tensor>): Promise<void> {
  assert.deepEqual(right.outputs, left.outputs);
  const names = right.nodes.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'names of nodes are unique');
  const run = async (graph: Graph): Promise<Record<string, Tensor>> => {
    const executable = await (await runtime).compile(graph);
    const results = await executable.run(feeds);
    await executable.dispose();
    return results;
  };
  const [wanted, got] = [await run(left), await run(right)];
  for (const name of left.outputs) {
    assert.deepEqual(got[name].shape, wanted[name].shape, name);
    const numbers = toNumbers(got[name]);
    for (const [index, value] of toNumbers(wanted[name]).entries()) assert.ok(Math.abs(value - numbers[index]) < 1e-5, `${name}[${index}]: ${numbers[index]}, must be ${value}`);
  }
}

test('transposes between convolutions, activations and residual sums disappear', async () => {
  const graph = build((builder, x, { conv }) => {
    const stem = conv(x, 4, 'stem');
    const inner = conv(builder.op('Relu', [stem]), 4, 'inner');
    return builder.op('Relu', [builder.op('Add', [stem, inner])], {}, { name: 'y' });
  });
  assert.equal(count(graph), 4);
  assert.equal(count(await rewritten(graph)), 2);
});

test('constants of every rank go to the other layout', async () => {
  const graph = build((builder, x, { conv, constant }) => {
    let value = conv(x, 4, 'first');
    for (const [index, shape] of [[4], [5, 4], [1, 1, 1, 4], [4, 5, 1], [2, 1, 1, 1], []].entries()) value = builder.op(index % 2 ? 'Mul' : 'Add', [constant(`c${index}`, ...shape), value]);
    return conv(builder.op('PRelu', [value, constant('slope', 4)]), 2, 'y');
  });
  assert.equal(count(await rewritten(graph)), 2);
});

test('concatenations, pads, reductions and clips move', async () => {
  const graph = build((builder, x, { conv }) => {
    const [left, right] = [conv(x, 2, 'left'), conv(x, 3, 'right')];
    const joined = builder.op('Concat', [left, right], { axis: -1 });
    const padded = builder.op('Pad', [joined, builder.integers([0, 1, 2, 0, 0, 0, 1, 0])]);
    const scaled = builder.op('Mul', [padded, builder.op('ReduceMax', [padded], { axes: [1, 2], keepdims: 1 })]);
    const mean = builder.op('ReduceMean', [builder.op('Clip', [scaled, builder.scalar(-1), builder.scalar(1)])], { axes: [-2, 1], keepdims: 0 });
    return builder.op('MatMul', [mean, builder.constant(random('w', 5, 2), 'w')], {}, { name: 'y' });
  });
  const result = await rewritten(graph);
  assert.equal(count(result), 2, 'only those of x are left');
  assert.ok(result.nodes.filter(({ op }) => op === 'Transpose').every(({ inputs }) => inputs[0] === 'x'));
});

test('sums over some axes, and reductions of the channels', async () => {
  const graph = build((builder, x, { conv }) => {
    const value = conv(x, 4, 'first');
    const least = builder.op('ReduceMin', [value], { axes: [3], keepdims: 1 });
    const sums = builder.op('ReduceSum', [builder.op('Mul', [value, least]), builder.integers([1])], { keepdims: 0 });
    return builder.op('Exp', [sums], {}, { name: 'y' });
  });
  assert.equal(count(await rewritten(graph)), 2);
});

test('a gate of one number for each channel is reshaped, not transposed', async () => {
  const graph = build((builder, x, { conv }) => {
    const value = conv(x, 4, 'first');
    const pooled = builder.op('ReduceMean', [value], { axes: [1, 2], keepdims: 0 });
    const gate = builder.op('Reshape', [builder.op('Sigmoid', [builder.op('MatMul', [pooled, builder.constant(random('w', 4, 4), 'w')])]), builder.integers([2, 1, 1, 4])]);
    return conv(builder.op('Mul', [value, gate]), 2, 'y');
  });
  assert.equal(count(await rewritten(graph)), 2);
});

test('a smaller operand is transposed rather than a larger one', async () => {
  const graph = build((builder, x, { conv }) => {
    const rows = builder.op('ReduceMean', [x], { axes: [0], keepdims: 1 });
    const three = conv(x, 3, 'first');
    return conv(builder.op('Add', [three, rows]), 2, 'y');
  });
  const result = await rewritten(graph);
  const sizes = result.nodes.filter(({ op }) => op === 'Transpose').map(({ outputs }) => sizeOf(result.values.get(outputs[0])!.shape));
  assert.deepEqual(sizes.sort((a, b) => a - b), [60, 80, 120]);
});

test('a layout that an operator needs is restored, once for all that read it', async () => {
  const graph = build((builder, x, { conv }) => {
    const value = builder.op('Tanh', [conv(x, 4, 'first')]);
    const flat = builder.op('Reshape', [value, builder.integers([2, 80])]);
    const soft = builder.op('Reshape', [builder.op('Softmax', [value], { axis: -1 }), builder.integers([2, 80])]);
    return builder.op('Mul', [flat, soft], {}, { name: 'y' });
  });
  assert.equal(count(await rewritten(graph)), 2);
});

test('kept values stay on the way to the output, in their layout', async () => {
  const graph = build((builder, x, { conv }) => conv(builder.op('Relu', [conv(x, 4, 'stem')], {}, { name: 'relu' }), 2, 'y'));
  const result = await rewritten(graph, ['relu']);
  assert.deepEqual(result.values.get('relu')?.shape, [2, 4, 5, 4]);
  const backward = differentiate(result, { of: 'y', wrt: ['relu'] });
  assert.deepEqual(backward.values.get(gradientName('relu'))?.shape, [2, 4, 5, 4]);
});

test('transposes that undo each other leave nothing', async () => {
  const graph = build((builder, x) => builder.op('Transpose', [builder.op('Exp', [builder.op('Transpose', [x], { perm: TO_FIRST })])], { perm: TO_LAST }, { name: 'y' }));
  const result = await rewritten(graph);
  assert.deepEqual(result.nodes.map(({ op }) => op), ['Exp', 'Identity']);
});

test('a graph without transposes is returned as it is', () => {
  const graph = build((builder, x) => builder.op('Exp', [x]));
  assert.equal(cancelTransposes(graph, new Set()), graph);
});
