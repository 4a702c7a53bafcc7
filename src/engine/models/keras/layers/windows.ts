import type { ValueInfo } from '../../../graph/graph';
import { channelsFirst, channelsLast } from '../../tfjs/kernels/spatial';
import type { LayerCall } from '../layerCall';

/** Whether the layer takes [batch, ...space, channels], as Keras does by default. */
export const isChannelsLast = ({ settings }: LayerCall): boolean => settings.choice('data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_last';

/** Runs `action` on [batch, channels, ...space], whatever the layer's `data_format` is. */
export function inChannelsFirst(call: LayerCall, x: ValueInfo, action: (x: ValueInfo) => ValueInfo): ValueInfo {
  return isChannelsLast(call) ? channelsLast(call.emit, action(channelsFirst(call.emit, x))) : action(x);
}

/** How a window slides along one axis. */
export interface Sliding {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'valid' | 'same' | 'causal';
}

/** ONNX's attributes for windows over these sizes; `same` is padded so that ceil(size / stride) windows fit, more at the end. */
export function windowAttributes(sliding: readonly Sliding[], sizes: readonly number[]) {
  const pads = sliding.map(({ size, stride, dilation, padding }, axis): [number, number] => {
    const extent = (size - 1) * dilation + 1;
    if (padding === 'valid') return [0, 0];
    if (padding === 'causal') return [extent - 1, 0];
    const total = Math.max((Math.ceil(sizes[axis] / stride) - 1) * stride + extent - sizes[axis], 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  });
  return {
    kernel_shape: sliding.map(({ size }) => size),
    strides: sliding.map(({ stride }) => stride),
    pads: [...pads.map(([begin]) => begin), ...pads.map(([, end]) => end)],
  };
}

/** A convolution's `kernel_size`, `strides`, `dilation_rate` and `padding`. */
export function slidingOf({ settings }: LayerCall, space: number, { sizeKey = 'kernel_size', isCausal = false } = {}): Sliding[] {
  const padding = settings.choice('padding', isCausal ? ['valid', 'same', 'causal'] : ['valid', 'same'], 'valid');
  const sizes = settings.integers(sizeKey, space);
  const strides = settings.raw('strides') === undefined && sizeKey === 'pool_size' ? sizes : settings.integers('strides', space, 1);
  const dilations = settings.integers('dilation_rate', space, 1);
  return sizes.map((size, axis) => ({ size, stride: strides[axis], dilation: dilations[axis], padding }));
}
