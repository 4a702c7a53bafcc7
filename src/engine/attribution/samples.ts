import { sizeOf, tensor, type Tensor } from '../tensor';
import { blank, copyExample, examplesOf, type Rows } from './rows';

/** Tensors with `perExample` rows in a row for each example, as {@link repeated} makes them. */
export const samplesOf = (tensors: readonly Tensor[], perExample: number): Rows => ({ ...examplesOf(tensors), exampleOf: (row) => Math.floor(row / perExample) });

/** Each example `times` times in a row (Captum's repeat_interleave). */
export const repeated = <T extends Tensor>(value: T, times: number): T => (times === 1 ? value : taken(value, value.shape[0] * times, (row) => Math.floor(row / times)));

/** `count` examples of a tensor, chosen by index. */
export function taken<T extends Tensor>(value: T, count: number, index: (row: number) => number): T {
  const result = blank(value.dtype, [count, ...value.shape.slice(1)]);
  for (let row = 0; row < count; row++) copyExample(value, index(row), result.data, row * sizeOf(value.shape.slice(1)));
  return tensor(value.dtype, result.data, result.shape) as T;
}
