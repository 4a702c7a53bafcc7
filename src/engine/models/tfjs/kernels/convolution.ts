import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { sizeOf } from '../../../tensor';
import { activate } from './elementwise';
import { input, type Converter, type ConverterTable, type KernelCall } from './kernel';
import { channelsFirst, channelsLast, planeWindows, volumeWindows, windowAttributes, type AxisWindow } from './spatial';

interface Conv2DAttributes extends Omit<tfjs.Conv2DAttrs, 'dimRoundingMode'> {
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  activation?: string;
  leakyreluAlpha?: number;
}

/** Conv, its bias and activation; the filter is [...space, channels in, channels out]. */
const convolution2D: Converter<Conv2DAttributes> = (call, attributes) => {
  const { emit, tf } = call;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const format = tf.backend_util.convertConv2DDataFormat(attributes.dataFormat);
  const info = tf.backend_util.computeConv2DInfo(shape4(x), shape4(filter), attributes.strides, attributes.dilations ?? 1, attributes.pad, attributes.dimRoundingMode, false, format);
  const last = format === 'channelsLast';
  const y = convolve(call, last ? channelsFirst(emit, x) : x, emit.transpose(filter, [3, 2, 0, 1]), planeWindows(info), info.inChannels / filter.shape[2]);
  return activate(call, last ? channelsLast(emit, y) : y, attributes, call.inputs.get('preluActivationWeights'));
};

/** The filter is [height, width, channels, multiplier]: output channel c * multiplier + m. */
const depthwise2D: Converter<Conv2DAttributes> = (call, attributes) => {
  const { emit, tf } = call;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const info = tf.backend_util.computeConv2DInfo(shape4(x), shape4(filter), attributes.strides, attributes.dilations ?? 1, attributes.pad, attributes.dimRoundingMode, true);
  const [height, width, channels, multiplier] = filter.shape;
  const weights = emit.reshape(emit.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
  const y = convolve(call, channelsFirst(emit, x), weights, planeWindows(info), channels);
  return activate(call, channelsLast(emit, y), attributes, call.inputs.get('preluActivationWeights'));
};

const convolution3D: Converter<tfjs.Conv3DAttrs> = (call, { strides, dilations, pad }) => {
  const { emit, tf } = call;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const info = tf.backend_util.computeConv3DInfo(shape5(x), shape5(filter), strides, dilations, pad);
  const y = convolve(call, channelsFirst(emit, x), emit.transpose(filter, [4, 3, 0, 1, 2]), volumeWindows(info), 1);
  return channelsLast(emit, y);
};

function convolve(call: KernelCall, x: ValueInfo, weights: ValueInfo, windows: readonly AxisWindow[], group: number): ValueInfo {
  const { emit } = call;
  const bias = call.inputs.get('bias');
  const attributes = { ...windowAttributes(windows), dilations: windows.map(({ dilation }) => dilation), group };
  const perChannel = bias && sizeOf(bias.shape) === weights.shape[0] ? emit.reshape(bias, [weights.shape[0]]) : undefined;
  const y = emit.op('Conv', perChannel ? [x, weights, perChannel] : [x, weights], attributes);
  return bias && !perChannel ? emit.op('Add', [y, bias]) : y;
}

/** The transposed convolution, which TensorFlow.js computes as the input gradient of a convolution. */
const transposed2D: Converter<tfjs.Conv2DBackpropInputAttrs> = (call, { strides, pad, dataFormat, dimRoundingMode, inputShape }) => {
  const { emit, tf } = call;
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
  const format = tf.backend_util.convertConv2DDataFormat(dataFormat);
  const info = tf.backend_util.computeConv2DInfo(inputShape, shape4(filter), strides, 1, pad, dimRoundingMode, false, format);
  const last = format === 'channelsLast';
  const y = convolveTransposed(call, last ? channelsFirst(emit, dy) : dy, emit.transpose(filter, [3, 2, 0, 1]), planeWindows(info));
  return last ? channelsLast(emit, y) : y;
};

const transposed3D: Converter<tfjs.Conv3DBackpropInputV2Attrs> = (call, { strides, pad, inputShape }) => {
  const { emit, tf } = call;
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
  const info = tf.backend_util.computeConv3DInfo(inputShape, shape5(filter), strides, 1, pad);
  return channelsLast(emit, convolveTransposed(call, channelsFirst(emit, dy), emit.transpose(filter, [4, 3, 0, 1, 2]), volumeWindows(info)));
};

/** The windows are those of the convolution whose gradient this is: `input` is the size to be made. */
function convolveTransposed({ emit }: KernelCall, x: ValueInfo, weights: ValueInfo, windows: readonly AxisWindow[]): ValueInfo {
  const extents = windows.map(({ size, dilation, stride, output }) => (output - 1) * stride + (size - 1) * dilation + 1);
  const after = windows.map(({ before, input }, axis) => Math.max(0, extents[axis] - input - before));
  const missing = windows.map(({ before, input }, axis) => Math.max(0, input + before - extents[axis]));
  return emit.op('ConvTranspose', [x, weights], {
    kernel_shape: windows.map(({ size }) => size),
    strides: windows.map(({ stride }) => stride),
    dilations: windows.map(({ dilation }) => dilation),
    pads: [...windows.map(({ before }) => before), ...after],
    output_padding: missing,
  });
}

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
const shape4 = ({ shape }: ValueInfo): Shape4 => [shape[0], shape[1], shape[2], shape[3]];
const shape5 = ({ shape }: ValueInfo): Shape5 => [shape[0], shape[1], shape[2], shape[3], shape[4]];

export const convolution: ConverterTable = {
  Conv2D: convolution2D,
  FusedConv2D: convolution2D,
  DepthwiseConv2dNative: depthwise2D,
  FusedDepthwiseConv2D: depthwise2D,
  Conv3D: convolution3D,
  Conv2DBackpropInput: transposed2D,
  Conv3DBackpropInputV2: transposed3D,
};
