import type { TensorStatistics } from '../../protocol/kernel';
import type { TensorView } from './tensorView';
import { thumbnail } from './thumbnail';

/** The elements of a tensor as numbers, or null where it holds none (strings). */
export type Numbers = ArrayLike<number>;

/** Reads a tensor's elements as numbers. */
export function numbersOf(view: TensorView): Numbers | null {
  if (view.dtype === 'string' || view.dtype === 'complex64') return null;
  const values = view.read();
  return typeof values[0] === 'bigint' ? Float64Array.from(values as ArrayLike<bigint>, Number) : (values as Numbers);
}

/** Minimum, maximum and mean over the finite elements, and a picture. */
export function statistics(view: TensorView, values: Numbers | null): TensorStatistics {
  const { shape, dtype } = view;
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let finite = 0;
  let nanCount = 0;
  let infinityCount = 0;
  for (let index = 0; values && index < values.length; index++) {
    const value = Number(values[index]);
    if (value !== value) nanCount++;
    else if (value === Infinity || value === -Infinity) infinityCount++;
    else {
      finite++;
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  const known = finite > 0 ? { min, max, mean: sum / finite } : { min: null, max: null, mean: null };
  return { shape: [...shape], dtype, ...known, nanCount, infinityCount, thumbnail: values ? thumbnail(shape, values) : undefined };
}
