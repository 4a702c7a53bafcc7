import type { GraphNode, ValueInfo } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { sumTo } from '../broadcast';
import { axisIn, input, mismatch, typedInput } from '../context';
import type { InferContext, Operator } from '../operator';

/** The bounds of the types that are quantised to. */
const BOUNDS = { uint8: [0, 255], int8: [-128, 127] } as const;

/**
 * y = round(x / scale) + zero point, half to even, kept within the type; scale and zero point are scalars or have one
 * element for each index along `axis` (1). The derivative is the straight-through estimator (Bengio, Léonard &
 * Courville, "Estimating or propagating gradients through stochastic neurons", 2013): rounding counts as the identity,
 * so dx = dy / scale where y is not clipped, else 0, and dscale = sum(-dy * x / scale²) over the same elements.
 */
export const quantizeLinear: Operator = {
  type: 'QuantizeLinear',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    typedInput(context, 1, 'float32');
    const dtype = context.inputs[2] ? typedInput(context, 2, 'uint8', 'int8').dtype : 'uint8';
    requireParameters(context, shape);
    return [{ dtype, shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const { add, div, mul, neg, square, where, and, less } = algebra(builder);
    const x = input(context);
    const along = parameterShape(node, input(context, 1).shape, x.shape);
    const parameter = (value: ValueInfo): ValueInfo => (value.shape.length === 0 ? value : algebra(builder).reshape(value, along));
    const scale = parameter(input(context, 1));
    const zero = context.inputs[2];
    const rounded = builder.op('Round', [div(x, scale)]);
    const level = zero ? add(rounded, parameter(builder.op('Cast', [zero], { to: 1 }))) : rounded;
    const [low, high] = BOUNDS[zero?.dtype === 'int8' ? 'int8' : 'uint8'];
    const passed = where(and(less(low - 0.5, level), less(level, high + 0.5)), dy, 0);
    const perScale = (): ValueInfo => algebra(builder).reshape(sumTo(builder, neg(div(mul(passed, x), square(scale))), along), input(context, 1).shape);
    return [context.wants(0) ? div(passed, scale) : undefined, context.wants(1) ? perScale() : undefined];
  },
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const along = parameterShape(node, input(context, 1).shape, x.shape);
    const rounded = tf.round(tf.div(x, tf.reshape(input(context, 1), along)));
    const zero = context.inputs[2];
    const [low, high] = BOUNDS[context.outputInfos[0]?.dtype === 'int8' ? 'int8' : 'uint8'];
    const level = zero ? tf.add(rounded, tf.cast(tf.reshape(zero, along), 'float32')) : rounded;
    return [tf.cast(tf.clipByValue(level, low, high), 'int32')];
  },
};

/** y = (x - zero point) * scale as float32; dx = dy * scale, which is what reaches the QuantizeLinear before it, and dscale = sum(dy * (x - zero point)). */
export const dequantizeLinear: Operator = {
  type: 'DequantizeLinear',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, 'uint8', 'int8');
    typedInput(context, 1, 'float32');
    if (context.inputs[2]) typedInput(context, 2, dtype);
    requireParameters(context, shape);
    return [{ dtype: 'float32', shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const { mul, sub, reshape } = algebra(builder);
    const [x, scale] = [input(context), input(context, 1)];
    const along = parameterShape(node, scale.shape, x.shape);
    const real = (value: ValueInfo): ValueInfo => builder.op('Cast', [value], { to: 1 });
    const steps = (): ValueInfo => {
      const zero = context.inputs[2];
      return zero ? sub(real(x), reshape(real(zero), along)) : real(x);
    };
    return [
      context.wants(0) ? mul(dy, scale.shape.length === 0 ? scale : reshape(scale, along)) : undefined,
      context.wants(1) ? reshape(sumTo(builder, mul(dy, steps()), along), scale.shape) : undefined,
    ];
  },
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const along = parameterShape(node, input(context, 1).shape, x.shape);
    const zero = context.inputs[2];
    const real = tf.cast(x, 'float32');
    return [tf.mul(zero ? tf.sub(real, tf.cast(tf.reshape(zero, along), 'float32')) : real, tf.reshape(input(context, 1), along))];
  },
};

/** The shape in which scale and zero point broadcast with x. */
function parameterShape(node: GraphNode, scale: Shape, x: Shape): number[] {
  if (scale.length === 0 || (scale.length === 1 && scale[0] === 1 && x.length === 0)) return [];
  const axis = axisIn(node, integer(node, 'axis', 1), x.length);
  return x.map((_, index) => (index === axis ? scale[0] : 1));
}

function requireParameters(context: InferContext, shape: Shape): void {
  const { node } = context;
  const scale = input(context, 1).shape;
  const axis = scale.length === 0 ? undefined : axisIn(node, integer(node, 'axis', 1), shape.length);
  if (axis !== undefined && (scale.length !== 1 || scale[0] !== shape[axis])) throw mismatch(node, `scale must be a scalar or have shape [${shape[axis]}], got ${formatShape(scale)}`);
  const zero = context.inputs[2];
  if (zero && formatShape(zero.shape) !== formatShape(scale)) throw mismatch(node, `the zero point must have the scale's shape ${formatShape(scale)}, got ${formatShape(zero.shape)}`);
}
