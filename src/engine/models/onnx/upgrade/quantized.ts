import type { ValueInfo } from '../../../graph/graph';
import { TensorProto_DataType as Onnx } from '../../../graph/onnx_pb';
import { ONNX_TYPE, engineType, onnxTypeName } from '../../../graph/onnxTypes';
import { integer, real } from '../../../operators/attributes';
import { formatShape, tensor, type DataType, type Tensor } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { packedRange, packedType, packingOf } from '../packedIntegers';
import type { ParsedNode } from '../parsedModel';
import { wasSmallFloat } from '../smallFloats';

/**
 * Quantised operators, computed on real numbers. A quantised value is made by QuantizeLinear, whose integers are at once
 * read back as float32 (DequantizeLinear with scale 1), so that every operator after it, whatever integers it was written
 * for, is an ordinary differentiable one. Integers up to 2^24 are exact in float32.
 */
export const quantizedUpgrades: Readonly<Record<string, Upgrade>> = {
  ...inBothDomains('QuantizeLinear', (context) => [quantized(context, asReal(context, context.input(0)), 1, 2)]),
  ...inBothDomains('DequantizeLinear', (context) => context.outputs([dequantized(context, 0, 1, 2, { axis: integer(context.node, 'axis', 1) })])),
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  QLinearConv: (context) => {
    const scales = context.math.mul(context.input(1), context.input(4));
    const bias = context.inputs[8] && context.math.mul(asReal(context, context.input(8)), scales);
    return [quantized(context, context.emit('Conv', [dequantized(context, 0, 1, 2), dequantized(context, 3, 4, 5, { axis: 0 }), bias], context.node.attributes), 6, 7)];
  },
  QLinearMatMul: (context) => [quantized(context, context.math.matMul(dequantized(context, 0, 1, 2, { axis: -2 }), dequantized(context, 3, 4, 5, { axis: -1 })), 6, 7)],
  MatMulInteger: (context) => integers(context, context.math.matMul(shifted(context, 0, 2, -2), shifted(context, 1, 3, -1))),
  ConvInteger: (context) => integers(context, context.emit('Conv', [shifted(context, 0, 2), shifted(context, 1, 3, 0)], context.node.attributes)),
  'com.microsoft.QLinearAdd': (context) => [quantized(context, context.math.add(dequantized(context, 0, 1, 2), dequantized(context, 3, 4, 5)), 6, 7)],
  'com.microsoft.QLinearMul': (context) => [quantized(context, context.math.mul(dequantized(context, 0, 1, 2), dequantized(context, 3, 4, 5)), 6, 7)],
  'com.microsoft.QLinearSigmoid': (context) => [quantized(context, context.math.sigmoid(dequantized(context, 0, 1, 2)), 3, 4)],
  'com.microsoft.QLinearLeakyRelu': (context) => [quantized(context, context.emit('LeakyRelu', [dequantized(context, 0, 1, 2)], { alpha: real(context.node, 'alpha', 0.01) }), 3, 4)],
  'com.microsoft.QLinearGlobalAveragePool': (context) => {
    if (integer(context.node, 'channels_last', 0) !== 0) throw context.invalid('channels_last must be 0, got 1');
    return [quantized(context, context.emit('GlobalAveragePool', [dequantized(context, 0, 1, 2)]), 3, 4)];
  },
  'com.microsoft.QLinearConcat': (context) => {
    const parts = Array.from({ length: (context.inputs.length - 2) / 3 }, (_, index) => dequantized(context, 2 + 3 * index, 3 + 3 * index, 4 + 3 * index));
    return [quantized(context, context.math.concat(parts, integer(context.node, 'axis')), 0, 1)];
  },
  'com.microsoft.DynamicQuantizeMatMul': (context) => {
    const { matMul, add } = context.math;
    const product = matMul(rounded(context, context.typed(0, 'float32')), dequantized(context, 1, 2, 3, { axis: -1 }));
    return context.outputs([context.inputs[4] ? add(product, context.input(4)) : product]);
  },
  'com.microsoft.MatMulIntegerToFloat': (context) => {
    const { matMul, add } = context.math;
    const product = matMul(dequantized(context, 0, 2, 4, { axis: -2 }), dequantized(context, 1, 3, 5, { axis: -1 }));
    return context.outputs([context.inputs[6] ? add(product, context.input(6)) : product]);
  },
};

/** ONNX Runtime's own domain had 16 bits before ONNX did. */
function inBothDomains(op: string, upgrade: Upgrade): Record<string, Upgrade> {
  return { [op]: upgrade, [`com.microsoft.${op}`]: upgrade };
}

