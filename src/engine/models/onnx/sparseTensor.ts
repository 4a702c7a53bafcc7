import { LensError } from '../../../protocol/errors';
import type { SparseTensorProto } from '../../graph/onnx_pb';
import { stridesOf } from '../../operators/strided';
import { formatShape, toNumbers, type Tensor } from '../../tensor';
import type { TensorReader } from './tensors';

/** A sparse tensor as a dense one: zeros, and the values at their indices, given as [values] places in row-major order or as [values, axes]. Throws `invalid-model`. */
export function readSparse({ values: stored, indices: places, dims }: SparseTensorProto, subject: string, tensors: TensorReader): Tensor {
  if (!stored || !places) throw new LensError('invalid-model', `${subject}: a sparse tensor must have values and indices`);
  const values = tensors.read(stored, subject);
  const indices = tensors.read(places, `${subject}: its indices`);
  const dense = tensors.zeros(values.dtype, dims, subject);
  const { shape } = dense;
  const count = values.shape.length === 1 ? values.shape[0] : -1;
  const isFlat = formatShape(indices.shape) === formatShape([count]);
  if (count < 0 || indices.dtype !== 'int64' || !(isFlat || formatShape(indices.shape) === formatShape([count, shape.length]))) {
    throw new LensError('invalid-model', `${subject}: its indices must be int64 of shape [${count}] or [${count}, ${shape.length}], got ${indices.dtype} ${formatShape(indices.shape)}`);
  }
  const numbers = toNumbers(indices);
  const strides = stridesOf(shape);
  const target: { [index: number]: number | bigint | string } = dense.data;
  for (let index = 0; index < count; index++) {
    const own = isFlat ? [numbers[index]] : numbers.slice(index * shape.length, (index + 1) * shape.length);
    const place = isFlat ? own[0] : own.reduce((sum, at, axis) => sum + at * strides[axis], 0);
    const isInside = isFlat ? place >= 0 && place < dense.data.length : own.every((at, axis) => at >= 0 && at < shape[axis]);
    if (!isInside) throw new LensError('invalid-model', `${subject}: its indices must lie within ${formatShape(shape)}, got ${formatShape(own)}`);
    target[place] = values.data[index];
  }
  return dense;
}
