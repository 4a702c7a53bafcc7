import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { attributeProto } from '../../../src/engine/graph/onnxAttributes';
import { AttributeProtoSchema, AttributeProto_AttributeType, FunctionProtoSchema, GraphProtoSchema, SparseTensorProtoSchema, TensorProtoSchema, TensorProto_DataLocation, TensorProto_DataType as Type, type NodeProto, type SparseTensorProto, type TensorProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { tensor, type Tensor } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';
import { floats, ints, node, onnx, port } from './onnxBuilder';

const folder = mkdtempSync(join(tmpdir(), 'onnx-reading-'));
after(() => rmSync(folder, { recursive: true }));

const identity = (weight: TensorProto, elemType: number = weight.dataType) => onnx(17, { node: [node('Identity', [weight.name], ['y'])], initializer: [weight], output: [port('y', undefined, elemType)] });

async function constantOf(bytes: Uint8Array): Promise<Tensor | undefined> {
  return (await (await loadOnnxModel(bytes)).graph([])).constants.get('y');
}

async function refusal(source: string | Uint8Array): Promise<LensError> {
  const error = await loadOnnxModel(source)
    .then((model) => model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => Math.max(dim, 1)) }))))
    .then(() => assert.fail('not refused'), (thrown: unknown) => thrown);
  assert.ok(error instanceof LensError, String(error));
  return error;
}

const raw = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const weight = (dataType: number, dims: number[], more: MessageInitShape<typeof TensorProtoSchema>): TensorProto => create(TensorProtoSchema, { name: 'w', dataType, dims: dims.map(BigInt), ...more });

const types: [string, TensorProto, Tensor][] = [
  ['float32, raw', weight(Type.FLOAT, [2], { rawData: raw(Float32Array.of(1.5, -2)) }), tensor('float32', Float32Array.of(1.5, -2), [2])],
  ['float32, typed', weight(Type.FLOAT, [2], { floatData: [1.5, -2] }), tensor('float32', Float32Array.of(1.5, -2), [2])],
  ['float64, raw', weight(Type.DOUBLE, [2], { rawData: raw(Float64Array.of(1.5, -2)) }), tensor('float32', Float32Array.of(1.5, -2), [2])],
  ['float64, typed', weight(Type.DOUBLE, [1], { doubleData: [0.1] }), tensor('float32', Float32Array.of(0.1), [1])],
  ['float16, raw', weight(Type.FLOAT16, [6], { rawData: raw(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7c00, 0x8000)) }), tensor('float32', Float32Array.of(1, -2, 2 ** -24, 1023 * 2 ** -24, Infinity, -0), [6])],
  ['float16, typed', weight(Type.FLOAT16, [2], { int32Data: [0x3c00, 0x7bff] }), tensor('float32', Float32Array.of(1, 65504), [2])],
  ['bfloat16, raw', weight(Type.BFLOAT16, [2], { rawData: raw(Uint16Array.of(0x3f80, 0xc000)) }), tensor('float32', Float32Array.of(1, -2), [2])],
  ['int64, raw', weight(Type.INT64, [1], { rawData: raw(BigInt64Array.of(-(2n ** 60n))) }), tensor('int64', BigInt64Array.of(-(2n ** 60n)), [1])],
  ['int64, typed', weight(Type.INT64, [1], { int64Data: [7n] }), tensor('int64', BigInt64Array.of(7n), [1])],
  ['int32, raw', weight(Type.INT32, [1], { rawData: raw(Int32Array.of(-3)) }), tensor('int32', Int32Array.of(-3), [1])],
  ['int16 becomes int32', weight(Type.INT16, [1], { rawData: raw(Int16Array.of(-3)) }), tensor('int32', Int32Array.of(-3), [1])],
  ['uint16 becomes int32', weight(Type.UINT16, [1], { int32Data: [65535] }), tensor('int32', Int32Array.of(65535), [1])],
  ['uint32 becomes int64', weight(Type.UINT32, [1], { rawData: raw(Uint32Array.of(4294967295)) }), tensor('int64', BigInt64Array.of(4294967295n), [1])],
  ['uint64 becomes int64', weight(Type.UINT64, [1], { uint64Data: [9n] }), tensor('int64', BigInt64Array.of(9n), [1])],
  ['int8, typed', weight(Type.INT8, [1], { int32Data: [-7] }), tensor('int8', Int8Array.of(-7), [1])],
  ['uint8, raw', weight(Type.UINT8, [1], { rawData: Uint8Array.of(200) }), tensor('uint8', Uint8Array.of(200), [1])],
  ['bool, raw', weight(Type.BOOL, [2], { rawData: Uint8Array.of(0, 5) }), tensor('bool', Uint8Array.of(0, 1), [2])],
  ['string', weight(Type.STRING, [2], { stringData: [new TextEncoder().encode('é'), new Uint8Array()] }), tensor('string', ['é', ''], [2])],
  ['a scalar', weight(Type.FLOAT, [], { floatData: [3] }), tensor('float32', Float32Array.of(3), [])],
  ['an empty tensor', weight(Type.FLOAT, [0, 4], {}), tensor('float32', new Float32Array(0), [0, 4])],
];

