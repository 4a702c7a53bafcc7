import type * as tfjs from '@tensorflow/tfjs';
import { input, unsupported, type Converter, type ConverterTable } from './kernel';
import { inChannelsFirst, planeWindows, volumeWindows, windowAttributes } from './spatial';

/** Padded elements take no part in the maximum, nor in the mean and its count. */
const pool2D = (op: 'MaxPool' | 'AveragePool'): Converter<tfjs.MaxPoolAttrs> => (call, { filterSize, strides, pad, dimRoundingMode }) => {
  const x = input(call, 'x');
  const [batch, height, width, channels] = x.shape;
  const info = call.tf.backend_util.computePool2DInfo([batch, height, width, channels], filterSize, strides, 1, pad, dimRoundingMode);
  return inChannelsFirst(call.emit, x, (value) => call.emit.op(op, [value], windowAttributes(planeWindows(info))));
};

const pool3D = (op: 'MaxPool' | 'AveragePool'): Converter<tfjs.MaxPool3DAttrs> => (call, { filterSize, strides, pad, dimRoundingMode, dataFormat }) => {
  if (dataFormat === 'NCDHW') throw unsupported(call, 'the data format NCDHW is not supported');
  const x = input(call, 'x');
  const [batch, depth, height, width, channels] = x.shape;
  const info = call.tf.backend_util.computePool3DInfo([batch, depth, height, width, channels], filterSize, strides, 1, pad, dimRoundingMode);
  return inChannelsFirst(call.emit, x, (value) => call.emit.op(op, [value], windowAttributes(volumeWindows(info))));
};

export const pooling: ConverterTable = {
  AvgPool: pool2D('AveragePool'),
  AvgPool3D: pool3D('AveragePool'),
  MaxPool: pool2D('MaxPool'),
  MaxPool3D: pool3D('MaxPool'),
};
