import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { real } from '../attributes';
import { sameShape, sumTo } from '../broadcast';
import { input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { center, uncenter } from './centered';
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
    const centered = center(math, x, spatialAxes(x.shape), real(context.node, 'epsilon', 1e-5));
    const channels = perChannel(x.shape);
    const total = (value: typeof dy): typeof dy => math.reshape(sumTo(context.builder, value, channels), scale.shape);
    return [
      context.wants(0) ? uncenter(math, centered, math.mul(dy, math.reshape(scale, channels)), spatialAxes(x.shape)) : undefined,
      context.wants(1) ? total(math.mul(dy, centered.normalized)) : undefined,
      context.wants(2) ? total(dy) : undefined,
    ];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const axes = spatialAxes(x.shape);
    const [scale, bias] = [1, 2].map((index) => tf.reshape(input(context, index), perChannel(x.shape)));
    const deviation = tf.sub(x, tf.mean(x, axes, true));
    const factor = tf.rsqrt(tf.add(tf.mean(tf.square(deviation), axes, true), real(context.node, 'epsilon', 1e-5)));
    return [tf.add(tf.mul(tf.mul(deviation, factor), scale), bias)];
  },
};

const spatialAxes = (shape: Shape): number[] => shape.map((_, axis) => axis).slice(2);
