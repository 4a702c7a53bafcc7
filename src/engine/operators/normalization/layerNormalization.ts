import { LensError } from '../../../protocol/errors';
import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer, real } from '../attributes';
import { broadcastShapes, sameShape, sumTo } from '../broadcast';
import { axisIn, input, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { normalize, normalizedGradient } from './normalized';

/**
 * y = scale * (x - mean) / sqrt(var + epsilon) + bias, with mean and variance over the axes from `axis` (-1) on; the
 * mean and 1 / sqrt(var + epsilon) are optional outputs. With n = (x - mean) / sqrt(var + epsilon) and g = dy * scale:
 * dx = (g - mean(g) - n * mean(g * n)) / sqrt(var + epsilon), dscale = sum(dy * n), dbias = sum(dy).
 */
export const layerNormalization: Operator = {
  type: 'LayerNormalization',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    const first = firstAxis(context.node, shape);
    for (const index of [1, 2]) {
      if (index === 2 && !context.inputs[2]) continue;
      const parameter = typedInput(context, index, 'float32');
      if (!sameShape(broadcastShapes([shape, parameter.shape]) ?? [], shape)) {
        throw mismatch(context.node, `${index === 1 ? 'scale' : 'the bias'} must broadcast to ${formatShape(shape)}, got ${formatShape(parameter.shape)}`);
      }
    }
    const kept = shape.map((dim, axis) => (axis >= first ? 1 : dim));
    return [shape, kept, kept].map((result) => ({ dtype: 'float32', shape: result }));
  },
  derivative(context) {
    const [dy, ...others] = context.gradients;
    const { node, builder } = context;
    if (others.some((gradient) => gradient)) throw new LensError('unsupported-operator', `LayerNormalization '${node.name}': its mean and deviation have no derivative`);
    if (!dy) return [];
    const math = algebra(builder);
    const [x, scale, bias] = [input(context, 0), input(context, 1), context.inputs[2]];
    const normalized = normalize(builder, x, firstAxis(node, x.shape), real(node, 'epsilon', 1e-5));
    return [
      context.wants(0) ? normalizedGradient(math, normalized, math.mul(dy, scale)) : undefined,
      context.wants(1) ? sumTo(builder, math.mul(dy, normalized.normalized), scale.shape) : undefined,
      bias && context.wants(2) ? sumTo(builder, dy, bias.shape) : undefined,
    ];
  },
  tfjs(context) {
    const { tf, inputs } = context;
    const x = input(context);
    const axes = x.shape.map((_, axis) => axis).slice(firstAxis(context.node, x.shape));
    const mean = tf.mean(x, axes, true);
    const deviation = tf.sub(x, mean);
    const factor = tf.rsqrt(tf.add(tf.mean(tf.square(deviation), axes, true), real(context.node, 'epsilon', 1e-5)));
    const scaled = tf.mul(tf.mul(deviation, factor), input(context, 1));
    return [inputs[2] ? tf.add(scaled, inputs[2]) : scaled, mean, factor];
  },
};

const firstAxis = (node: GraphNode, shape: Shape): number => axisIn(node, integer(node, 'axis', -1), shape.length);
