import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { integer, integers } from '../attributes';
import { input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { requireBias, requireKernelShape } from './conv';
import { biasGradient, weightGradient } from './gradients';
import { addBias, convolveTransposed } from './tfjsConvolution';
import { autoPadOf, extentOf, readWindow, windowAttributes, type Window } from './window';

/** A window with the size of the output, which `output_padding`, `output_shape` or `auto_pad` determine. */
interface TransposedWindow {
  readonly window: Window;
  readonly spatial: readonly number[];
}

/**
 * The derivative of a convolution by its input, as an operator of its own: x [N, C, ...] and w [C, M / group, ...] give
 * [N, M, ...]. dx is the convolution of dy with w, dw the correlation of dy with x, db the sum of dy.
 */
export const convTranspose: Operator = {
  type: 'ConvTranspose',
  infer(context) {
    const { node } = context;
    const [x, w] = [typedInput(context, 0, 'float32'), typedInput(context, 1, 'float32')];
    const group = integer(node, 'group', 1);
    const [channels, perGroup, ...kernel] = w.shape;
    if (x.shape.length < 3 || w.shape.length !== x.shape.length) throw mismatch(node, `the input and the kernel must have the same 3 or more dimensions, got ${formatShape(x.shape)} and ${formatShape(w.shape)}`);
    if (group < 1 || x.shape[1] !== channels || channels % group !== 0) {
      throw mismatch(node, `${x.shape[1]} input channels in ${group} group(s) must fit the kernel, got ${formatShape(w.shape)}`);
    }
    requireKernelShape(context, kernel);
    requireBias(context, perGroup * group);
    return [{ dtype: 'float32', shape: [x.shape[0], perGroup * group, ...transposedWindow(node, x.shape.slice(2), kernel).spatial] }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { node, builder } = context;
    const [x, w] = [input(context, 0), input(context, 1)];
    const { window } = transposedWindow(node, x.shape.slice(2), w.shape.slice(2));
    const group = integer(node, 'group', 1);
    return [
      context.wants(0) ? builder.op('Conv', [dy, w], { ...windowAttributes(window), group }) : undefined,
      context.wants(1) ? weightGradient(builder, dy, x, window, group) : undefined,
      context.inputs[2] && context.wants(2) ? biasGradient(builder, dy) : undefined,
    ];
  },
  tfjs(context) {
    const [x, w] = [input(context, 0), input(context, 1)];
    const { window, spatial } = transposedWindow(context.node, x.shape.slice(2), w.shape.slice(2));
    return [addBias(context.tf, convolveTransposed(context.tf, x, w, window, integer(context.node, 'group', 1), spatial), context.inputs[2])];
  },
};

function transposedWindow(node: GraphNode, input: Shape, kernel: Shape): TransposedWindow {
  const named = readWindow(node, kernel);
  const extra = integers(node, 'output_padding') ?? kernel.map(() => 0);
  if (extra.length !== kernel.length || extra.some((count, axis) => count < 0 || count >= named.strides[axis])) {
    throw invalid(node, `output_padding must lie below the strides, ${formatShape(named.strides)}, got ${formatShape(extra)}`);
  }
  const whole = input.map((size, axis) => (size - 1) * named.strides[axis] + extentOf(named, axis) + extra[axis]);
  const autoPad = autoPadOf(node);
  const wanted = integers(node, 'output_shape') ?? (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER' ? input.map((size, axis) => size * named.strides[axis]) : undefined);
  if (!wanted) {
    const window = autoPad === 'VALID' ? { ...named, begins: kernel.map(() => 0), ends: kernel.map(() => 0) } : named;
    const spatial = whole.map((size, axis) => size - window.begins[axis] - window.ends[axis]);
    if (spatial.some((size) => size < 1)) throw mismatch(node, `the pads must leave an output, got sizes ${formatShape(spatial)}`);
    return { window, spatial };
  }
  if (wanted.length !== kernel.length || wanted.some((size, axis) => size < 1 || size - whole[axis] >= named.strides[axis])) {
    throw invalid(node, `output_shape must be positive and less than a stride above the size without pads, ${formatShape(whole)}, got ${formatShape(wanted)}`);
  }
  const totals = wanted.map((size, axis) => Math.max(0, whole[axis] - size));
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return { window: autoPad === 'SAME_UPPER' ? { ...named, begins: small, ends: large } : { ...named, begins: large, ends: small }, spatial: wanted };
}