for (const [label, proto, expected] of types) {
  test(`a weight is read: ${label}`, async () => assert.deepEqual(await constantOf(identity(proto)), expected));
}

const smallFloats: readonly (readonly [number, number[], number[]])[] = [
  [Type.FLOAT8E4M3FN, [0x38, 0xfe, 0x01, 0x7f], [1, -448, 2 ** -9, NaN]],
  [Type.FLOAT8E4M3FNUZ, [0x40, 0xff, 0x01, 0x80], [1, -240, 2 ** -10, NaN]],
  [Type.FLOAT8E5M2, [0x3c, 0xfb, 0x01, 0xfc], [1, -57344, 2 ** -16, -Infinity]],
  [Type.FLOAT8E5M2FNUZ, [0x40, 0xff, 0x01, 0x80], [1, -57344, 2 ** -17, NaN]],
  [Type.FLOAT8E8M0, [0x7f, 0x80, 0x01, 0xff], [1, 2, 2 ** -126, NaN]],
  [Type.FLOAT4E2M1, [0xf2, 0x71], [1, -6, 0.5, 6]],
];

for (const [type, bytes, expected] of smallFloats) {
  test(`a weight is read: ${Type[type]}`, async () => {
    const raw = weight(type, [4], { rawData: Uint8Array.from(bytes) });
    const cast = onnx(24, { node: [node('Cast', ['w'], ['y'], { to: Type.FLOAT })], initializer: [raw], output: [port('y', [4])] });
    assert.deepEqual(await constantOf(cast), tensor('float32', Float32Array.from(expected), [4]));
    const rounded = onnx(24, { node: [node('CastLike', ['x', 'w'], ['y'])], initializer: [raw], input: [port('x', [4])], output: [port('y', [4])] });
    assert.match((await refusal(rounded)).message, /CastLike 'y': rounding to 8 bits and less is not supported/);
  });
}

const sparse = (values: TensorProto, indices: TensorProto, ...dims: bigint[]) => create(SparseTensorProtoSchema, { values, indices, dims });
const ofSparse = (weight: SparseTensorProto) => onnx(17, { node: [node('Identity', ['w'], ['y'])], sparseInitializer: [weight], output: [port('y', undefined)] });

test('sparse weights and constants become dense', async () => {
  const expected = tensor('float32', Float32Array.of(0, 5, 0, 0, 0, 7), [2, 3]);
  assert.deepEqual(await constantOf(ofSparse(sparse(floats('w', [5, 7]), ints('', [1, 5]), 2n, 3n))), expected);
  assert.deepEqual(await constantOf(ofSparse(sparse(floats('w', [5, 7]), ints('', [0, 1, 1, 2], [2, 2]), 2n, 3n))), expected);
  const constant = node('Constant', [], ['y']);
  constant.attribute.push(create(AttributeProtoSchema, { name: 'sparse_value', type: AttributeProto_AttributeType.SPARSE_TENSOR, sparseTensor: sparse(floats('', [5, 7]), ints('', [1, 5]), 2n, 3n) }));
  assert.deepEqual(await constantOf(onnx(17, { node: [constant], output: [port('y', undefined)] })), expected);
});

