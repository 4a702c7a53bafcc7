import type * as tfjs from '@tensorflow/tfjs';
import { toNumbers, type Tensor } from '../tensor';

/** A constant tensor in TensorFlow.js's types: integers are int32. */
export function toTfjs(tf: typeof tfjs, value: Tensor): tfjs.Tensor {
  const dtype = value.dtype === 'float32' || value.dtype === 'bool' ? value.dtype : 'int32';
  return tf.tensor(toNumbers(value), [...value.shape], dtype);
}

/** A tensor cast to a type. The WebAssembly backend's own cast to bool keeps the low byte only. */
export function castTo(tf: typeof tfjs, x: tfjs.Tensor, dtype: tfjs.DataType): tfjs.Tensor {
  return dtype === 'bool' && x.dtype !== 'bool' ? tf.notEqual(x, tf.scalar(0, x.dtype)) : tf.cast(x, dtype);
}
