import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { algebra } from '../../../operators/algebra';
import { float32, sizeOf } from '../../../tensor';
import { input, type Converter, type ConverterTable, type KernelCall } from './kernel';
import { inChannelsFirst } from './spatial';

/** (x - mean) / sqrt(variance + epsilon) * scale + offset over the last axis of x, which TensorFlow.js hands over with four axes. */
const batchNorm: Converter<tfjs.FusedBatchNormAttrs> = (call, { varianceEpsilon }) => {
  const { emit } = call;
  const [x, mean, variance] = [input(call, 'x'), input(call, 'mean'), input(call, 'variance')];
  const channels = x.shape[x.shape.length - 1];
  const scale = call.inputs.get('scale') ?? constantVector(call, channels, 1);
  const offset = call.inputs.get('offset') ?? constantVector(call, channels, 0);
  const parameters = [scale, offset, mean, variance];
  if (!parameters.every((value) => value.shape.length === 1 && emit.constantOf(value))) return normalise(call, x, parameters, varianceEpsilon);
  const apply = (value: ValueInfo): ValueInfo => emit.op('BatchNormalization', [value, ...parameters], { epsilon: varianceEpsilon });
  const isImage = emit.beforeReshape(x).shape.length === 4;
  return isImage ? inChannelsFirst(emit, x, apply) : emit.reshape(apply(emit.reshape(x, [sizeOf(x.shape) / channels, channels])), x.shape);
};

/** With parameters that were computed from the input, as layer normalization has them. */
function normalise({ emit }: KernelCall, x: ValueInfo, [scale, offset, mean, variance]: readonly ValueInfo[], epsilon: number): ValueInfo {
  const { add, sub, mul, div, sqrt } = algebra(emit);
  return add(mul(div(sub(x, mean), sqrt(add(variance, epsilon))), scale), offset);
}

const constantVector = ({ emit }: KernelCall, size: number, value: number): ValueInfo => emit.constant(float32(new Float32Array(size).fill(value), [size]), 'constant');

/** x / (bias + alpha * sum of squares over neighbouring channels) ^ beta. ONNX divides alpha by the number of channels summed. */
const localResponse: Converter<tfjs.LRNAttrs> = (call, { depthRadius, bias, alpha, beta }) => {
  const size = 2 * depthRadius + 1;
  return inChannelsFirst(call.emit, input(call, 'x'), (x) => call.emit.op('LRN', [x], { size, bias, alpha: alpha * size, beta }));
};

export const normalization: ConverterTable = {
  FusedBatchNorm: batchNorm,
  LRN: localResponse,
  Softmax: (call, { dim }: tfjs.SoftmaxAttrs) => call.emit.op('Softmax', [input(call, 'logits')], { axis: dim }),
};