/** What the reader of a model with rounded values must know, said once. */
export function quantizationNotes(nodes: readonly ParsedNode[]): string[] {
  const rounds = nodes.filter(({ op }) => /(^|\.)(Dynamic)?Quantize|^QLinear|\.QLinear/.test(op));
  return rounds.length === 0 ? [] : ['The model rounds values to integers of few bits; in gradients rounding counts as the identity (straight-through estimator).'];
}

/** A value as float32: constants are cast at once. */
const asReal = (context: NodeContext, value: ValueInfo): ValueInfo => (value.dtype === 'float32' ? value : context.emit('Cast', [value], { to: ONNX_TYPE.float32 }));

/** Quantises x by the scale and zero point that are inputs of the node, as its first output, and reads it back as float32. */
function quantized(context: NodeContext, x: ValueInfo, scale: number, zero: number): ValueInfo {
  const { node } = context;
  const declared = integer(node, 'output_dtype', 0) || (node.elementType ?? 0);
  const given = context.inputs[zero];
  const packed = (given && packingOf(context.valueOf(given))) ?? packedType(declared);
  const dtype = packed?.dtype ?? (given && given.dtype !== 'float32' ? given.dtype : declared === 0 ? 'uint8' : engineType(declared));
  const range = packed ? packedRange(packed) : (RANGES.get(declared) ?? (dtype === 'uint8' || dtype === 'int8' ? RANGES.get(ONNX_TYPE[dtype]) : undefined));
  if (!range || !dtype || (given && wasSmallFloat(context.valueOf(given)))) throw context.invalid(`values must be quantised to integers of at most 16 bits, got ${declared === 0 ? dtype : onnxTypeName(declared)}`);
  if ((dtype !== 'uint8' && dtype !== 'int8') || integer(node, 'block_size', 0) !== 0) return quantizedInSteps(context, x, { scale, zero, dtype, range });
  const size = context.input(scale).shape;
  const isOne = size.length === 1 && size[0] === 1;
  const scalar = (value: ValueInfo): ValueInfo => (isOne || value.shape.length !== size.length ? context.math.reshape(value, isOne ? [] : size) : value);
  const point = given ? scalar(given.dtype === dtype ? given : context.emit('Cast', [given], { to: ONNX_TYPE[dtype] })) : zeros(context, dtype, isOne ? [] : size);
  const whole = context.named(0, 'QuantizeLinear', [x, scalar(context.input(scale)), point], { axis: integer(node, 'axis', 1) });
  const steps = context.emit('DequantizeLinear', [whole, context.scalar(1)]);
  return packed ? context.emit('Clip', [steps, ...packedRange(packed).map((bound) => context.scalar(bound))]) : steps;
}

/** The least and largest integers of types. */
const RANGES: ReadonlyMap<number, readonly [number, number]> = new Map<number, readonly [number, number]>([
  [Onnx.UINT8, [0, 255]],
  [Onnx.INT8, [-128, 127]],
  [Onnx.UINT16, [0, 65535]],
  [Onnx.INT16, [-32768, 32767]],
]);

/** {@link quantized} for what the engine's QuantizeLinear lacks: 16 bits, and scales of blocks. */
function quantizedInSteps(context: NodeContext, x: ValueInfo, { scale, zero, dtype, range: [low, high] }: { scale: number; zero: number; dtype: DataType; range: readonly [number, number] }): ValueInfo {
  const { add, sub, div, where, and, less } = context.math;
  const axis = integer(context.node, 'axis', 1);
  const exact = div(x, along(context, context.input(scale), x, axis));
  const whole = context.emit('Round', [exact]);
  // the rest is quantised to 0, and its gradient passes straight through
  const rest = context.emit('DequantizeLinear', [context.emit('QuantizeLinear', [sub(exact, whole), context.scalar(1)]), context.scalar(1)]);
  const given = context.inputs[zero];
  const level = given ? add(add(whole, rest), along(context, asReal(context, given), x, axis)) : add(whole, rest);
  const clipped = context.emit('Clip', [level, context.scalar(low), context.scalar(high)]);
  const steps = where(and(less(low - 0.5, level), less(level, high + 0.5)), level, clipped);
  context.named(0, 'Cast', [steps], { to: ONNX_TYPE[dtype] });
  return steps;
}

