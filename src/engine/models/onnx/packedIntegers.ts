import { TensorProto_DataType as Onnx } from '../../graph/onnx_pb';
import type { Tensor } from '../../tensor';

/** Integers of less than a byte, several in each, the first in the lowest bits; the engine holds each in a byte. */
export interface Packed {
  readonly dtype: 'int8' | 'uint8';
  readonly bits: 2 | 4;
}

const PACKED: ReadonlyMap<number, Packed> = new Map<number, Packed>([
  [Onnx.INT4, { dtype: 'int8', bits: 4 }],
  [Onnx.UINT4, { dtype: 'uint8', bits: 4 }],
  [Onnx.INT2, { dtype: 'int8', bits: 2 }],
  [Onnx.UINT2, { dtype: 'uint8', bits: 2 }],
]);

/** How values of one of ONNX's types are packed; undefined for whole bytes. */
export const packedType = (onnxType: number): Packed | undefined => PACKED.get(onnxType);

/** The bytes that so many packed integers take. */
export const packedBytes = ({ bits }: Packed, count: number): number => Math.ceil((count * bits) / 8);

/** The integers in packed bytes. */
export function unpack({ dtype, bits }: Packed, bytes: ArrayLike<number>, count: number): Int8Array | Uint8Array {
  const values = dtype === 'int8' ? new Int8Array(count) : new Uint8Array(count);
  const perByte = 8 / bits;
  for (let index = 0; index < count; index++) {
    const value = (bytes[Math.floor(index / perByte)] >> ((index % perByte) * bits)) & (2 ** bits - 1);
    values[index] = dtype === 'int8' && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }
  return values;
}

/** The least and largest integer. */
export const packedRange = ({ dtype, bits }: Packed): [number, number] => (dtype === 'int8' ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]);

const packings = new WeakMap<Tensor, Packed>();

/** Remembers that a tensor was packed: a zero point's type says what is quantised to. */
export function markPacked(tensor: Tensor, packed: Packed): Tensor {
  packings.set(tensor, packed);
  return tensor;
}

/** How a tensor was packed in its file; undefined for one of whole bytes. */
export const packingOf = (tensor: Tensor | undefined): Packed | undefined => tensor && packings.get(tensor);
