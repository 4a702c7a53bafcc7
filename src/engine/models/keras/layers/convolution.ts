import type { ValueInfo } from '../../../graph/graph';
import { asFloat, ranked, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { activated } from './activation';
import { inChannelsFirst, isChannelsLast, slidingOf, windowAttributes, type Sliding } from './windows';

/** Keras' kernel [...space, in / groups, out] is ONNX' [out, in / groups, ...space]. */
export const toFilters = (space: number): number[] => [space + 1, space, ...Array.from({ length: space }, (_, axis) => axis)];

const convolution =
  (space: number): Layer =>
  (call) => {
    const { emit, settings, weights } = call;
    const groups = settings.integer('groups', 1, 1);
    const filters = settings.integer('filters', undefined, 1);
    const sliding = slidingOf(call, space, { isCausal: space === 1 });
    const x = asFloat(call, ranked(call, space + 2));
    const channels = channelsOf(call, x);
    if (channels % groups !== 0) throw settings.invalid(`its ${channels} input channels must fit ${groups} groups`);
    const kernel = emit.weight(weights.next('kernel', [...sliding.map(({ size }) => size), channels / groups, filters]), 'kernel');
    const bias = biasOf(call, filters);
    return activated(call, inChannelsFirst(call, x, (value) => convolve(call, value, emit.transpose(kernel, toFilters(space)), bias, sliding, groups)));
  };

const depthwise =
  (space: number): Layer =>
  (call) => {
    const x = asFloat(call, ranked(call, space + 2));
    const [channels, multiplier, sliding] = [channelsOf(call, x), call.settings.integer('depth_multiplier', 1, 1), slidingOf(call, space)];
    const filters = depthwiseFilters(call, sliding, channels, multiplier, call.major < 3 ? 'depthwise_kernel' : 'kernel');
    const bias = biasOf(call, channels * multiplier);
    return activated(call, inChannelsFirst(call, x, (value) => convolve(call, value, filters, bias, sliding, channels)));
  };

/** A depthwise convolution, then one with a window of one element. */
const separable =
  (space: number): Layer =>
  (call) => {
    const { emit, settings, weights } = call;
    const x = asFloat(call, ranked(call, space + 2));
    const [channels, multiplier, sliding] = [channelsOf(call, x), settings.integer('depth_multiplier', 1, 1), slidingOf(call, space, { isCausal: space === 1 })];
    const filters = settings.integer('filters', undefined, 1);
    const depth = depthwiseFilters(call, sliding, channels, multiplier, 'depthwise_kernel');
    const point = emit.weight(weights.next('pointwise_kernel', [...sliding.map(() => 1), channels * multiplier, filters]), 'pointwise_kernel');
    const bias = biasOf(call, filters);
    const single = sliding.map((): Sliding => ({ size: 1, stride: 1, dilation: 1, padding: 'valid' }));
    return activated(call, inChannelsFirst(call, x, (value) => convolve(call, convolve(call, value, depth, undefined, sliding, channels), emit.transpose(point, toFilters(space)), bias, single, 1)));
  };

/** The kernel [...space, channels, multiplier] makes output channel c * multiplier + m. */
function depthwiseFilters({ emit, weights }: LayerCall, sliding: readonly Sliding[], channels: number, multiplier: number, name: string): ValueInfo {
  const [space, sizes] = [sliding.length, sliding.map(({ size }) => size)];
  const kernel = emit.weight(weights.next(name, [...sizes, channels, multiplier]), name);
  return emit.reshape(emit.transpose(kernel, [space, space + 1, ...sizes.map((_, axis) => axis)]), [channels * multiplier, 1, ...sizes]);
}

/** The kernel [...space, out, in] is ONNX' [in, out, ...space]. */
const transposed =
  (space: number): Layer =>
  (call) => {
    const { emit, settings, weights } = call;
    const filters = settings.integer('filters', undefined, 1);
    if (settings.integer('groups', 1, 1) !== 1) throw settings.unsupported('groups of a transposed convolution are not supported');
    const sliding = slidingOf(call, space);
    const given = settings.raw('output_padding') === undefined ? undefined : settings.integers('output_padding', space, undefined, 0);
    const x = asFloat(call, ranked(call, space + 2));
    const kernel = emit.weight(weights.next('kernel', [...sliding.map(({ size }) => size), filters, channelsOf(call, x)]), 'kernel');
    const bias = biasOf(call, filters);
    const ends = sliding.map((each, axis) => transposedPads(each, given?.[axis]));
    const attributes = {
      kernel_shape: sliding.map(({ size }) => size),
      strides: sliding.map(({ stride }) => stride),
      dilations: sliding.map(({ dilation }) => dilation),
      pads: [...ends.map(([begin]) => begin), ...ends.map(([, end]) => Math.max(0, end))],
      output_padding: ends.map(([, end]) => Math.max(0, -end)),
    };
    return activated(call, inChannelsFirst(call, x, (value) => emit.op('ConvTranspose', [value, emit.transpose(kernel, toFilters(space)), bias], attributes)));
  };

/** How much is cut off at both ends of the full transposed convolution; less than nothing is added. */
function transposedPads({ size, stride, dilation, padding }: Sliding, outputPadding: number | undefined): [number, number] {
  const extent = (size - 1) * dilation + 1;
  if (padding === 'valid') return [0, -(outputPadding ?? Math.max(stride - extent, 0))];
  const total = outputPadding === undefined ? stride + extent - 2 : extent + (extent % 2) - 2 + outputPadding;
  const left = Math.min(Math.ceil(total / 2), extent - 1);
  return [extent - 1 - left, extent - 1 - (total - left)];
}

export function convolve({ emit }: LayerCall, x: ValueInfo, filters: ValueInfo, bias: ValueInfo | undefined, sliding: readonly Sliding[], group: number): ValueInfo {
  return emit.op('Conv', bias ? [x, filters, bias] : [x, filters], { ...windowAttributes(sliding, x.shape.slice(2)), dilations: sliding.map(({ dilation }) => dilation), group });
}

const channelsOf = (call: LayerCall, { shape }: ValueInfo): number => (isChannelsLast(call) ? (shape.at(-1) ?? 0) : shape[1]);

export const biasOf = ({ emit, settings, weights }: LayerCall, size: number): ValueInfo | undefined => (settings.flag('use_bias', true) ? emit.weight(weights.next('bias', [size]), 'bias') : undefined);

export const convolutionLayers: LayerTable = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  Convolution1D: convolution(1),
  Convolution2D: convolution(2),
  Convolution3D: convolution(3),
  DepthwiseConv1D: depthwise(1),
  DepthwiseConv2D: depthwise(2),
  SeparableConv1D: separable(1),
  SeparableConv2D: separable(2),
  Conv1DTranspose: transposed(1),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
  SeparableConvolution1D: separable(1),
  SeparableConvolution2D: separable(2),
  Convolution1DTranspose: transposed(1),
  Convolution2DTranspose: transposed(2),
  Convolution3DTranspose: transposed(3),
};
