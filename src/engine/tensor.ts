import { LensError } from '../protocol/errors';

/** Element types of the engine. Models in float16 and float64 are cast to float32 when they are read. */
export type DataType = 'float32' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool' | 'string';

export interface TensorData {
  float32: Float32Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  bool: Uint8Array;
  string: string[];
}

export type Shape = readonly number[];

/** A dense array in row-major (C) order. Treated as immutable once it is made. */
export interface Tensor<T extends DataType = DataType> {
  readonly dtype: T;
  readonly shape: Shape;
  readonly data: TensorData[T];
}

/** The number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

/** A float32 tensor; numbers are copied, a Float32Array is taken as it is. */
export function float32(data: Float32Array | ArrayLike<number>, shape: Shape): Tensor<'float32'> {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return checked({ dtype: 'float32', shape, data: values });
}

/** An int64 tensor from numbers or bigints. */
export function int64(data: BigInt64Array | ArrayLike<number | bigint>, shape: Shape): Tensor<'int64'> {
  const values = data instanceof BigInt64Array ? data : BigInt64Array.from(Array.from(data, (value) => BigInt(value)));
  return checked({ dtype: 'int64', shape, data: values });
}

/** Any tensor, checked that data and shape agree. Throws `shape-mismatch`. */
export function tensor<T extends DataType>(dtype: T, data: TensorData[T], shape: Shape): Tensor<T> {
  return checked({ dtype, shape, data });
}

/** The elements of a numeric tensor as plain numbers (shape arithmetic, indices). */
export function toNumbers(value: Tensor): number[] {
  if (value.dtype === 'string') throw new LensError('invalid-argument', 'A string tensor has no numeric values');
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}

export const isFloat32 = (value: Tensor): value is Tensor<'float32'> => value.dtype === 'float32';

/** `[2, 3, 50, 50]` for messages. */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

function checked<T extends DataType>(value: Tensor<T>): Tensor<T> {
  const expected = sizeOf(value.shape);
  if (value.data.length !== expected) {
    throw new LensError('shape-mismatch', `A tensor of shape ${formatShape(value.shape)} holds ${expected} elements, got ${value.data.length}`);
  }
  return value;
}
