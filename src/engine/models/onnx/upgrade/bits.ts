import { TensorProto_DataType as Onnx } from '../../../graph/onnx_pb';
import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { choice } from '../../../operators/attributes';
import { generate } from '../../../operators/strided';
import type { DataType } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Operators on the bits of integers that depend on how many bits there are. */
export const bitUpgrades: Readonly<Record<string, Upgrade>> = {
  BitShift: bitShift,
  /** 2^bits - 1 - x for unsigned integers that the engine keeps in wider signed ones. */
  BitwiseNot: (context) => {
    const x = context.input(0);
    const { bits, isSigned } = widthOf(context, x);
    return isSigned || x.dtype === 'uint8' || bits === 64 ? undefined : context.result('Sub', [number(context, x.dtype, 2 ** bits - 1), x]);
  },
};

interface Width {
  readonly bits: number;
  readonly isSigned: boolean;
}

const WIDTHS: ReadonlyMap<number, Width> = new Map<number, Width>([
  [Onnx.INT8, { bits: 8, isSigned: true }],
  [Onnx.INT16, { bits: 16, isSigned: true }],
  [Onnx.INT32, { bits: 32, isSigned: true }],
  [Onnx.INT64, { bits: 64, isSigned: true }],
  [Onnx.UINT8, { bits: 8, isSigned: false }],
  [Onnx.UINT16, { bits: 16, isSigned: false }],
  [Onnx.UINT32, { bits: 32, isSigned: false }],
  [Onnx.UINT64, { bits: 64, isSigned: false }],
]);

/** As the file declares the type of the first input; where it does not, as the engine has it. */
function widthOf(context: NodeContext, x: ValueInfo): Width {
  const width = WIDTHS.get(context.node.elementType ?? ONNX_TYPE[x.dtype]);
  if (!width) throw context.invalid(`input 0 must be integers, got ${x.dtype}`);
  return width;
}

const number = (context: NodeContext, dtype: DataType, value: number | bigint): ValueInfo => context.constantOfTensor(generate({ dtype, shape: [] }, () => value));

/**
 * x * 2^n, or x / 2^n rounded down, with the bits beyond the type's dropped. Shifts by less than 0 or by all bits and
 * more give 0, to the right -1 for negative x.
 */
function bitShift(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const isLeft = choice(node, 'direction', ['LEFT', 'RIGHT'], 'LEFT') === 'LEFT';
  const given = context.input(0);
  const { bits, isSigned } = widthOf(context, given);
  const wide = given.dtype === 'int64' ? 'int64' : 'int32';
  const asWide = (value: ValueInfo): ValueInfo => (value.dtype === wide ? value : context.emit('Cast', [value], { to: ONNX_TYPE[wide] }));
  const constant = (value: number | bigint): ValueInfo => number(context, wide, value);
  const [x, shift] = [asWide(given), asWide(context.input(1))];
  const most = isLeft ? bits : Math.min(bits, wide === 'int64' ? 63 : 31); // 2 to this is the least that int64 or int32 cannot hold
  const isWithin = math.and(math.less(constant(-1), shift), math.less(shift, constant(most)));
  const powers = context.constantOfTensor(generate({ dtype: wide, shape: [most] }, (index) => BigInt.asIntN(wide === 'int64' ? 64 : 32, 1n << BigInt(index))));
  const power = context.emit('Gather', [powers, math.where(isWithin, shift, constant(0))], { axis: 0 });
  const isNegative = math.less(x, constant(0));
  const inverted = (value: ValueInfo): ValueInfo => math.where(isNegative, math.sub(constant(-1), value), value);
  const shifted = isLeft ? wrapped(context, math.mul(x, power), { bits, isSigned }) : inverted(math.div(inverted(x), power));
  const result = math.where(isWithin, shifted, isLeft ? constant(0) : math.where(isNegative, constant(-1), constant(0)));
  return given.dtype === wide ? context.result('Identity', [result]) : context.result('Cast', [result], { to: ONNX_TYPE[given.dtype] });
}

/** The lowest bits of an int32 or int64, read as the narrower type. */
function wrapped(context: NodeContext, value: ValueInfo, { bits, isSigned }: Width): ValueInfo {
  if (bits === 64 || (bits === 32 && value.dtype === 'int32')) return value;
  const { add, sub } = context.math;
  const lowest = (all: ValueInfo): ValueInfo => context.emit('BitwiseAnd', [all, number(context, value.dtype, 2 ** bits - 1)]);
  const half = number(context, value.dtype, 2 ** (bits - 1));
  return isSigned ? sub(lowest(add(value, half)), half) : lowest(value);
}