test('sparse weights that do not fit are refused', async () => {
  assert.match((await refusal(ofSparse(sparse(floats('w', [5]), ints('', [6]), 2n, 3n)))).message, /Weight 'w': its indices must lie within \[2, 3\], got \[6\]/);
  assert.match((await refusal(ofSparse(sparse(floats('w', [5]), ints('', [0, 3], [1, 2]), 2n, 3n)))).message, /must lie within \[2, 3\], got \[0, 3\]/);
  assert.match((await refusal(ofSparse(sparse(floats('w', [5]), ints('', [0, 1]), 2n, 3n)))).message, /its indices must be int64 of shape \[1\] or \[1, 2\], got int64 \[2\]/);
  assert.match((await refusal(ofSparse(sparse(floats('w', [5]), ints('', [0]), 2_000_000_000n, 3n)))).message, /at most 2147483648 elements/);
  assert.match((await refusal(ofSparse(sparse(floats('w', [5]), ints('', [0]), 1_000_000_000n)))).message, /the model's weights take more than 2147483647 bytes/);
});

test('integers of 4 and 2 bits are unpacked, the first from the lowest bits', async () => {
  assert.deepEqual(await constantOf(identity(weight(Type.INT4, [3], { rawData: Uint8Array.of(0x8f, 0x07) }), Type.INT8)), tensor('int8', Int8Array.of(-1, -8, 7), [3]));
  assert.deepEqual(await constantOf(identity(weight(Type.UINT2, [5], { int32Data: [0b11100100, 0b10] }), Type.UINT8)), tensor('uint8', Uint8Array.of(0, 1, 2, 3, 2), [5]));
  assert.match((await refusal(identity(weight(Type.UINT4, [3], { rawData: Uint8Array.of(1) }), Type.UINT8))).message, /Weight 'w': shape \[3\] of UINT4 needs 2 bytes, got 1/);
});

test('casts are noted once for each type', async () => {
  const bytes = onnx(17, {
    node: [node('Add', ['a', 'b'], ['s']), node('Add', ['s', 'x'], ['y'])],
    initializer: ['a', 'b'].map((name) => create(TensorProtoSchema, { name, dataType: Type.FLOAT16, dims: [1n], int32Data: [0x3c00] })),
    input: [port('x', [1])],
    output: [port('y', [1])],
  });
  assert.deepEqual((await loadOnnxModel(bytes)).notes, ['2 tensors in float16 were cast to float32.']);
});

test('weights listed among the inputs are not inputs, and unused ones are not read', async () => {
  const unused = create(TensorProtoSchema, { name: 'unused', dataType: Type.FLOAT8E4M3FN, dims: [1n] });
  const model = await loadOnnxModel(onnx(9, { node: [node('Add', ['x', 'w'], ['y'])], initializer: [floats('w', [1]), unused], input: [port('x', ['N', 1]), port('w', [1])], output: [port('y', ['N', 1])] }));
  assert.deepEqual(model.inputs, [{ name: 'x', dtype: 'float32', shape: [-1, 1] }]);
});

test('the same shapes give the same graph, other shapes another', async () => {
  const model = await loadOnnxModel(onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', ['N', 'N'])], output: [port('y', ['N', 'N'])] }));
  const graph = await model.graph([{ dtype: 'float32', shape: [2, 3] }]);
  assert.equal(await model.graph([{ dtype: 'float32', shape: [2, 3] }]), graph);
  const other = await model.graph([{ dtype: 'float32', shape: [4, 1] }]);
  assert.deepEqual(other.values.get('y')?.shape, [4, 1]);
});

test('nodes out of order are sorted, unneeded ones dropped', async () => {
  const model = await loadOnnxModel(onnx(17, { node: [node('Relu', ['a'], ['y']), node('NoSuchOperator', ['x'], ['z']), node('Neg', ['x'], ['a'])], input: [port('x', [2])], output: [port('y', [2])] }));
  const graph = await model.graph([{ dtype: 'float32', shape: [2] }]);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ['Neg', 'Relu']);
});

test('labels are read from the metadata', async () => {
  const bytes = onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [2])], output: [port('y', [2])] }, { metadataProps: [{ key: 'labels', value: '{"1": "dog", "0": "cat"}' }] });
  assert.deepEqual((await loadOnnxModel(bytes)).labels, ['cat', 'dog']);
});

