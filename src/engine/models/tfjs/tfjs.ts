import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { DataType } from '../../tensor';

/** A TensorFlow.js package: `@tensorflow/tfjs`, `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`. */
export type Tf = typeof tfjs;

/** A plain model: any function from tensors to a tensor or several. */
export type TensorFunction = (...inputs: tfjs.Tensor[]) => tfjs.Tensor | tfjs.Tensor[];

/** What holds an element type of the engine in TensorFlow.js, which has no other integers than int32. */
export function toTfjsType(dtype: DataType): 'float32' | 'int32' | 'bool' {
  if (dtype === 'string') throw new LensError('invalid-argument', 'TensorFlow.js models that read strings cannot be attributed', 'Attribute to the numbers that the strings are turned into.');
  return dtype === 'float32' || dtype === 'bool' ? dtype : 'int32';
}

/** The engine's element type for one of TensorFlow.js's. Throws `unsupported-operator` for complex numbers and strings. */
export function fromTfjsType(dtype: tfjs.DataType, subject: string): 'float32' | 'int32' | 'bool' {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new LensError('unsupported-operator', `${subject}: tensors of type ${dtype} are not supported`);
}
