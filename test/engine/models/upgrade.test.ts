import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { TensorProto_DataType as Type, type NodeProto, type TensorProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, sizeOf } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';
import { floats, ints, node, onnx, port } from './onnxBuilder';

const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

interface Case {
  label: string;
  opset: number;
  /** Shape of the float32 input `x`. */
  x: number[];
  nodes: NodeProto[];
  weights?: TensorProto[];
  /** Names of the outputs, float32. Default: `y`. */
  outputs?: string[];
  /** The operators that the specialised graph must have, in order, where that matters. */
  becomes?: string[];
}

const unary = (op: string, opset: number, attributes = {}, x = [2, 3, 4], becomes?: string[]): Case => ({ label: `${op} ${JSON.stringify(attributes)}`, opset, x, nodes: [node(op, ['x'], ['y'], attributes)], becomes });

/** Each is run as it is by ONNX Runtime, and once more after it was read, specialised and written as opset 17. */
const cases: Case[] = [
  unary('Squeeze', 11, { axes: [1] }, [2, 1, 4]),
  unary('Squeeze', 11, {}, [2, 1, 4]),
  unary('Unsqueeze', 11, { axes: [0, -1] }),
  unary('ReduceSum', 11, { axes: [1, -1], keepdims: 0 }),
  unary('ReduceSum', 11, {}),
  ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].flatMap((op): Case[] => [
    unary(op, 13, { axes: [1], keepdims: 1 }),
    { label: `${op} with axes as input`, opset: 18, x: [2, 3, 4], nodes: [node(op, ['x', 'axes'], ['y'], { keepdims: 0 })], weights: [ints('axes', [0, 2])], becomes: [op] },
    { label: `${op} over no axes`, opset: 18, x: [2, 3], nodes: [node(op, ['x'], ['y'], { noop_with_empty_axes: 1 })] },
    { label: `${op} over all axes`, opset: 18, x: [2, 3], nodes: [node(op, ['x'], ['y'])], becomes: [op] },
  ]),
  { label: 'Slice with attributes', opset: 9, x: [4, 6], nodes: [node('Slice', ['x'], ['y'], { starts: [1, -4], ends: [Number.MAX_SAFE_INTEGER, -1], axes: [0, 1] })] },
  { label: 'Slice with attributes, no axes', opset: 7, x: [4, 6], nodes: [node('Slice', ['x'], ['y'], { starts: [1], ends: [3] })] },
  { label: 'Split with sizes as attribute', opset: 11, x: [2, 6], nodes: [node('Split', ['x'], ['y', 'z'], { axis: 1, split: [2, 4] })], outputs: ['y', 'z'] },
  { label: 'Split into equal parts of which one is unused', opset: 13, x: [2, 6], nodes: [node('Split', ['x'], ['y', 'z', 'unused'], { axis: 1 })], outputs: ['y', 'z'] },
  { label: 'Split with num_outputs that do not divide', opset: 18, x: [2, 7], nodes: [node('Split', ['x'], ['y', 'z', 'w'], { axis: -1, num_outputs: 3 })], outputs: ['y', 'z', 'w'] },
  { label: 'TopK with k as attribute', opset: 9, x: [2, 6], nodes: [node('TopK', ['x'], ['y', 'indices'], { k: 2, axis: 1 })] },
  unary('Pad', 9, { pads: [0, 1, 2, 0, 0, 1], value: 1.5 }),
  unary('Pad', 9, { pads: [0, 1, 0, 0, 1, 0], mode: 'reflect' }),
  { label: 'Pad of some axes', opset: 18, x: [2, 3, 4], nodes: [node('Pad', ['x', 'pads', 'value', 'axes'], ['y'])], weights: [ints('pads', [1, 0, 2, 3]), floats('value', [7], []), ints('axes', [-1, 1])] },
  unary('Clip', 7, { min: -0.5, max: 0.25 }),
  unary('Clip', 10, { min: -0.5 }),
  { label: 'Clip with bounds of shape [1]', opset: 13, x: [2, 3], nodes: [node('Clip', ['x', 'low', 'high'], ['y'])], weights: [floats('low', [-0.5]), floats('high', [1])], becomes: ['Clip'] },
  { label: 'Dropout of opset 10', opset: 10, x: [2, 3], nodes: [node('Dropout', ['x'], ['y', 'mask'], { ratio: 0.5 })], becomes: ['Identity'] },
  { label: 'Dropout with training_mode false', opset: 13, x: [2, 3], nodes: [node('Dropout', ['x', 'ratio'], ['y'])], weights: [floats('ratio', [0.5], [])], becomes: ['Identity'] },
  {
    label: 'BatchNormalization of opset 7 with spatial',
    opset: 7,
    x: [2, 3, 4],
    nodes: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'], { spatial: 1, epsilon: 1e-3 })],
    weights: [floats('s', [1, 2, 3]), floats('b', [0, 1, -1]), floats('m', [0.5, 0, 1]), floats('v', [1, 2, 0.5])],
  },
  { label: 'Upsample with scales as attribute', opset: 7, x: [1, 2, 3, 3], nodes: [node('Upsample', ['x'], ['y'], { mode: 'nearest', scales: [1, 1, 2, 2] })], becomes: ['Resize'] },
  { label: 'Upsample with scales as input', opset: 9, x: [1, 2, 3, 3], nodes: [node('Upsample', ['x', 's'], ['y'], { mode: 'linear' })], weights: [floats('s', [1, 1, 2, 2])], becomes: ['Resize'] },
  { label: 'Resize of opset 10, enlarging', opset: 10, x: [1, 1, 4, 4], nodes: [node('Resize', ['x', 's'], ['y'])], weights: [floats('s', [1, 1, 2.5, 2])] },
  { label: 'Resize of opset 10, shrinking', opset: 10, x: [1, 1, 6, 6], nodes: [node('Resize', ['x', 's'], ['y'])], weights: [floats('s', [1, 1, 0.5, 0.6])] },
  { label: 'Resize of some axes by scales', opset: 18, x: [1, 2, 3, 4], nodes: [node('Resize', ['x', '', 's'], ['y'], { axes: [2, 3], mode: 'linear' })], weights: [floats('s', [2, 1.5])] },
  { label: 'Resize of some axes to sizes', opset: 18, x: [1, 2, 3, 4], nodes: [node('Resize', ['x', '', '', 'n'], ['y'], { axes: [3, 2], mode: 'nearest' })], weights: [ints('n', [6, 5])] },
  { label: 'Resize that keeps the aspect ratio, not larger', opset: 18, x: [1, 1, 4, 8], nodes: [node('Resize', ['x', '', '', 'n'], ['y'], { axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' })], weights: [ints('n', [7, 10])] },
  { label: 'Resize that keeps the aspect ratio, not smaller', opset: 18, x: [1, 1, 4, 8], nodes: [node('Resize', ['x', '', '', 'n'], ['y'], { axes: [2, 3], keep_aspect_ratio_policy: 'not_smaller' })], weights: [ints('n', [7, 9])] },
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op): Case[] => [
    unary(op, 11, { axis: 1 }, [2, 3, 4]),
    unary(op, 9, {}, [2, 3, 2, 2]),
    unary(op, 11, { axis: 0 }, [2, 3]),
    unary(op, 11, { axis: -1 }, [2, 3, 4], [op]),
    unary(op, 11, { axis: 1 }, [2, 5, 1, 1], [op]),
    unary(op, 13, { axis: 1 }, [2, 3, 4], [op]),
  ]),
  { label: 'Cast to float16 and back', opset: 13, x: [2, 3], nodes: [node('Cast', ['x'], ['d'], { to: Type.DOUBLE }), node('Cast', ['d'], ['y'], { to: Type.FLOAT })] },
  { label: 'CastLike', opset: 15, x: [2, 3], nodes: [node('CastLike', ['x', 'like'], ['i']), node('CastLike', ['i', 'x'], ['y'])], weights: [ints('like', [1])] },
  unary('Gelu', 20, {}),
  unary('Gelu', 20, { approximate: 'tanh' }),
  unary('Mish', 18),
  { label: 'GroupNormalization by channel', opset: 21, x: [2, 4, 3, 3], nodes: [node('GroupNormalization', ['x', 's', 'b'], ['y'], { num_groups: 2 })], weights: [floats('s', [1, 2, 3, 4]), floats('b', [0, 1, -1, 2])] },
  { label: 'RMSNormalization', opset: 23, x: [2, 3, 4], nodes: [node('RMSNormalization', ['x', 's'], ['y'], { axis: -2, epsilon: 1e-3 })], weights: [floats('s', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 4])] },
  { label: 'Swish', opset: 24, x: [2, 3], nodes: [node('Swish', ['x'], ['y'], { alpha: 1.5 })] },
  { label: 'AveragePool of opset 19', opset: 19, x: [1, 2, 6, 6], nodes: [node('AveragePool', ['x'], ['y'], { kernel_shape: [2, 2], strides: [2, 2], dilations: [1, 1] })] },
  { label: 'Constant with value_floats', opset: 13, x: [2, 3], nodes: [node('Constant', [], ['c'], { value_floats: [1, 2, 3] }), node('Add', ['x', 'c'], ['y'])], becomes: ['Add'] },
  {
    label: 'a shape computed from the input',
    opset: 13,
    x: [2, 3, 4],
    nodes: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n'], { axis: 0 }),
      node('Concat', ['n', 'rest'], ['target'], { axis: 0 }),
      node('Reshape', ['x', 'target'], ['y']),
    ],
    weights: [ints('zero', [0]), ints('rest', [-1])],
    becomes: ['Reshape'],
  },
  { label: 'Shape from start to end', opset: 15, x: [2, 3, 4], nodes: [node('Shape', ['x'], ['s'], { start: -2, end: -1 }), node('Cast', ['s'], ['f'], { to: Type.FLOAT }), node('Mul', ['x', 'f'], ['y'])], becomes: ['Mul'] },
];