test('an If on a shape takes the branch that the shape chooses', async () => {
  const branch = (op: string) => create(GraphProtoSchema, { node: [node(op, ['x'], ['r'])], output: [port('r', undefined)] });
  const choose = node('If', ['is2'], ['y']);
  for (const [name, op] of [['then_branch', 'Relu'], ['else_branch', 'Neg']]) choose.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: branch(op) }));
  const model = await loadOnnxModel(
    onnx(17, {
      node: [node('Shape', ['x'], ['shape']), node('Equal', ['shape', 'two'], ['is2']), choose],
      initializer: [ints('two', [2])],
      input: [port('x', ['N'])],
      output: [port('y', undefined)],
    }),
  );
  const ops = async (size: number) => (await model.graph([{ dtype: 'float32', shape: [size] }])).nodes.map(({ op }) => op);
  assert.deepEqual(await ops(2), ['Relu', 'Identity']);
  assert.deepEqual(await ops(3), ['Neg', 'Identity']);
});

test('an If on the data is refused by name', async () => {
  const branch = create(GraphProtoSchema, { node: [node('Neg', ['x'], ['r'])], output: [port('r', undefined)] });
  const choose = node('If', ['c'], ['y']);
  for (const name of ['then_branch', 'else_branch']) choose.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: branch }));
  const error = await refusal(onnx(17, { node: [choose], input: [port('x', [1]), port('c', [], Type.BOOL)], output: [port('y', [1])] }));
  assert.equal(error.code, 'unsupported-operator');
  assert.match(error.message, /^If 'y': its condition/);
});

const functionCall = (opType: string, input: string[], output: string[]): NodeProto => node(opType, input, output, {}, { domain: 'local' });

test('model-local functions are expanded with their attributes', async () => {
  const scale = create(FunctionProtoSchema, {
    domain: 'local',
    name: 'ScaledLeaky',
    input: ['a'],
    output: ['b'],
    attribute: ['slope'],
    opsetImport: [{ version: 17n }],
    node: [node('LeakyRelu', ['a'], ['inner']), node('Neg', ['inner'], ['b'])],
  });
  scale.node[0].attribute.push(create(AttributeProtoSchema, { name: 'alpha', refAttrName: 'slope', type: AttributeProto_AttributeType.FLOAT }));
  const call = functionCall('ScaledLeaky', ['x'], ['y']);
  call.attribute.push(attributeProto('slope', 0.5));
  const model = await loadOnnxModel(onnx(17, { node: [call], input: [port('x', [2])], output: [port('y', [2])] }, { functions: [scale] }));
  const graph = await model.graph([{ dtype: 'float32', shape: [2] }]);
  assert.deepEqual(
    graph.nodes.map(({ op, outputs, attributes }) => ({ op, outputs, attributes })),
    [
      { op: 'LeakyRelu', outputs: ['y/inner'], attributes: { alpha: 0.5 } },
      { op: 'Neg', outputs: ['y'], attributes: {} },
    ],
  );
});

test('functions that call themselves, or double at every level, are refused in bounded time', async () => {
  const recursive = create(FunctionProtoSchema, { domain: 'local', name: 'F', input: ['a'], output: ['b'], node: [functionCall('F', ['a'], ['b'])] });
  const endless = onnx(17, { node: [functionCall('F', ['x'], ['y'])], input: [port('x', [1])], output: [port('y', [1])] }, { functions: [recursive] });
  assert.match((await refusal(endless)).message, /functions call each other more than 32 deep/);
  const doubling = Array.from({ length: 31 }, (_, level) =>
    create(FunctionProtoSchema, {
      domain: 'local',
      name: `F${level}`,
      input: ['a'],
      output: ['b'],
      node: level === 0 ? [node('Relu', ['a'], ['b'])] : [functionCall(`F${level - 1}`, ['a'], ['m']), functionCall(`F${level - 1}`, ['m'], ['b'])],
    }),
  );
  const exponential = onnx(17, { node: [functionCall('F30', ['x'], ['y'])], input: [port('x', [1])], output: [port('y', [1])] }, { functions: doubling });
  assert.match((await refusal(exponential)).message, /nodes have more than 2000000/);
});

