import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../protocol/errors';
import { float32, formatShape, int64, tensor, type DataType, type Tensor } from '../tensor';

/** Numbers in nested arrays, as in `tf.tensor`: `[[1, 2], [3, 4]]` has the shape [2, 2]. */
export interface NestedNumbers extends ReadonlyArray<number | NestedNumbers> {}

/** What attributions take as a tensor: the engine's own, TensorFlow.js's, or nested arrays. */
export type TensorLike = Tensor | tfjs.Tensor | NestedNumbers;

/** In which of these forms a tensor was given, and so is returned. */
export type TensorKind = 'engine' | 'tfjs' | 'numbers';

export const isEngineTensor = (value: unknown): value is Tensor =>
  isObject(value) && Array.isArray(value.shape) && typeof value.dtype === 'string' && (ArrayBuffer.isView(value.data) || Array.isArray(value.data));

/** Told by its members: a notebook may bring its own copy of TensorFlow.js. */
export const isTfjsTensor = (value: unknown): value is tfjs.Tensor =>
  isObject(value) && Array.isArray(value.shape) && typeof value.dtype === 'string' && typeof value.data === 'function' && typeof value.dataSync === 'function';

export const isTensor = (value: unknown): value is Tensor | tfjs.Tensor => isEngineTensor(value) || isTfjsTensor(value);

/**
 * Reads a tensor of any form. Numbers become float32, or the wanted type. Throws `invalid-argument` for something else,
 * naming `subject`, and `shape-mismatch` for arrays of different lengths.
 */
export async function toTensor(value: unknown, subject: string, wanted: DataType = 'float32'): Promise<{ tensor: Tensor; kind: TensorKind }> {
  if (isEngineTensor(value)) return { tensor: value, kind: 'engine' };
  if (isTfjsTensor(value)) return { tensor: await fromTfjs(value, subject), kind: 'tfjs' };
  if (Array.isArray(value)) return { tensor: fromNumbers(value, subject, wanted), kind: 'numbers' };
  throw new LensError('invalid-argument', `${subject} must be a tensor or an array of numbers, got ${describeValue(value)}`);
}

/** A value in a message: `undefined`, `'text'`, `a LayersModel`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (!isObject(value)) return String(value);
  return value instanceof Promise ? 'a Promise (is an await missing?)' : `a ${value.constructor?.name ?? 'bare object'}`;
}

async function fromTfjs(value: tfjs.Tensor, subject: string): Promise<Tensor> {
  if (value.isDisposed) throw new LensError('invalid-argument', `${subject}: this tensor is disposed`);
  const { shape } = value;
  switch (value.dtype) {
    case 'float32':
      return float32(Float32Array.from(await value.data<'float32'>()), shape);
    case 'int32':
      return tensor('int32', Int32Array.from(await value.data<'int32'>()), shape);
    case 'bool':
      return tensor('bool', Uint8Array.from(await value.data<'bool'>()), shape);
    default:
      throw new LensError('invalid-argument', `${subject}: tensors of type ${value.dtype} have no attributions`);
  }
}

function fromNumbers(value: readonly unknown[], subject: string, dtype: DataType): Tensor {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  const flat: number[] = [];
  const visit = (item: unknown, axis: number): void => {
    if (axis < shape.length) {
      if (!Array.isArray(item) || item.length !== shape[axis]) {
        throw new LensError('shape-mismatch', `${subject}: nested arrays must all have the lengths ${formatShape(shape)}, found ${Array.isArray(item) ? `a length of ${item.length}` : describeValue(item)} on axis ${axis}`);
      }
      for (const inner of item) visit(inner, axis + 1);
    } else if (typeof item === 'number') flat.push(item);
    else throw new LensError('invalid-argument', `${subject}: arrays must hold numbers, got ${describeValue(item)}`);
  };
  visit(value, 0);
  return castTo(float64Values(flat, shape), dtype, subject);
}

interface Values {
  readonly data: ArrayLike<number | bigint>;
  readonly shape: readonly number[];
}

const float64Values = (data: number[], shape: number[]): Values => ({ data, shape });

/**
 * A tensor of another element type. Whole numbers can become any type; fractions can only be float32.
 * Throws `invalid-argument` where values would change.
 */
export function castTo(value: Values, dtype: DataType, subject: string): Tensor {
  const { data, shape } = value;
  if (dtype === 'float32') return float32(Float32Array.from(data as ArrayLike<number | bigint>, Number), shape);
  const fraction = Array.from(data as ArrayLike<number | bigint>, Number).find((item) => !Number.isInteger(item));
  if (fraction !== undefined) throw new LensError('invalid-argument', `${subject} must hold whole numbers (${dtype}), got ${fraction}`);
  switch (dtype) {
    case 'int64':
      return int64(data, shape);
    case 'int32':
      return tensor('int32', Int32Array.from(data as ArrayLike<number | bigint>, Number), shape);
    case 'int8':
      return tensor('int8', Int8Array.from(data as ArrayLike<number | bigint>, Number), shape);
    case 'uint8':
      return tensor('uint8', Uint8Array.from(data as ArrayLike<number | bigint>, Number), shape);
    case 'bool':
      return tensor('bool', Uint8Array.from(data as ArrayLike<number | bigint>, (item) => (Number(item) === 0 ? 0 : 1)), shape);
    case 'string':
      throw new LensError('invalid-argument', `${subject} must hold strings, got numbers`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