for (const { label, opset, x, nodes, weights = [], outputs = ['y'], becomes } of cases) {
  test(`opset ${opset}: ${label}`, async () => {
    const bytes = onnx(opset, { node: nodes, initializer: weights, input: [port('x', x)], output: outputs.map((name) => port(name, undefined)) });
    const values = Float32Array.from({ length: sizeOf(x) }, (_, index) => Math.sin(2.3 * index + 0.4) * 2);
    const session = await ort.InferenceSession.create(bytes);
    const expected = await session.run({ x: new ort.Tensor('float32', values, x) });
    await session.release();

    const model = await loadOnnxModel(bytes);
    const graph = await model.graph([{ dtype: 'float32', shape: x }]);
    if (becomes) assert.deepEqual(graph.nodes.map(({ op }) => op), becomes);
    const executable = await (await loaded).compile(graph);
    const actual = await executable.run({ x: float32(values, x) });
    await executable.dispose();
    for (const name of outputs) {
      assert.deepEqual(graph.values.get(name)?.shape, [...expected[name].dims], 'inferred shape');
      assert.deepEqual(actual[name].shape, [...expected[name].dims]);
      const numbers = expected[name].data;
      assert.ok(numbers instanceof Float32Array);
      for (const [index, value] of numbers.entries()) assert.ok(Math.abs(Number(actual[name].data[index]) - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${name}[${index}]: ${actual[name].data[index]} is not ${value}`);
    }
  });
}

/** For operators that ONNX Runtime does not have in this version. */
async function runOnly(opset: number, shape: number[], values: number[], nodes: NodeProto[], weights: TensorProto[]): Promise<unknown> {
  const bytes = onnx(opset, { node: nodes, initializer: weights, input: [port('x', shape)], output: [port('y', undefined)] });
  const graph = await (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape }]);
  const executable = await (await loaded).compile(graph);
  const { y } = await executable.run({ x: float32(values, shape) });
  await executable.dispose();
  return y;
}

test('opset 18: GroupNormalization by group', async () => {
  const nodes = [node('GroupNormalization', ['x', 's', 'b'], ['y'], { num_groups: 2, epsilon: 0 })];
  const y = await runOnly(18, [1, 4, 1], [1, 3, -5, 5], nodes, [floats('s', [2, 3]), floats('b', [10, 20])]);
  assert.deepEqual(y, float32([8, 12, 17, 23], [1, 4, 1]));
});

test('opset 6: Add aligns its second operand at an axis', async () => {
  const y = await runOnly(6, [2, 3, 1], [0, 0, 0, 1, 1, 1], [node('Add', ['x', 'b'], ['y'], { broadcast: 1, axis: 1 })], [floats('b', [1, 2, 3])]);
  assert.deepEqual(y, float32([1, 2, 3, 2, 3, 4], [2, 3, 1]));
});

test('opset 6: PRelu has one slope for each channel', async () => {
  const y = await runOnly(6, [1, 2, 2], [-1, 1, -1, -2], [node('PRelu', ['x', 's'], ['y'])], [floats('s', [2, 3])]);
  assert.deepEqual(y, float32([-2, 1, -3, -6], [1, 2, 2]));
});

async function refused(opset: number, nodes: NodeProto[], weights: TensorProto[] = []): Promise<string> {
  const bytes = onnx(opset, { node: nodes, initializer: weights, input: [port('x', [2, 3])], output: [port('y', [2, 3])] });
  const error = await loadOnnxModel(bytes)
    .then((model) => model.graph([{ dtype: 'float32', shape: [2, 3] }]))
    .then(() => assert.fail('not refused'), (thrown: unknown) => thrown);
  assert.ok(error instanceof LensError, String(error));
  return error.message;
}

test('what opset 17 cannot say is refused by name', async () => {
  const vectors = ['s', 'b', 'm', 'v'].map((name) => floats(name, [1, 1, 1]));
  assert.equal(await refused(14, [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'], { training_mode: 1 })], vectors), "BatchNormalization 'y': training mode is not supported");
  assert.equal(await refused(18, [node('Resize', ['x', '', 's'], ['y'], { antialias: 1 })], [floats('s', [0.5, 0.5])]), "Resize 'y': antialias is not supported with mode nearest");
  assert.equal(await refused(18, [node('ReduceMean', ['x', 'x'], ['y'])]), "ReduceMean 'y': its axes (input 1) must not depend on the values of the model's inputs");
  assert.equal(await refused(13, [node('NhwcConv', ['x'], ['y'], {}, { domain: 'com.microsoft' })]), "Model 'model': the operator com.microsoft.NhwcConv 'y' is not supported");
});
