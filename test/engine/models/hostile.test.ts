import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, TypeProtoSchema, type GraphProto, type TypeProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { LensError } from '../../../src/protocol/errors';
import { mutations, random } from './mutations';
import { survivesLoading } from './survival';
import { modelFiles } from './goldenModels';
import { floats, ints, node, onnx, port } from './onnxBuilder';

const SEEDS = 25;

function shapeModel(): Uint8Array {
  const branch = (op: string): GraphProto => create(GraphProtoSchema, { node: [node(op, ['flat'], ['r'])], output: [port('r', undefined)] });
  const choose = node('If', ['wide'], ['chosen']);
  for (const [name, op] of [['then_branch', 'Relu'], ['else_branch', 'Neg']]) choose.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: branch(op) }));
  return onnx(11, {
    node: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n'], { axis: 0 }),
      node('Concat', ['n', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['flat']),
      node('Greater', ['n', 'one'], ['wide']),
      choose,
      node('Split', ['chosen'], ['a', 'b'], { axis: 1, split: [2, 4] }),
      node('Pad', ['b', 'pads'], ['padded']),
      node('Slice', ['padded', 'starts', 'ends'], ['y']),
    ],
    initializer: [ints('zero', [0]), ints('one', [1]), ints('rest', [-1]), ints('pads', [0, 1, 0, 2]), ints('starts', [0, 1]), ints('ends', [2, 5]), floats('unused', [1, 2, 3])],
    input: [port('x', ['N', 2, 3])],
    output: [port('y', undefined), port('a', ['N', 2])],
  });
}

const wanted = new Set(['toy', 'mlp2', 'conv1d', 'resnet', 'transformer']);
const seeds: [string, Uint8Array][] = [
  ['shape arithmetic', shapeModel()],
  ['penguins', readFileSync(join(__dirname, '../../../media/samples/models/penguins.onnx'))],
  ...modelFiles()
    .filter(({ model, path }) => wanted.has(model) && path.endsWith('model.onnx'))
    .map(({ model, path }): [string, Uint8Array] => [model, readFileSync(path)]),
];

/** Loads and specialises. */
const survives = (bytes: Uint8Array, label: string): Promise<boolean> =>
  survivesLoading(label, async () => {
    const model = await loadOnnxModel(bytes);
    await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 2 : dim)) })));
  });

for (const [name, original] of seeds) {
  test(`${name}: ${SEEDS * Object.keys(mutations).length} damaged copies are read or refused, never more`, async () => {
    assert.equal(await survives(original, name), true);
    let refused = 0;
    for (const [kind, mutate] of Object.entries(mutations)) {
      for (let seed = 0; seed < SEEDS; seed++) if (!(await survives(mutate(original, random(seed * 7919 + kind.length)), `${name}, ${kind}, seed ${seed}`))) refused++;
    }
    assert.ok(refused > SEEDS, `only ${refused} were refused`);
  });
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await loadOnnxModel(bytes).then(() => assert.fail('not refused'), (thrown: unknown) => thrown);
  assert.ok(error instanceof LensError, String(error));
  return error.message;
}

/** Field `number` with this content. */
const field = (number: number, content: Uint8Array): Uint8Array => new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(content).finish();

test('graphs nested 10000 deep are refused before they are decoded', async () => {
  const [graph, nodeField, attribute, inner] = [7, 1, 5, 6];
  let bytes: Uint8Array = new Uint8Array(0);
  for (let depth = 0; depth < 3333; depth++) bytes = field(nodeField, field(attribute, field(inner, bytes)));
  assert.match(await refusal(field(graph, bytes)), /more than 64 messages within each other/);
});

test('types nested in types are refused as inputs', async () => {
  let type: TypeProto = create(TypeProtoSchema, {});
  for (let depth = 0; depth < 25; depth++) type = create(TypeProtoSchema, { value: { case: 'sequenceType', value: { elemType: type } } });
  const input = port('x', [1]);
  input.type = type;
  assert.match(await refusal(onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [input], output: [port('y', [1])] })), /Input 'x': must be a tensor, got sequenceType/);
});

test('millions of empty nodes are refused before they are decoded', async () => {
  const empty = field(1, new Uint8Array(0));
  const nodes = new Uint8Array(3_000_000 * empty.length);
  for (let at = 0; at < nodes.length; at += empty.length) nodes.set(empty, at);
  assert.match(await refusal(field(7, nodes)), /structure would take more than/);
});

test('a packed field of millions of tiny integers is refused before it is decoded', async () => {
  const shape = field(1, new Uint8Array(40_000_000));
  assert.match(await refusal(field(7, field(5, shape))), /structure would take more than/);
});

test('a shape that would be computed to gigabytes is not computed', async () => {
  const bytes = onnx(17, {
    node: [node('ConstantOfShape', ['huge'], ['c']), node('ReduceSum', ['c'], ['s'], { keepdims: 0 }), node('Add', ['x', 's'], ['y'])],
    initializer: [ints('huge', [40000, 40000])],
    input: [port('x', [1])],
    output: [port('y', [1])],
  });
  const before = process.memoryUsage().rss;
  const graph = await (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape: [1] }]);
  assert.equal(graph.nodes[0].op, 'ConstantOfShape');
  assert.ok(process.memoryUsage().rss - before < 2 ** 28);
});

test('names that are properties of every object are only names', async () => {
  const bytes = onnx(17, { node: [node('Add', ['constructor', '__proto__'], ['toString'], {}, { name: 'hasOwnProperty' })], initializer: [floats('__proto__', [1])], input: [port('constructor', [1])], output: [port('toString', [1])] });
  const graph = await (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape: [1] }]);
  assert.deepEqual(graph.nodes, [{ name: 'hasOwnProperty', op: 'Add', inputs: ['constructor', '__proto__'], outputs: ['toString'], attributes: {} }]);
  for (const op of ['constructor', '__proto__', 'toString']) assert.match(await loadOnnxModel(onnx(17, { node: [node(op, ['x'], ['y'])], input: [port('x', [1])], output: [port('y', [1])] })).then((model) => model.graph([{ dtype: 'float32', shape: [1] }])).then(() => 'not refused', (error: Error) => error.message), /is not supported/);
});

test('a long chain of nodes is read in bounded time, in order or reversed', async () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => node('Relu', [index === 0 ? 'x' : `v${index - 1}`], [`v${index}`]));
  for (const nodes of [chain, chain.toReversed()]) {
    assert.equal(await survives(onnx(17, { node: nodes, input: [port('x', [1])], output: [port('v19999', [1])] }), 'chain'), true);
  }
});

test('one value with many users, and many nodes of one name, are read in bounded time', async () => {
  const fan = Array.from({ length: 20_000 }, (_, index) => node('Relu', ['x'], [`v${index}`], {}, { name: '/same/Relu' }));
  const sum = node('Sum', fan.map(({ output }) => output[0]), ['y']);
  assert.equal(await survives(onnx(17, { node: [...fan, sum], input: [port('x', [1])], output: [port('y', [1])] }), 'fan'), true);
});
