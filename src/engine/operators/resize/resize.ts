import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../graph/graph';
import { formatShape, sizeOf, toNumbers, type Shape, type Tensor } from '../../tensor';
import { algebra, type Algebra } from '../algebra';
import { real } from '../attributes';
import { constantInput, constantIntegers, input, invalid, typedInput, type WithConstants } from '../context';
import type { GraphBuilder } from '../../graph/builder';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';
import { interpolationOf, tapsOf, type ResizedAxis, type Taps } from './interpolation';

/**
 * x at another size, by `scales` (input 2) or `sizes` (input 3). Along each axis it is a matrix W [to, from] of
 * interpolation weights, so dx is dy with W transposed applied along each resized axis.
 */
export const resize: Operator = {
  type: 'Resize',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    return [{ dtype: 'float32', shape: axesOf(context, shape).map(({ to }) => to) }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const interpolation = interpolationOf(node);
    return [
      axesOf(context, input(context).shape).reduce((gradient, axis, index) => {
        const taps = tapsOf(interpolation, axis);
        return isIdentity(taps, axis.from) ? gradient : gatherBack(builder, gradient, index, taps, axis.from);
      }, dy),
    ];
  },
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const interpolation = interpolationOf(node);
    const all = axesOf(context, x.shape).map((axis) => ({ axis, taps: tapsOf(interpolation, axis) }));
    const resized = all.reduce((value, { axis, taps }, index) => (isIdentity(taps, axis.from) ? value : weigh(tf, value, index, taps, axis.from)), x.clone());
    const outside = all.flatMap(({ taps }, index) => (taps.includes(undefined) ? [outsideMask(tf, taps, index, x.rank)] : []));
    const extrapolated = tf.scalar(real(node, 'extrapolation_value', 0));
    return [outside.reduce((value, mask) => tf.where(mask, extrapolated, value), resized)];
  },
};

function axesOf(context: WithConstants, shape: Shape): ResizedAxis[] {
  const { node } = context;
  const rank = shape.length;
  const list = (index: number, what: string, length: number): number[] | undefined => {
    if (context.inputs[index] === undefined) return undefined;
    const values = index === 3 ? (constantIntegers(context, index, what) ?? []) : toNumbers(constantInput(context, index, what));
    if (values.length === 0) return undefined;
    if (values.length !== length) throw invalid(node, `${what} must be ${length} numbers for ${formatShape(shape)}, got ${formatShape(values)}`);
    return values;
  };
  const scales = list(2, 'scales', rank);
  const sizes = list(3, 'sizes', rank);
  if ((scales === undefined) === (sizes === undefined)) throw invalid(node, `either scales or sizes are required, got ${scales ? 'both' : 'neither'}`);
  const wrong = (scales ?? sizes ?? []).some((value) => !(value > 0));
  if (wrong) throw invalid(node, `scales and sizes must be positive, got ${formatShape(scales ?? sizes ?? [])}`);
  const crops = interpolationOf(node).coordinates === 'tf_crop_and_resize';
  const region = crops ? list(1, 'the region of interest', 2 * rank) : undefined;
  if (crops && !region) throw invalid(node, 'tf_crop_and_resize needs a region of interest, got none');
  return shape.map((from, axis) => {
    const cropped = region !== undefined && (region[axis] !== 0 || region[axis + rank] !== 1);
    const to = sizes ? sizes[axis] : Math.floor(Math.fround(from * scales![axis]));
    // ONNX Runtime copies an axis whose size stays, whatever the region is.
    if (cropped && to === from) throw invalid(node, `a cropped axis must change its size, got axis ${axis} of ${formatShape(shape)}`);
    return { from, to, scale: scales ? scales[axis] : Math.fround(to / from), region: region ? [region[axis], region[axis + rank]] : [0, 1] };
  });
}

const isIdentity = (taps: readonly Taps[], from: number): boolean => taps.length === from && taps.every((tap, index) => tap?.size === 1 && tap.get(index) === 1);

/** Whether each input element is repeated equally often, in order: its gradient is then a sum over neighbours. */
function isRepetition(taps: readonly Taps[], from: number): boolean {
  const count = taps.length / from;
  return Number.isInteger(count) && taps.every((tap, index) => tap?.size === 1 && tap.get(Math.floor(index / count)) === 1);
}

/** The transposed weights along one axis of a gradient. */
function gatherBack(builder: GraphBuilder, dy: ValueInfo, axis: number, taps: readonly Taps[], from: number): ValueInfo {
  const math: Algebra = algebra(builder);
  const [before, after] = [sizeOf(dy.shape.slice(0, axis)), sizeOf(dy.shape.slice(axis + 1))];
  const result = dy.shape.map((dim, index) => (index === axis ? from : dim));
  if (isRepetition(taps, from)) return math.reshape(math.sum(math.reshape(dy, [before, from, taps.length / from, after]), [2]), result);
  if (after === 1) return math.reshape(math.matMul(math.reshape(dy, [before, taps.length]), builder.constant(weights(taps, from), 'weights')), result);
  const transposed = builder.constant(transpose(weights(taps, from)), 'weights');
  return math.reshape(math.matMul(transposed, math.reshape(dy, [before, taps.length, after])), result);
}

/** The weights along one axis, in TensorFlow.js. */
function weigh(tf: typeof tfjs, x: tfjs.Tensor, axis: number, taps: readonly Taps[], from: number): tfjs.Tensor {
  const perm = x.shape.map((_, index) => (index === axis ? x.rank - 1 : index === x.rank - 1 ? axis : index));
  const last = tf.transpose(x, perm);
  const product = tf.matMul(tf.reshape(last, [-1, from]), toTfjs(tf, weights(taps, from)) as tfjs.Tensor2D, false, true);
  return tf.transpose(tf.reshape(product, [...last.shape.slice(0, -1), taps.length]), perm);
}

function outsideMask(tf: typeof tfjs, taps: readonly Taps[], axis: number, rank: number): tfjs.Tensor {
  const shape = Array.from({ length: rank }, (_, index) => (index === axis ? taps.length : 1));
  return toTfjs(tf, generate({ dtype: 'bool', shape }, (index) => taps[index] === undefined));
}

/** The matrix [to, from] of a resized axis. */
export function weights(taps: readonly Taps[], from: number): Tensor {
  return generate({ dtype: 'float32', shape: [taps.length, from] }, (index) => taps[Math.floor(index / from)]?.get(index % from) ?? 0);
}

function transpose(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape;
  return generate({ dtype: matrix.dtype, shape: [columns, rows] }, (index) => matrix.data[(index % rows) * columns + Math.floor(index / rows)]);
}