function zeros(context: NodeContext, dtype: 'uint8' | 'int8', shape: readonly number[]): ValueInfo {
  const length = shape.reduce((product, size) => product * size, 1);
  const value: Tensor = dtype === 'uint8' ? tensor('uint8', new Uint8Array(length), shape) : tensor('int8', new Int8Array(length), shape);
  return context.constantOfTensor(value);
}

/** (x - zero point) * scale for three inputs of the node; `axis` is where vectors of scales lie. */
function dequantized(context: NodeContext, x: number, scale: number, zero: number, { axis = 1 }: { axis?: number } = {}): ValueInfo {
  return context.math.mul(shifted(context, x, zero, axis), along(context, context.input(scale), context.input(x), axis));
}

/** x - zero point. */
function shifted(context: NodeContext, x: number, zero: number, axis = 1): ValueInfo {
  const value = asReal(context, context.input(x));
  const point = context.inputs[zero];
  return point ? context.math.sub(value, along(context, asReal(context, point), value, axis)) : value;
}

/** Scales or zero points in a shape that broadcasts with x: one, one for each index along the axis, or one for each block along it. */
function along(context: NodeContext, parameter: ValueInfo, x: ValueInfo, axis: number): ValueInfo {
  const { reshape, expand, slice } = context.math;
  const rank = x.shape.length;
  const at = axis < 0 ? axis + rank : axis;
  if (parameter.shape.length === 0) return parameter;
  if (parameter.shape.length === 1) {
    if (parameter.shape[0] === 1) return reshape(parameter, []);
    if (!(at >= 0 && at < rank) || parameter.shape[0] !== x.shape[at]) throw context.invalid(`scales must be one or ${x.shape[at]} for axis ${axis}, got ${parameter.shape[0]}`);
    return reshape(parameter, x.shape.map((size, index) => (index === at ? size : 1)));
  }
  const block = integer(context.node, 'block_size', 0);
  if (block === 0) return parameter;
  if (parameter.shape.length !== rank || !(at >= 0 && at < rank) || block < 0 || Math.ceil(x.shape[at] / block) !== parameter.shape[at]) {
    throw context.invalid(`scales must have one for each block of ${block} along axis ${axis} of ${formatShape(x.shape)}, got ${formatShape(parameter.shape)}`);
  }
  const [before, count, after] = [parameter.shape.slice(0, at), parameter.shape[at], parameter.shape.slice(at + 1)];
  const repeated = reshape(expand(reshape(parameter, [...before, count, 1, ...after]), [...before, count, block, ...after]), [...before, count * block, ...after]);
  return count * block === x.shape[at] ? repeated : slice(repeated, at, 0, x.shape[at]);
}

/** An integer result: the float32 value goes on, the node's output is whole again for who wants it. */
function integers(context: NodeContext, value: ValueInfo): ValueInfo[] {
  context.named(0, 'Cast', [value], { to: ONNX_TYPE.int32 });
  return [value];
}

/** The scale and zero point with which uint8 covers x and 0. */
function rangeOf(context: NodeContext, x: ValueInfo): { scale: ValueInfo; point: ValueInfo } {
  const { sub, div, neg } = context.math;
  const extreme = (op: string, limit: string): ValueInfo => context.emit(limit, [context.emit(op, [x], { keepdims: 0 }), context.scalar(0)]);
  const [low, high] = [extreme('ReduceMin', 'Min'), extreme('ReduceMax', 'Max')];
  const scale = div(sub(high, low), 255);
  const level = context.emit('Round', [neg(div(low, scale))]);
  return { scale, point: context.emit('Clip', [level, context.scalar(0), context.scalar(255)]) };
}

function dynamicQuantizeLinear(context: NodeContext): ValueInfo[] {
  const x = context.typed(0, 'float32');
  const { scale, point } = rangeOf(context, x);
  const whole = context.named(0, 'QuantizeLinear', [x, scale, context.emit('Cast', [point], { to: ONNX_TYPE.uint8 })]);
  context.named(2, 'Cast', [point], { to: ONNX_TYPE.uint8 });
  return [context.emit('DequantizeLinear', [whole, context.scalar(1)]), context.named(1, 'Identity', [scale]), point];
}

/** x as it is after being quantised to uint8 and back. */
function rounded(context: NodeContext, x: ValueInfo): ValueInfo {
  const { mul, sub } = context.math;
  const { scale, point } = rangeOf(context, x);
  const whole = context.emit('QuantizeLinear', [x, scale, context.emit('Cast', [point], { to: ONNX_TYPE.uint8 })]);
  return mul(sub(context.emit('DequantizeLinear', [whole, context.scalar(1)]), point), scale);
}
