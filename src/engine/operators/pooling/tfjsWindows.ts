import type * as tfjs from '@tensorflow/tfjs';
import type { Shape } from '../../tensor';
import { extentOf, type Window } from '../convolution/window';

/**
 * The windows over the spatial axes of x [N, C, ...] as one tensor of the pooled shape for each offset within the
 * window, in row-major order of the offsets. Padding, and what a last window reaches beyond it, is `fill`.
 */
export function windowsOf(tf: typeof tfjs, x: tfjs.Tensor, window: Window, places: Shape, fill: number): tfjs.Tensor[] {
  const needed = places.map((count, axis) => (count - 1) * window.strides[axis] + extentOf(window, axis));
  const after = needed.map((size, axis) => Math.max(0, size - x.shape[axis + 2] - window.begins[axis]));
  const padded = tf.pad(x, [[0, 0], [0, 0], ...window.begins.map((begin, axis): [number, number] => [begin, after[axis]])], fill);
  return offsetsOf(window.kernel).map((offset) => {
    const starts = offset.map((index, axis) => index * window.dilations[axis]);
    const ends = starts.map((start, axis) => start + (places[axis] - 1) * window.strides[axis] + 1);
    return tf.stridedSlice(padded, [0, 0, ...starts], [...padded.shape.slice(0, 2), ...ends], [1, 1, ...window.strides]);
  });
}

/** Every index tuple below `kernel`, the last axis fastest. */
function offsetsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, index) => [...offset, index])), [[]]);
}
