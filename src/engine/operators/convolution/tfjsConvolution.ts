import type * as tfjs from '@tensorflow/tfjs';
import type { Shape } from '../../tensor';
import { extentOf, type Window } from './window';

type Tf = typeof tfjs;

/** Adds a bias [M] to [N, M, ...]. */
export function addBias(tf: Tf, y: tfjs.Tensor, bias: tfjs.Tensor | undefined): tfjs.Tensor {
  return bias ? tf.add(y, tf.reshape(bias, [1, -1, ...y.shape.slice(2).map(() => 1)])) : y;
}

/** The convolution of x [N, C, ...] with w [M, C / group, ...] over one, two or three spatial axes. TensorFlow.js wants the channels last. */
export function convolve(tf: Tf, x: tfjs.Tensor, w: tfjs.Tensor, window: Window, group: number): tfjs.Tensor {
  const spatial = x.rank - 2;
  if (spatial === 1) {
    const flat = convolve(tf, tf.expandDims(x, 2), tf.expandDims(w, 2), flatWindow(window), group);
    return tf.squeeze(flat, [2]);
  }
  if (spatial === 3 && window.dilations.some((dilation) => dilation > 1)) {
    // tfjs-node has no dilated convolution in three dimensions: the kernel is spread instead
    const spread = window.dilations.reduce((value, dilation, axis) => spreadAxis(tf, value, axis + 2, dilation), w);
    return convolve(tf, x, spread, { ...window, dilations: [1, 1, 1] }, group);
  }
  const axes = Array.from({ length: spatial }, (_, axis) => axis + 2);
  const data = tf.transpose(x, [0, ...axes, 1]);
  const padded = tf.pad(data, [[0, 0], ...axes.map((_, axis): [number, number] => [window.begins[axis], window.ends[axis]]), [0, 0]]);
  const kernel = tf.transpose(w, [...axes, 1, 0]);
  const dilated = window.dilations.some((dilation) => dilation > 1);
  const strides = dilated ? axes.map(() => 1) : [...window.strides];
  const result = grouped(tf, padded, kernel, strides, [...window.dilations], group);
  const back = tf.transpose(result, [0, spatial + 1, ...axes.map((axis) => axis - 1)]);
  return dilated ? everyStep(tf, back, window.strides) : back;
}

/** The transposed convolution of x [N, C, ...] with w [C, M / group, ...]; `size` is that of the output's spatial axes. */
export function convolveTransposed(tf: Tf, x: tfjs.Tensor, w: tfjs.Tensor, window: Window, group: number, size: Shape): tfjs.Tensor {
  const spread = window.strides.reduce((value, stride, axis) => spreadAxis(tf, value, axis + 2, stride), x);
  const margins = window.kernel.map((_, axis) => extentOf(window, axis) - 1);
  const dense = { ...window, strides: window.strides.map(() => 1), begins: margins, ends: margins };
  const whole = convolve(tf, spread, flipped(tf, w, group), dense, group);
  const cropped = tf.slice(whole, [0, 0, ...window.begins], [...whole.shape.slice(0, 2), ...size.map((length, axis) => Math.min(length, whole.shape[axis + 2] - window.begins[axis]))]);
  return tf.pad(cropped, cropped.shape.map((length, axis): [number, number] => [0, axis < 2 ? 0 : size[axis - 2] - length]));
}

function grouped(tf: Tf, x: tfjs.Tensor, w: tfjs.Tensor, strides: number[], dilations: number[], group: number): tfjs.Tensor {
  const channels = x.shape[x.rank - 1];
  if (group === channels && group > 1 && x.rank === 4) {
    const [height, width, , outputs] = w.shape;
    const depthwise = tf.reshape(w, [height, width, group, outputs / group]);
    return tf.depthwiseConv2d(x as tfjs.Tensor4D, depthwise as tfjs.Tensor4D, pair(strides), 'valid', 'NHWC', pair(dilations));
  }
  if (group === 1) return x.rank === 4 ? tf.conv2d(x as tfjs.Tensor4D, w as tfjs.Tensor4D, pair(strides), 'valid', 'NHWC', pair(dilations)) : tf.conv3d(x as tfjs.Tensor5D, w as tfjs.Tensor5D, triple(strides), 'valid', 'NDHWC', triple(dilations));
  const [data, kernels] = [tf.split(x, group, x.rank - 1), tf.split(w, group, w.rank - 1)];
  return tf.concat(data.map((part, index) => grouped(tf, part, kernels[index], strides, dilations, 1)), x.rank - 1);
}

/** A kernel [C, M / group, ...] as [M, C / group, ...], flipped along the spatial axes. */
function flipped(tf: Tf, w: tfjs.Tensor, group: number): tfjs.Tensor {
  const [channels, outputs, ...kernel] = w.shape;
  const axes = kernel.map((_, axis) => axis + 2);
  const parts = tf.reshape(tf.reverse(w, axes), [group, channels / group, outputs, ...kernel]);
  return tf.reshape(tf.transpose(parts, [0, 2, 1, ...axes.map((axis) => axis + 1)]), [group * outputs, channels / group, ...kernel]);
}

/** Puts stride - 1 zeros between neighbours along an axis. */
function spreadAxis(tf: Tf, x: tfjs.Tensor, axis: number, stride: number): tfjs.Tensor {
  if (stride === 1) return x;
  const [before, length, after] = [x.shape.slice(0, axis), x.shape[axis], x.shape.slice(axis + 1)];
  const product = (dims: Shape): number => dims.reduce((total, dim) => total * dim, 1);
  const wide = tf.pad(tf.reshape(x, [product(before), length, 1, product(after)]), [[0, 0], [0, 0], [0, stride - 1], [0, 0]]);
  const all = tf.reshape(wide, [...before, length * stride, ...after]);
  return tf.slice(all, all.shape.map(() => 0), [...before, (length - 1) * stride + 1, ...after]);
}

/** Every stride-th element along the spatial axes of [N, C, ...]. */
function everyStep(tf: Tf, x: tfjs.Tensor, strides: readonly number[]): tfjs.Tensor {
  if (strides.every((stride) => stride === 1)) return x;
  return tf.stridedSlice(x, x.shape.map(() => 0), x.shape, [1, 1, ...strides]);
}

/** A window over one axis as one over two, the first of length 1. */
function flatWindow({ kernel, strides, dilations, begins, ends }: Window): Window {
  return { kernel: [1, ...kernel], strides: [1, ...strides], dilations: [1, ...dilations], begins: [0, ...begins], ends: [0, ...ends] };
}

const pair = ([a, b]: number[]): [number, number] => [a, b];
const triple = ([a, b, c]: number[]): [number, number, number] => [a, b, c];
