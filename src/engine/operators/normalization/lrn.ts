import type { GraphNode } from '../../graph/graph';
import { formatShape, sizeOf, type Shape, type Tensor } from '../../tensor';
import { integer, real } from '../attributes';
import { input, invalid, typedInput } from '../context';
import { algebra } from '../algebra';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';

/**
 * Local response normalization: y = x * d^-beta with d = bias + alpha / size * (B x^2), where B sums over `size`
 * neighbouring channels and is symmetric. dx = dy * d^-beta - 2 alpha beta / size * x * B (dy * x * d^(-beta - 1)).
 */
export const lrn: Operator = {
  type: 'LRN',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    if (shape.length < 2) throw invalid(context.node, `the input must have 2 or more dimensions, got shape ${formatShape(shape)}`);
    settings(context.node);
    return [{ dtype: 'float32', shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const { alpha, beta, bias, size } = settings(node);
    const { mul, add, sub, pow, square, matMul, reshape } = algebra(builder);
    const shape = matrixShape(input(context).shape);
    const [x, g] = [reshape(input(context), shape), reshape(dy, shape)];
    const band = builder.constant(neighbours(shape[1], size), 'neighbours');
    const d = add(mul(matMul(band, square(x)), alpha / size), bias);
    const others = matMul(band, mul(mul(g, x), pow(d, -beta - 1)));
    return [reshape(sub(mul(g, pow(d, -beta)), mul(mul(x, others), (2 * alpha * beta) / size)), dy.shape)];
  },
  tfjs(context) {
    const { tf } = context;
    const { alpha, beta, bias, size } = settings(context.node);
    const shape = matrixShape(input(context).shape);
    const x = tf.reshape(input(context), shape);
    const band = tf.tile(tf.expandDims(toTfjs(tf, neighbours(shape[1], size)), 0), [shape[0], 1, 1]);
    const d = tf.add(tf.mul(tf.matMul(band, tf.square(x)), alpha / size), bias);
    return [tf.reshape(tf.mul(x, tf.pow(d, -beta)), input(context).shape)];
  },
};

const matrixShape = (shape: Shape): [number, number, number] => [shape[0], shape[1], sizeOf(shape.slice(2))];

function settings(node: GraphNode): { alpha: number; beta: number; bias: number; size: number } {
  const size = integer(node, 'size');
  if (size < 1 || size % 2 === 0) throw invalid(node, `size must be odd and positive, got ${size}`);
  return { alpha: real(node, 'alpha', 1e-4), beta: real(node, 'beta', 0.75), bias: real(node, 'bias', 1), size };
}

/** The matrix that sums each channel with its neighbours on both sides, `size` in all. */
function neighbours(channels: number, size: number): Tensor {
  const reach = (size - 1) / 2;
  return generate({ dtype: 'float32', shape: [channels, channels] }, (index) => Math.abs((index % channels) - Math.floor(index / channels)) <= reach);
}
