import type { GraphBuilder } from '../../graph/builder';
import type { ValueInfo } from '../../graph/graph';
import { sizeOf, type Tensor } from '../../tensor';
import { algebra } from '../algebra';
import { materialise, stridesOf } from '../strided';
import type { Window } from './window';

/** A kernel [M, C / group, ...] turned round for the way back: [C, M / group, ...], flipped along the spatial axes. Made once when it is constant. */
export function flippedKernel(builder: GraphBuilder, w: ValueInfo, constant: Tensor | undefined, group: number): ValueInfo {
  const [outputs, channels, ...kernel] = w.shape;
  const grouped = [group, outputs / group, channels, ...kernel];
  const shape = [channels * group, outputs / group, ...kernel];
  if (constant) {
    const [groupStride, outputStride, channelStride, ...strides] = stridesOf(grouped);
    const view = {
      shape: [group, channels, outputs / group, ...kernel],
      strides: [groupStride, channelStride, outputStride, ...strides.map((stride) => -stride)],
      offset: kernel.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], 0),
    };
    return builder.constant({ ...materialise(constant, view), shape }, `${w.name}_flipped`);
  }
  const { reshape, transpose } = algebra(builder);
  const axes = kernel.map((_, axis) => axis + 2);
  const backwards = [-1, -(2 ** 31), -1].map((value) => builder.integers(kernel.map(() => value)));
  const flipped = builder.op('Slice', [w, backwards[0], backwards[1], builder.integers(axes), backwards[2]]);
  return reshape(transpose(reshape(flipped, grouped), [0, 2, 1, ...axes.map((axis) => axis + 1)]), shape);
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
