import type { ValueInfo } from '../../../graph/graph';
import type { Emitter } from '../emitter';

/** TensorFlow.js lays images out as [batch, ...space, channels], ONNX as [batch, channels, ...space]. */
export const channelsFirst = (emit: Emitter, x: ValueInfo): ValueInfo => {
  const rank = x.shape.length;
  return emit.transpose(x, [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)]);
};

/** The inverse of {@link channelsFirst}. */
export const channelsLast = (emit: Emitter, x: ValueInfo): ValueInfo => {
  const rank = x.shape.length;
  return emit.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1]);
};

/** Runs `action` on channels-first data. */
export const inChannelsFirst = (emit: Emitter, x: ValueInfo, action: (x: ValueInfo) => ValueInfo): ValueInfo => channelsLast(emit, action(channelsFirst(emit, x)));

/** A window sliding along one axis of space. */
export interface AxisWindow {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before the first element. */
  readonly before: number;
  readonly input: number;
  readonly output: number;
}

/** How TensorFlow.js describes windows over images and over volumes, as far as it is needed here. */
interface Plane {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly padInfo: { readonly top: number; readonly left: number };
}

interface Volume extends Plane {
  readonly inDepth: number;
  readonly outDepth: number;
  readonly strideDepth: number;
  readonly dilationDepth: number;
  readonly filterDepth: number;
  readonly padInfo: { readonly top: number; readonly left: number; readonly front: number };
}

export const planeWindows = (info: Plane): AxisWindow[] => [
  { size: info.filterHeight, stride: info.strideHeight, dilation: info.dilationHeight, before: info.padInfo.top, input: info.inHeight, output: info.outHeight },
  { size: info.filterWidth, stride: info.strideWidth, dilation: info.dilationWidth, before: info.padInfo.left, input: info.inWidth, output: info.outWidth },
];

export const volumeWindows = (info: Volume): AxisWindow[] => [
  { size: info.filterDepth, stride: info.strideDepth, dilation: info.dilationDepth, before: info.padInfo.front, input: info.inDepth, output: info.outDepth },
  ...planeWindows(info),
];

/** ONNX's attributes for windows. The padding after the last element is what the output size needs, so that every rounding mode fits. */
export function windowAttributes(windows: readonly AxisWindow[]) {
  const after = windows.map(({ size, stride, dilation, before, input, output }) => Math.max(0, (output - 1) * stride + (size - 1) * dilation + 1 - input - before));
  return {
    kernel_shape: windows.map(({ size }) => size),
    strides: windows.map(({ stride }) => stride),
    pads: [...windows.map(({ before }) => before), ...after],
  };
}
