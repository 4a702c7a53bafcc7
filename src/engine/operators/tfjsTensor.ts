import type * as tfjs from '@tensorflow/tfjs';
import { toNumbers, type Tensor } from '../tensor';

/** A constant tensor in TensorFlow.js's types: integers are int32. */
export function toTfjs(tf: typeof tfjs, value: Tensor): tfjs.Tensor {
  const dtype = value.dtype === 'float32' || value.dtype === 'bool' ? value.dtype : 'int32';
  return tf.tensor(toNumbers(value), [...value.shape], dtype);
}
