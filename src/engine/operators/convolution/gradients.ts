import type { GraphBuilder } from '../../graph/builder';
import type { ValueInfo } from '../../graph/graph';
import { sizeOf, type Shape, type Tensor } from '../../tensor';
import { algebra } from '../algebra';
import { materialise, stridesOf } from '../strided';
import type { Window } from './window';

/** Constant kernels turned round, by their groups, so that graphs of different batch sizes share them. */
const flipped = new WeakMap<Tensor, Map<number, Tensor>>();

/** A kernel [M, C / group, ...] turned round for the way back: [C, M / group, ...], flipped along the spatial axes. Made once when it is constant. */
export function flippedKernel(builder: GraphBuilder, w: ValueInfo, constant: Tensor | undefined, group: number): ValueInfo {
  if (constant) return builder.constant(flippedConstant(constant, group), `${w.name}_flipped`);
  const { grouped, shape } = turned(w.shape, group);
  const { reshape, transpose } = algebra(builder);
  const axes = w.shape.slice(2).map((_, axis) => axis + 2);
  const backwards = [-1, -(2 ** 31), -1].map((value) => builder.integers(axes.map(() => value)));
  const reversed = builder.op('Slice', [w, backwards[0], backwards[1], builder.integers(axes), backwards[2]]);
  return reshape(transpose(reshape(reversed, grouped), [0, 2, 1, ...axes.map((axis) => axis + 1)]), shape);
}

/** The shape of a kernel with its groups as an axis, and that of the kernel turned round. */
function turned([outputs, channels, ...kernel]: Shape, group: number): { grouped: number[]; shape: number[] } {
  return { grouped: [group, outputs / group, channels, ...kernel], shape: [channels * group, outputs / group, ...kernel] };
}

function flippedConstant(kernel: Tensor, group: number): Tensor {
  const known = flipped.get(kernel) ?? new Map<number, Tensor>();
  flipped.set(kernel, known);
  const { grouped, shape } = turned(kernel.shape, group);
  const [groupStride, outputStride, channelStride, ...strides] = stridesOf(grouped);
  const [, outputs, channels, ...sizes] = grouped;
  const view = {
    shape: [group, channels, outputs, ...sizes],
    strides: [groupStride, channelStride, outputStride, ...strides.map((stride) => -stride)],
    offset: sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], 0),
  };
  const result = known.get(group) ?? { ...materialise(kernel, view), shape };
  known.set(group, result);
  return result;
}

/**
 * dw [M, C / group, ...]: the correlation of x with dy over the batch. Written as a Conv whose batch are the input
 * channels, whose channels are the examples, and in which strides and dilations have changed places.
 */
export function weightGradient(builder: GraphBuilder, x: ValueInfo, dy: ValueInfo, window: Window, group: number): ValueInfo {
  const { reshape, transpose, slice } = algebra(builder);
  const [batch, channels, ...spatial] = x.shape;
  const [, outputs, ...places] = dy.shape;
  const axes = spatial.map((_, axis) => axis + 3);
  const perGroup = channels / group;
  const data = reshape(transpose(reshape(x, [batch, group, perGroup, ...spatial]), [2, 1, 0, ...axes]), [perGroup, group * batch, ...spatial]);
  const kernel = reshape(transpose(reshape(dy, [batch, group, outputs / group, ...places]), [1, 2, 0, ...axes]), [outputs, batch, ...places]);
  const attributes = { kernel_shape: places, strides: window.dilations, dilations: window.strides, pads: [...window.begins, ...window.ends], group };
  const correlation = builder.op('Conv', [data, kernel], attributes);
  const exact = window.kernel.reduce((value, size, axis) => (value.shape[axis + 2] === size ? value : slice(value, axis + 2, 0, size)), correlation);
  return transpose(exact, [1, 0, ...spatial.map((_, axis) => axis + 2)]);
}

/** db [M]: the sum of dy over all axes but the channels. */
export function biasGradient(builder: GraphBuilder, dy: ValueInfo): ValueInfo {
  const { sum, reshape } = algebra(builder);
  const [, channels, ...places] = dy.shape;
  return reshape(sum(reshape(dy, [dy.shape[0], channels, sizeOf(places)]), [0, 2]), [channels]);
}
