import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../protocol/errors';
import type { ValueInfo } from '../graph/graph';
import { formatShape, type Tensor } from '../tensor';

const LOWEST = -(2n ** 31n);
const HIGHEST = 2n ** 31n - 1n;

/** Copies a tensor to TensorFlow.js, where all integers are int32: int64 values beyond become the nearest there is. */
export function toTfjs(tf: typeof tfjs, value: Tensor, subject: string): tfjs.Tensor {
  const shape = [...value.shape];
  const { data } = value;
  if (data instanceof Float32Array) return tf.tensor(data, shape, 'float32');
  if (value.dtype === 'bool' && data instanceof Uint8Array) return tf.tensor(data, shape, 'bool');
  if (data instanceof BigInt64Array) return tf.tensor(Int32Array.from(data, saturated), shape, 'int32');
  if (Array.isArray(data)) throw new LensError('invalid-argument', `${subject}: TensorFlow.js graphs hold no strings`);
  return tf.tensor(Int32Array.from(data), shape, 'int32');
}

const saturated = (value: bigint): number => Number(value < LOWEST ? LOWEST : value > HIGHEST ? HIGHEST : value);

/** Reads a tensor of TensorFlow.js as the type that the graph gives it. */
export async function fromTfjs(value: tfjs.Tensor | undefined, info: ValueInfo | undefined, subject: string): Promise<Tensor> {
  if (!value || !info) throw new LensError('runtime-failure', `${subject} was not computed`);
  const held = info.dtype === 'float32' || info.dtype === 'bool' ? info.dtype : 'int32';
  const fits = value.dtype === held && value.shape.length === info.shape.length && value.shape.every((dim, axis) => dim === info.shape[axis]);
  if (!fits) throw new LensError('runtime-failure', `${subject} must be ${held} ${formatShape(info.shape)}, TensorFlow.js gave ${value.dtype} ${formatShape(value.shape)}`);
  const data = await value.data();
  const shape = [...info.shape];
  switch (info.dtype) {
    case 'float32':
      return { dtype: 'float32', shape, data: Float32Array.from(data) };
    case 'int32':
      return { dtype: 'int32', shape, data: Int32Array.from(data) };
    case 'int64':
      return { dtype: 'int64', shape, data: BigInt64Array.from(Array.from(data, BigInt)) };
    case 'int8':
      return { dtype: 'int8', shape, data: Int8Array.from(data) };
    case 'uint8':
    case 'bool':
      return { dtype: info.dtype, shape, data: Uint8Array.from(data) };
    case 'string':
      throw new LensError('runtime-failure', `${subject}: TensorFlow.js graphs hold no strings`);
  }
}
