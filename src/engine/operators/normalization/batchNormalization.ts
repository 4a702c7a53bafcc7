import { formatShape } from '../../tensor';
import { algebra } from '../algebra';
import { flag, real } from '../attributes';
import { sameShape, sumTo } from '../broadcast';
import { input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { perChannel } from './perChannel';

/** y = scale * (x - mean) / sqrt(var + epsilon) + bias, with given mean and variance for each channel; dx = dy * scale / sqrt(var + epsilon). */
export const batchNormalization: Operator = {
  type: 'BatchNormalization',
  infer(context) {
    const { node } = context;
    const { shape } = typedInput(context, 0, 'float32');
    if (shape.length < 2) throw invalid(node, `the input must have 2 or more dimensions, got shape ${formatShape(shape)}`);
    for (const [index, what] of [[1, 'scale'], [2, 'the bias'], [3, 'the mean'], [4, 'the variance']] as const) {
      const parameter = typedInput(context, index, 'float32');
      if (!sameShape(parameter.shape, [shape[1]])) throw mismatch(node, `${what} must have shape [${shape[1]}], got ${formatShape(parameter.shape)}`);
    }
    if (flag(node, 'training_mode')) throw invalid(node, 'training_mode must be 0, got 1');
    real(node, 'epsilon', 1e-5);
    return [{ dtype: 'float32', shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const math = algebra(context.builder);
    const { mul, div, sqrt, add, sub, neg, reshape } = math;
    const x = input(context);
    const channels = perChannel(x.shape);
    const [scale, , mean, variance] = [1, 2, 3, 4].map((index) => input(context, index));
    const deviation = sqrt(add(variance, real(context.node, 'epsilon', 1e-5)));
    const factor = div(scale, deviation);
    const total = (value: typeof dy): typeof dy => reshape(sumTo(context.builder, value, channels), [x.shape[1]]);
    const normalized = (): typeof dy => div(sub(x, reshape(mean, channels)), reshape(deviation, channels));
    return [
      context.wants(0) ? mul(dy, reshape(factor, channels)) : undefined,
      context.wants(1) ? total(mul(dy, normalized())) : undefined,
      context.wants(2) ? total(dy) : undefined,
      context.wants(3) ? neg(mul(total(dy), factor)) : undefined,
      context.wants(4) ? neg(div(mul(total(mul(dy, normalized())), factor), mul(deviation, 2))) : undefined,
    ];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const channels = perChannel(x.shape);
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => tf.reshape(input(context, index), channels));
    const factor = tf.div(scale, tf.sqrt(tf.add(variance, real(context.node, 'epsilon', 1e-5))));
    return [tf.add(tf.mul(tf.sub(x, mean), factor), bias)];
  },
};
