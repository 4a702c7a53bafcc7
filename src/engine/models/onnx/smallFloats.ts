import { TensorProto_DataType as Onnx } from '../../graph/onnx_pb';
import type { Tensor } from '../../tensor';

/** Floating-point numbers of a byte or less: the values by their bits, in float32, which has them all. */
export interface SmallFloat {
  readonly bits: 4 | 8;
  readonly values: Float32Array;
}

interface Format {
  readonly bits: 4 | 8;
  readonly fraction: number;
  readonly bias: number;
  /** What the bits say that are no number. */
  readonly special: (bits: number) => number | undefined;
}

/** Micikevicius et al., "FP8 formats for deep learning", 2022; with FNUZ, Noune et al., "8-bit numerical formats for deep neural networks", 2022; OCP Microscaling Formats (MX), 2023. */
const FORMATS: ReadonlyMap<number, Format> = new Map<number, Format>([
  [Onnx.FLOAT8E4M3FN, { bits: 8, fraction: 3, bias: 7, special: (bits) => ((bits & 0x7f) === 0x7f ? NaN : undefined) }],
  [Onnx.FLOAT8E4M3FNUZ, { bits: 8, fraction: 3, bias: 8, special: (bits) => (bits === 0x80 ? NaN : undefined) }],
  [Onnx.FLOAT8E5M2, { bits: 8, fraction: 2, bias: 15, special: (bits) => ((bits & 0x7c) !== 0x7c ? undefined : (bits & 3) !== 0 ? NaN : bits === 0x7c ? Infinity : -Infinity) }],
  [Onnx.FLOAT8E5M2FNUZ, { bits: 8, fraction: 2, bias: 16, special: (bits) => (bits === 0x80 ? NaN : undefined) }],
  [Onnx.FLOAT8E8M0, { bits: 8, fraction: 0, bias: 127, special: (bits) => (bits === 0xff ? NaN : 2 ** (bits - 127)) }],
  [Onnx.FLOAT4E2M1, { bits: 4, fraction: 1, bias: 1, special: () => undefined }],
]);

const tables = new Map<number, SmallFloat>();

/** How one of ONNX's types is read; undefined for others. */
export function smallFloat(onnxType: number): SmallFloat | undefined {
  const format = FORMATS.get(onnxType);
  if (!format) return undefined;
  const known = tables.get(onnxType) ?? { bits: format.bits, values: Float32Array.from({ length: 2 ** format.bits }, (_, bits) => format.special(bits) ?? valueOf(format, bits)) };
  tables.set(onnxType, known);
  return known;
}

/** A sign, an exponent, and a fraction: (-1)^s * 2^(e - bias) * 1.f, and (-1)^s * 2^(1 - bias) * 0.f for e = 0. */
function valueOf({ bits: width, fraction, bias }: Format, bits: number): number {
  const sign = bits >> (width - 1) === 1 ? -1 : 1;
  const exponent = (bits >> fraction) & (2 ** (width - 1 - fraction) - 1);
  const part = (bits & (2 ** fraction - 1)) / 2 ** fraction;
  return sign * (exponent === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (exponent - bias));
}

/** The numbers in the bytes of a file; of those of 4 bits, the first lies in the lowest. */
export function readSmallFloats({ bits, values }: SmallFloat, bytes: ArrayLike<number>, count: number): Float32Array {
  const perByte = 8 / bits;
  return Float32Array.from({ length: count }, (_, index) => values[(bytes[Math.floor(index / perByte)] >> ((index % perByte) * bits)) & (2 ** bits - 1)]);
}

const read = new WeakSet<Tensor>();

/** Remembers that a tensor had one of these types: rounding to it is not supported. */
export function markSmall(tensor: Tensor): Tensor {
  read.add(tensor);
  return tensor;
}

export const wasSmallFloat = (tensor: Tensor | undefined): boolean => tensor !== undefined && read.has(tensor);
