import { formatShape } from '../../tensor';
import { algebra } from '../algebra';
import { real } from '../attributes';
import { sameShape, sumTo } from '../broadcast';
import { input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { normalize, normalizedGradient } from './normalized';
import { perChannel } from './perChannel';

/** As LayerNormalization, with mean and variance over the spatial axes of each example and channel, scale and bias by channel. */
export const instanceNormalization: Operator = {
  type: 'InstanceNormalization',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    if (shape.length < 3) throw invalid(context.node, `the input must have 3 or more dimensions, got shape ${formatShape(shape)}`);
    for (const [index, what] of [[1, 'scale'], [2, 'the bias']] as const) {
      const parameter = typedInput(context, index, 'float32');
      if (!sameShape(parameter.shape, [shape[1]])) throw mismatch(context.node, `${what} must have shape [${shape[1]}], got ${formatShape(parameter.shape)}`);
    }
    real(context.node, 'epsilon', 1e-5);
    return [{ dtype: 'float32', shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const math = algebra(context.builder);
    const [x, scale] = [input(context, 0), input(context, 1)];
    const normalized = normalize(context.builder, x, 2, real(context.node, 'epsilon', 1e-5));
    const channels = perChannel(x.shape);
    const total = (value: typeof dy): typeof dy => math.reshape(sumTo(context.builder, value, channels), scale.shape);
    return [
      context.wants(0) ? normalizedGradient(math, normalized, math.mul(dy, math.reshape(scale, channels))) : undefined,
      context.wants(1) ? total(math.mul(dy, normalized.normalized)) : undefined,
      context.wants(2) ? total(dy) : undefined,
    ];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const axes = x.shape.map((_, axis) => axis).slice(2);
    const [scale, bias] = [1, 2].map((index) => tf.reshape(input(context, index), perChannel(x.shape)));
    const deviation = tf.sub(x, tf.mean(x, axes, true));
    const factor = tf.rsqrt(tf.add(tf.mean(tf.square(deviation), axes, true), real(context.node, 'epsilon', 1e-5)));
    return [tf.add(tf.mul(tf.mul(deviation, factor), scale), bias)];
  },
};