const graphs: [string, RegExp, () => Uint8Array][] = [
  ['a cycle', /Relu 'a': depends on its own output 'a'/, () => onnx(17, { node: [node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])], output: [port('b', [1])] })],
  ['a value defined twice', /The value 'y' is defined twice: by Relu 'y' and by Neg 'y'/, () => onnx(17, { node: [node('Relu', ['x'], ['y']), node('Neg', ['x'], ['y'])], input: [port('x', [1])], output: [port('y', [1])] })],
  ['a weight defined twice', /The weight 'w' is defined twice/, () => onnx(17, { node: [node('Relu', ['w'], ['y'])], initializer: [floats('w', [1]), floats('w', [2])], output: [port('y', [1])] })],
  ['an input that nothing gives', /Relu 'y': its input 'missing' is not an input, a weight or the result of a node/, () => onnx(17, { node: [node('Relu', ['missing'], ['y'])], output: [port('y', [1])] })],
  ['an output that nothing gives', /The output or captured value 'y' is not an input/, () => onnx(17, { node: [], output: [port('y', [1])] })],
  ['no outputs', /The model has no outputs/, () => onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [1])] })],
  ['an input declared twice', /The input 'x' is declared twice/, () => onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [1]), port('x', [1])], output: [port('y', [1])] })],
  ['an input redefined by a node', /Relu 'x': defines a value that is already an input/, () => onnx(17, { node: [node('Relu', ['z'], ['x'])], input: [port('x', [1]), port('z', [1])], output: [port('x', [1])] })],
  ['an input without a shape', /Input 'x': declares no shape/, () => onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', undefined)], output: [port('y', [1])] })],
  ['a complex input', /Input 'x': element type COMPLEX64 is not supported/, () => onnx(17, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [1], Type.COMPLEX64)], output: [port('y', [1])] })],
  ['an old opset', /Operator set 5 is not supported, the oldest is 6/, () => onnx(5, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [1])], output: [port('y', [1])] })],
  ['no graph', /has no graph/, () => onnx(17, {}).slice(0, 2)],
  ['a weight too short', /Weight 'w': shape \[3\] of FLOAT needs 12 bytes, got 4/, () => identity(weight(Type.FLOAT, [3], { rawData: new Uint8Array(4) }))],
  ['a weight of too few elements', /Weight 'w': shape \[3\] needs 3 elements, got 1/, () => identity(weight(Type.FLOAT, [3], { floatData: [1] }))],
  ['a weight of a huge shape', /at most 2147483648 elements and no negative axis, got \[2000000000, 2000000000\]/, () => identity(weight(Type.FLOAT, [2e9, 2e9], {}))],
  ['a weight of a negative shape', /no negative axis, got \[-1\]/, () => identity(weight(Type.FLOAT, [-1], {}))],
  ['a weight in an unknown type', /Weight 'w': element type type 99 is not supported/, () => identity(weight(99, [1], {}), Type.FLOAT)],
  ['a body of an operator that has none', /Relu 'y': this operator is not supported/, () => {
    const map = node('Relu', ['x'], ['y']);
    map.attribute.push(create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g: create(GraphProtoSchema, {}) }));
    return onnx(17, { node: [map], input: [port('x', [1])], output: [port('y', [1])] });
  }],
  ['a loop of a billion rounds', /Loop 'y': loops are written out up to 20000 rounds and 200000 nodes, the model needs more/, () => {
    const loop = node('Loop', ['n', '', 'x'], ['y']);
    const body = create(GraphProtoSchema, {
      node: [node('Identity', ['condition'], ['next']), node('Relu', ['before'], ['after'])],
      input: [port('round', [], Type.INT64), port('condition', [], Type.BOOL), port('before', [1])],
      output: [port('next', [], Type.BOOL), port('after', [1])],
    });
    loop.attribute.push(create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g: body }));
    return onnx(17, { node: [loop], initializer: [ints('n', [1e9], [])], input: [port('x', [1])], output: [port('y', [1])] });
  }],
  ['a loop without a fitting body', /Loop 'y': its body must have 3 inputs and at least 2 outputs, got 0 and 0/, () => {
    const loop = node('Loop', ['', '', 'x'], ['y']);
    loop.attribute.push(create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g: create(GraphProtoSchema, {}) }));
    return onnx(17, { node: [loop], input: [port('x', [1])], output: [port('y', [1])] });
  }],
  ['several unknown operators', /Model 'model': the operators Foo 'a', acme.Bar 'y' are not supported/, () => onnx(17, { node: [node('Foo', ['x'], ['a']), node('Bar', ['a'], ['y'], {}, { domain: 'acme' })], input: [port('x', [1])], output: [port('y', [1])] })],
  ['a value of a huge shape', /Expand 'y': the result must have at most 2147483648 elements/, () => onnx(17, { node: [node('Expand', ['x', 's'], ['y'])], initializer: [ints('s', [1e9, 1e9])], input: [port('x', [1])], output: [port('y', [1])] })],
];

