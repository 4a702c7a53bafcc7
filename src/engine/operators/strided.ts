import { LensError } from '../../protocol/errors';
import { sizeOf, type DataType, type Shape, type Tensor, type TensorData } from '../tensor';
import type { OutputInfo } from './operator';

/** The elements of any tensor, readable and writable by index. */
export interface Elements {
  [index: number]: number | bigint | string;
  readonly length: number;
}

/** No constant that is computed while a model is read may have more elements. */
const MOST_ELEMENTS = 2 ** 29;

/** Room for `size` zeros (empty strings) of a type. Throws `out-of-memory` for absurd sizes. */
export function allocate<T extends DataType>(dtype: T, size: number): TensorData[T];
export function allocate(dtype: DataType, size: number): TensorData[DataType] {
  if (size > MOST_ELEMENTS) throw new LensError('out-of-memory', `A constant may have ${MOST_ELEMENTS} elements, the model computes one of ${size}`);
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'int64':
      return new BigInt64Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'int8':
      return new Int8Array(size);
    case 'uint8':
    case 'bool':
      return new Uint8Array(size);
    case 'string':
      return new Array<string>(size).fill('');
  }
}

/** How many elements lie between neighbours along each axis, in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** The tensor of a type and shape whose element `index`, in row-major order, is `element(index)`. Numbers become what the type holds. */
export function generate({ dtype, shape }: OutputInfo, element: (index: number) => number | bigint | boolean | string): Tensor {
  const data = allocate(dtype, sizeOf(shape));
  const elements: Elements = data;
  const convert = dtype === 'string' ? String : dtype === 'int64' ? (value: number | bigint | boolean | string) => BigInt(value) : Number;
  for (let index = 0; index < elements.length; index++) elements[index] = convert(element(index));
  return { dtype, shape, data };
}

/** A window on the elements of a tensor: element [i, j, ...] lies at offset + i * strides[0] + j * strides[1] + ... */
export interface View {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset?: number;
}

/** Copies a view to a tensor of its own. Transpose, Slice, Expand and Tile are views. */
export function materialise(source: Tensor, { shape, strides, offset = 0 }: View): Tensor {
  const data = allocate(source.dtype, sizeOf(shape));
  copy(source.data, { shape, strides, offset }, data);
  return { dtype: source.dtype, shape, data };
}

/** The view that repeats a tensor along its axes of length 1 up to `shape`. */
export function broadcastView(source: Shape, shape: Shape): View {
  const own = stridesOf(source);
  const leading = shape.length - source.length;
  return { shape, strides: shape.map((_, axis) => (axis < leading || source[axis - leading] === 1 ? 0 : own[axis - leading])) };
}

/** The same view with neighbouring axes made one where elements lie evenly along both. */
function merged({ shape, strides, offset = 0 }: View): View {
  const [lengths, steps]: [number[], number[]] = [[], []];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (lengths.length > 0 && strides[axis] === steps[0] * lengths[0]) lengths[0] *= shape[axis];
    else {
      lengths.unshift(shape[axis]);
      steps.unshift(strides[axis]);
    }
  }
  return { shape: lengths, strides: steps, offset };
}

function copy(source: Elements, view: View, target: Elements): void {
  const { shape, strides, offset = 0 } = merged(view);
  const last = shape.length - 1;
  const inner = last < 0 ? 1 : shape[last];
  const step = last < 0 ? 0 : strides[last];
  const index = new Array<number>(Math.max(0, last)).fill(0);
  let position = offset;
  for (let written = 0; written < target.length; ) {
    for (let i = 0; i < inner; i++) target[written++] = source[position + i * step];
    for (let axis = last - 1; axis >= 0; axis--) {
      position += strides[axis];
      if (++index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
