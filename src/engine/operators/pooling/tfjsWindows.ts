import type * as tfjs from '@tensorflow/tfjs';
import type { Shape } from '../../tensor';
import { extentOf, type Window } from '../convolution/window';

type Tf = typeof tfjs;

/** Pads x [N, C, ...] so that the windows just fit: what the last ones reach beyond the padding is filled as well, what none reaches is cut off. */
export function padded(tf: Tf, x: tfjs.Tensor, window: Window, places: Shape, fill: number, multiple: readonly number[] = window.strides.map(() => 1)): tfjs.Tensor {
  const needed = places.map((count, axis) => Math.ceil(((count - 1) * window.strides[axis] + extentOf(window, axis)) / multiple[axis]) * multiple[axis]);
  const used = needed.map((size, axis) => Math.min(x.shape[axis + 2], size - window.begins[axis]));
  const [batch = 0, channels = 0] = x.shape;
  const cut = tf.slice(x, x.shape.map(() => 0), [batch, channels, ...used]);
  const margins = needed.map((size, axis): [number, number] => [window.begins[axis], size - window.begins[axis] - used[axis]]);
  return tf.pad(cut, [[0, 0], [0, 0], ...margins], fill);
}

/**
 * The windows over the spatial axes of x [N, C, ...] as one tensor of the pooled shape for each offset within the
 * window, in row-major order of the offsets. Elements that are one stride apart are first brought together, since
 * strided slices are slow on WebAssembly.
 */
export function windowsOf(tf: Tf, x: tfjs.Tensor, window: Window, places: Shape, fill: number): tfjs.Tensor[] {
  const { kernel, strides, dilations } = window;
  const [batch = 0, channels = 0] = x.shape;
  const whole = padded(tf, x, window, places, fill, strides);
  const phases = strides.reduce<tfjs.Tensor[]>((parts, stride, axis) => parts.flatMap((part) => phasesOf(tf, part, axis + 2, stride)), [whole]);
  return offsetsOf(kernel).map((offset) => {
    const distance = offset.map((index, axis) => index * dilations[axis]);
    const phase = distance.reduce((flat, index, axis) => flat * strides[axis] + (index % strides[axis]), 0);
    const starts = distance.map((index, axis) => Math.floor(index / strides[axis]));
    return tf.slice(phases[phase], [0, 0, ...starts], [batch, channels, ...places]);
  });
}

/** x[0::stride], x[1::stride], ... along one axis, whose length the stride divides. */
function phasesOf(tf: Tf, x: tfjs.Tensor, axis: number, stride: number): tfjs.Tensor[] {
  if (stride === 1) return [x];
  const length = x.shape[axis] / stride;
  const shape = x.shape.map((dim, index) => (index === axis ? length : dim));
  const before = x.shape.slice(0, axis).reduce((product, dim) => product * dim, 1);
  const apart = tf.transpose(tf.reshape(x, [before, length, stride, -1]), [2, 0, 1, 3]);
  return tf.unstack(apart).map((part) => tf.reshape(part, shape));
}

/** Every index tuple below `kernel`, the last axis fastest. */
function offsetsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>((offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, index) => [...offset, index])), [[]]);
}

/** Pools an image [N, C, H, W] with TensorFlow.js's own operator where it can: two spatial axes, no dilation. */
export function poolImage(tf: Tf, x: tfjs.Tensor, window: Window, places: Shape, kind: 'max' | 'average', fill: number): tfjs.Tensor | undefined {
  if (x.rank !== 4 || window.dilations.some((dilation) => dilation > 1)) return undefined;
  const data = tf.transpose(padded(tf, x, window, places, fill), [0, 2, 3, 1]) as tfjs.Tensor4D;
  const [kernel, strides] = [pair(window.kernel), pair(window.strides)];
  const pooled = kind === 'max' ? tf.maxPool(data, kernel, strides, 'valid') : tf.avgPool(data, kernel, strides, 'valid');
  return tf.transpose(pooled, [0, 3, 1, 2]);
}

const pair = ([height, width]: readonly number[]): [number, number] => [height, width];
