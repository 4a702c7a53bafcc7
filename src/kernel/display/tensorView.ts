import { isProxy, isTypedArray } from 'node:util/types';
import { loadedTensorflow } from '../session/tensorflow';

/** Any value that holds numbers in a grid, before they are read. */
export interface TensorView {
  /** `Tensor`, `Float32Array`, `number[][]`. */
  type: string;
  shape: readonly number[];
  dtype: string;
  disposed: boolean;
  /** The elements in row-major order; strings for a string tensor. */
  read(): ArrayLike<number | bigint | boolean | string>;
}

/** Nested arrays beyond this are shown as arrays. */
const MAX_NESTED_ELEMENTS = 1_000_000;
const MAX_RANK = 8;

/**
 * Sees a value as a tensor: a TensorFlow.js tensor, a tensor of the engine, a typed array, or numbers in nested arrays
 * of equal lengths. Runs no code of the value's: neither getters nor proxies.
 */
export function asTensor(value: unknown): TensorView | undefined {
  if (typeof value !== 'object' || value === null || isProxy(value)) return undefined;
  return tfTensor(value) ?? engineTensor(value) ?? typedArray(value) ?? nestedArray(value);
}

function tfTensor(value: object): TensorView | undefined {
  const tf = loadedTensorflow();
  if (!tf || !(value instanceof tf.Tensor)) return undefined;
  const type = value instanceof tf.Variable ? 'Variable' : 'Tensor';
  const { shape, dtype, isDisposed } = value;
  return { type, shape, dtype, disposed: isDisposed, read: () => value.dataSync() };
}

function engineTensor(value: object): TensorView | undefined {
  const [dtype, shape, data] = ['dtype', 'shape', 'data'].map((key) => Object.getOwnPropertyDescriptor(value, key)?.value as unknown);
  const isData = isTypedArray(data) || (Array.isArray(data) && dtype === 'string');
  if (typeof dtype !== 'string' || !isShape(shape) || !isData || isProxy(data)) return undefined;
  if (data.length !== sizeOf(shape)) return undefined;
  return { type: 'Tensor', shape, dtype, disposed: false, read: () => data as ArrayLike<number> };
}

function typedArray(value: object): TensorView | undefined {
  if (!isTypedArray(value) || Buffer.isBuffer(value)) return undefined;
  const type = value[Symbol.toStringTag];
  return { type, shape: [value.length], dtype: type.replace('Array', '').toLowerCase(), disposed: false, read: () => value };
}

function nestedArray(value: object): TensorView | undefined {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level) && shape.length < MAX_RANK; level = elementAt(level, 0)) {
    if (isProxy(level)) return undefined;
    shape.push(level.length);
  }
  const size = sizeOf(shape);
  if (shape.length === 0 || size === 0 || size > MAX_NESTED_ELEMENTS) return undefined;
  const values = new Float64Array(size);
  let count = 0;
  const fill = (level: unknown, axis: number): boolean => {
    if (axis === shape.length) {
      if (typeof level !== 'number') return false;
      values[count++] = level;
      return true;
    }
    if (!Array.isArray(level) || isProxy(level) || level.length !== shape[axis]) return false;
    for (let index = 0; index < level.length; index++) {
      if (!fill(elementAt(level, index), axis + 1)) return false;
    }
    return true;
  };
  if (!fill(value, 0)) return undefined;
  return { type: `number${'[]'.repeat(shape.length)}`, shape, dtype: 'float64', disposed: false, read: () => values };
}

/** An element that is a plain value, not a getter. */
function elementAt(array: readonly unknown[], index: number): unknown {
  return Object.getOwnPropertyDescriptor(array, index)?.value;
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && !isProxy(value) && value.length <= MAX_RANK && value.every((dim) => Number.isInteger(dim) && dim >= 0);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
