import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differentiate, gradientName, seedName } from '../../../src/engine/graph/differentiate';
import { TensorProto_DataType as Type, TensorProtoSchema, type NodeProto, type TensorProto } from '../../../src/engine/graph/onnx_pb';
import { create } from '@bufbuild/protobuf';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { float32, toNumbers } from '../../../src/engine/tensor';
import { onnxRuntime } from '../operators/support';
import { floats, node, onnx, port } from './onnxBuilder';
import { verifyModels } from './writtenOut';

const bytes = (name: string, dataType: number, values: number[], dims: number[] = []): TensorProto => create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), int32Data: values });
const packed = (name: string, dataType: number, rawData: number[], dims: number[]): TensorProto => create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData: Uint8Array.from(rawData) });
const pair = (from: string, to: string, scale: string, zero: string): NodeProto[] => [node('QuantizeLinear', [from, scale, zero], [`${to}/q`]), node('DequantizeLinear', [`${to}/q`, scale, zero], [to])];
const scale = floats('s', [0.02], []);
const zero = bytes('z', Type.UINT8, [120]);
const wide = bytes('w', Type.INT8, [12, -7, 90, 33, -100, 4], [3, 2]);
const common = [scale, zero, wide, floats('ws', [0.01], []), bytes('wz', Type.INT8, [3])];
const x = float32([0.31, -0.52, 0.93, -0.14, 0.72, 0.05], [2, 3]);
const straight = { skipFiniteDifferences: true, inputs: { x } };

verifyModels([
  { label: 'QuantizeLinear and back', opset: 13, nodes: pair('x', 'y', 's', 'z'), weights: [scale, zero], expectedGradient: [1, 1, 1, 1, 1, 1], ...straight },
  { label: 'QLinearMatMul', opset: 13, nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), node('QLinearMatMul', ['q', 's', 'z', 'w', 'ws', 'wz', 's', 'z'], ['p']), node('DequantizeLinear', ['p', 's', 'z'], ['y'])], weights: common, ...straight },
  {
    label: 'weights of 4 bits in blocks',
    opset: 21,
    nodes: [node('DequantizeLinear', ['w4', 's4', 'z4'], ['w'], { axis: 0, block_size: 2 }), node('MatMul', ['x', 'w'], ['y'])],
    weights: [packed('w4', Type.INT4, [0x7f, 0x80, 0x31], [3, 2]), floats('s4', [0.1, 0.2, 0.3, 0.4], [2, 2]), packed('z4', Type.INT4, [0x1f, 0x20], [2, 2])],
    inputs: { x },
  },
  { label: 'QuantizeLinear to 4 bits and back', opset: 21, nodes: pair('x', 'y', 's', 'z'), weights: [floats('s', [0.1], []), packed('z', Type.INT4, [0x0f], [])], expectedGradient: [1, 1, 0, 1, 1, 1], ...straight },
  ...[Type.INT16, Type.UINT16].flatMap((type) =>
    [{ opset: 21, domain: '' }, { opset: 17, domain: 'com.microsoft' }].map(({ opset, domain }) => ({
      label: `QuantizeLinear to 16 bits and back, ${Type[type]} ${domain}`,
      opset,
      nodes: pair('x', 'y', 's', 'z').map((given) => ({ ...given, domain })),
      weights: [floats('s', [2 ** -16], []), bytes('z', type, [type === Type.INT16 ? -20 : 40000])],
      expectedGradient: type === Type.INT16 ? [1, 0, 0, 1, 0, 1] : [1, 1, 0, 1, 0, 1],
      ...straight,
    })),
  ),
  {
    label: 'QuantizeLinear in blocks and back',
    opset: 21,
    nodes: [node('QuantizeLinear', ['x', 's', 'z'], ['q'], { axis: 1, block_size: 2 }), node('DequantizeLinear', ['q', 's', 'z'], ['y'], { axis: 1, block_size: 2 })],
    weights: [floats('s', [0.02, 0.001, 0.004, 0.03], [2, 2]), bytes('z', Type.UINT8, [120, 3, 128, 1], [2, 2])],
    expectedGradient: [1, 1, 0, 1, 0, 1],
    ...straight,
  },
  {
    label: 'dynamic quantisation with MatMulInteger',
    opset: 13,
    nodes: [
      node('DynamicQuantizeLinear', ['x'], ['q', 'qs', 'qz']),
      node('MatMulInteger', ['q', 'w', 'qz', 'wz'], ['sum']),
      node('Cast', ['sum'], ['real'], { to: Type.FLOAT }),
      node('Mul', ['qs', 'ws'], ['both']),
      node('Mul', ['real', 'both'], ['y']),
    ],
    weights: common,
    ...straight,
  },
  { label: 'a quantised output keeps its type', opset: 13, nodes: [node('DynamicQuantizeLinear', ['x'], ['y', 'scale', 'zero'])], outputs: ['y', 'scale', 'zero'], outputTypes: { y: Type.UINT8, zero: Type.UINT8 }, ...straight },
]);

test('the gradient of a quantised layer is that of the real one', async () => {
  const nodes = [...pair('x', 'xq', 's', 'z'), node('DequantizeLinear', ['w', 'ws', 'wz'], ['wr']), node('MatMul', ['xq', 'wr'], ['m']), ...pair('m', 'y', 's', 'z')];
  const model = await loadOnnxModel(onnx(13, { node: nodes, initializer: common, input: [port('x', [2, 3])], output: [port('y', undefined)] }));
  assert.deepEqual(model.notes, ['The model rounds values to integers of few bits; in gradients rounding counts as the identity (straight-through estimator).']);
  const gradient = differentiate(await model.graph([x]), { of: 'y', wrt: ['x'] });
  const executable = await (await onnxRuntime()).compile(gradient);
  const results = await executable.run({ x, [seedName('y')]: float32([1, 10, 100, 1000], [2, 2]) });
  await executable.dispose();
  const weights = [12, -7, 90, 33, -100, 4].map((value) => (value - 3) * 0.01);
  const expected = [1, 100].flatMap((seed) => [0, 1, 2].map((row) => seed * weights[2 * row] + 10 * seed * weights[2 * row + 1]));
  for (const [index, value] of toNumbers(results[gradientName('x')]).entries()) assert.ok(Math.abs(value - expected[index]) < 1e-3, `element ${index}: ${value}, expected ${expected[index]}`);
});