for (const [label, message, make] of graphs) {
  test(`refused with a clear message: ${label}`, async () => assert.match((await refusal(make())).message, message));
}

test('missing files, folders and files of another kind are refused with the file name', async () => {
  assert.equal((await refusal(join(folder, 'missing.onnx'))).code, 'not-found');
  assert.match((await refusal(folder)).message, /is not a file/);
  const text = join(folder, 'notes.onnx');
  writeFileSync(text, 'These are not the weights you are looking for.\n');
  assert.match((await refusal(text)).message, /^notes\.onnx: This is not a readable ONNX file/);
});

/** A model file whose weight lies outside, as the entries say. */
function externalModel(name: string, entries: Record<string, string>): string {
  const path = join(folder, 'models', name);
  mkdirSync(join(folder, 'models'), { recursive: true });
  const outside = create(TensorProtoSchema, { name: 'w', dataType: Type.FLOAT, dims: [2n], dataLocation: TensorProto_DataLocation.EXTERNAL, externalData: Object.entries(entries).map(([key, value]) => ({ key, value })) });
  writeFileSync(path, identity(outside));
  return path;
}

test('external data is read from beside the model', async () => {
  const path = externalModel('good.onnx', { location: 'good.bin', offset: '4', length: '8' });
  writeFileSync(join(folder, 'models/good.bin'), raw(Float32Array.of(0, 1.5, -2)));
  const graph = await (await loadOnnxModel(path)).graph([]);
  assert.deepEqual(graph.constants.get('y'), tensor('float32', Float32Array.of(1.5, -2), [2]));
});

test('external data outside the folder is refused, by path and by link', async () => {
  writeFileSync(join(folder, 'secret.bin'), new Uint8Array(8));
  externalModel('x.onnx', {});
  symlinkSync(join(folder, 'secret.bin'), join(folder, 'models/link.bin'));
  symlinkSync(folder, join(folder, 'models/up'));
  for (const location of ['../secret.bin', join(folder, 'secret.bin'), 'link.bin', 'up/secret.bin', 'sub/../../secret.bin', '..', '.', 'a\0b']) {
    const error = await refusal(externalModel('bad.onnx', { location }));
    assert.match(error.message, /^bad\.onnx: Weight 'w': external data must lie in the model's folder/, location);
  }
});

test('external data that is missing, too short or oddly placed is refused', async () => {
  writeFileSync(join(folder, 'models/short.bin'), new Uint8Array(6));
  mkdirSync(join(folder, 'models/folder.bin'), { recursive: true });
  const cases: [Record<string, string>, RegExp][] = [
    [{ location: 'none.bin' }, /'none.bin' is not in the model's folder/],
    [{ location: 'short.bin' }, /needs bytes 0 to 8 of 'short.bin', which has 6/],
    [{ location: 'short.bin', offset: '-1' }, /offset must be a whole number, got '-1'/],
    [{ location: 'short.bin', offset: '99999999999999999999' }, /offset must be a whole number/],
    [{ location: 'short.bin', length: '4' }, /needs 8 bytes, its external data declares 4/],
    [{ location: 'folder.bin' }, /is not a regular file/],
    [{}, /has no location/],
  ];
  for (const [entries, message] of cases) assert.match((await refusal(externalModel('bad.onnx', entries))).message, message);
});

test('a model given as bytes reaches no external data', async () => {
  const outside = create(TensorProtoSchema, { name: 'w', dataType: Type.FLOAT, dims: [2n], dataLocation: TensorProto_DataLocation.EXTERNAL, externalData: [{ key: 'location', value: 'good.bin' }] });
  assert.match((await refusal(identity(outside))).message, /which a model given as bytes cannot reach/);
});

test('a refused operator comes with what to do in its place', async () => {
  for (const [op, nextStep] of [
    ['RandomNormalLike', 'Its results are random, and passes through the model could not be compared: export the model without sampling (in PyTorch: model.eval(), without noise).'],
    ['StringNormalizer', 'Export the model without it and turn text into numbers before the model.'],
    ['Wobble', undefined],
  ] as const) {
    const model = await loadOnnxModel(onnx(17, { node: [node(op, ['x'], ['y'])], input: [port('x', [1])], output: [port('y', undefined)] }));
    await assert.rejects(model.graph([{ dtype: 'float32', shape: [1] }]), { code: 'unsupported-operator', message: `Model 'model': the operator ${op} 'y' is not supported`, nextStep });
  }
});
