import type { ValueInfo } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { integer, integers } from '../attributes';
import { input, invalid, mismatch, typedInput } from '../context';
import type { DerivativeContext, InferContext, Operator } from '../operator';
import { sameShape } from '../broadcast';
import { biasGradient, flippedKernel, weightGradient } from './gradients';
import { addBias, convolve } from './tfjsConvolution';
import { extentOf, placesOf, windowAttributes, windowOf, type Window } from './window';

/** Below this many input channels the general ConvTranspose is faster than a convolution with so few output channels. */
const FEW_CHANNELS = 8;

/**
 * The cross-correlation of x [N, C, ...] with w [M, C / group, ...], plus a bias [M].
 * dx is the convolution of dy with the flipped kernels, dw the correlation of x with dy, db the sum of dy.
 */
export const conv: Operator = {
  type: 'Conv',
  infer(context) {
    const { node } = context;
    const [x, w] = [typedInput(context, 0, 'float32'), typedInput(context, 1, 'float32')];
    const group = integer(node, 'group', 1);
    const [outputs, channels, ...kernel] = w.shape;
    if (x.shape.length < 3 || w.shape.length !== x.shape.length) throw mismatch(node, `the input and the kernel must have the same 3 or more dimensions, got ${formatShape(x.shape)} and ${formatShape(w.shape)}`);
    if (group < 1 || x.shape[1] !== channels * group || outputs % group !== 0) {
      throw mismatch(node, `${x.shape[1]} input channels in ${group} group(s) must fit the kernel, got ${formatShape(w.shape)}`);
    }
    requireKernelShape(context, kernel);
    requireBias(context, outputs);
    const spatial = x.shape.slice(2);
    return [{ dtype: 'float32', shape: [x.shape[0], outputs, ...placesOf(node, spatial, windowOf(node, spatial, kernel))] }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { node, builder } = context;
    const [x, w] = [input(context, 0), input(context, 1)];
    const window = windowOf(node, x.shape.slice(2), w.shape.slice(2));
    const group = integer(node, 'group', 1);
    return [
      context.wants(0) ? inputGradient(context, dy, x.shape, w, window, group) : undefined,
      context.wants(1) ? weightGradient(builder, x, dy, window, group) : undefined,
      context.inputs[2] && context.wants(2) ? biasGradient(builder, dy) : undefined,
    ];
  },
  tfjs(context) {
    const [x, w] = [input(context, 0), input(context, 1)];
    const window = windowOf(context.node, x.shape.slice(2), w.shape.slice(2));
    return [addBias(context.tf, convolve(context.tf, x, w, window, integer(context.node, 'group', 1)), context.inputs[2])];
  },
};

/** At stride 1 a convolution with the flipped kernels, which has the fastest implementations, else the transposed convolution. */
function inputGradient(context: DerivativeContext, dy: ValueInfo, x: Shape, w: ValueInfo, window: Window, group: number): ValueInfo {
  const { builder } = context;
  const spatial = x.slice(2);
  const begins = spatial.map((_, axis) => extentOf(window, axis) - 1 - window.begins[axis]);
  const ends = spatial.map((_, axis) => extentOf(window, axis) - 1 - window.ends[axis]);
  const dense = window.strides.every((stride) => stride === 1) && [...begins, ...ends].every((pad) => pad >= 0);
  if (dense && (group > 1 || w.shape[1] >= FEW_CHANNELS)) {
    return builder.op('Conv', [dy, flippedKernel(builder, w, context.constant(1), group)], { ...windowAttributes({ ...window, begins, ends }), group });
  }
  const missing = spatial.map((size, axis) => {
    const covered = (dy.shape[axis + 2] - 1) * window.strides[axis] + extentOf(window, axis);
    return size - (covered - window.begins[axis] - window.ends[axis]);
  });
  return builder.op('ConvTranspose', [dy, w], { ...windowAttributes(window), group, output_padding: missing });
}

/** The attribute `kernel_shape`, where present, must agree with the kernel. */
export function requireKernelShape({ node }: InferContext, kernel: Shape): void {
  const named = integers(node, 'kernel_shape');
  if (named && !sameShape(named, kernel)) throw invalid(node, `kernel_shape must be that of the kernel, ${formatShape(kernel)}, got ${formatShape(named)}`);
}

/** The bias, where present, must have one element for each output channel. */
export function requireBias(context: InferContext, channels: number): void {
  const bias = context.inputs[2] && typedInput(context, 2, 'float32');
  if (bias && !sameShape(bias.shape, [channels])) throw mismatch(context.node, `the bias must have shape [${channels}], got ${formatShape(bias.shape)}`);
}
