import { formatShape } from '../../tensor';
import { algebra } from '../algebra';
import { input, invalid, typedInput } from '../context';
import { sumTo } from '../broadcast';
import type { Operator } from '../operator';

/**
 * y = x kept within [min, max], both optional scalars; dx = dy where min < x < max. At the bounds it is 0, as in
 * torch's ReLU6 and in Relu (torch.clamp passes the gradient there).
 */
export const clip: Operator = {
  type: 'Clip',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, 'float32', 'int64', 'int32', 'uint8', 'int8');
    for (const index of [1, 2]) {
      const bound = context.inputs[index];
      if (!bound) continue;
      const what = index === 1 ? 'min' : 'max';
      typedInput(context, index, dtype);
      if (bound.shape.length > 0) throw invalid(context.node, `${what} must be a scalar, got shape ${formatShape(bound.shape)}`);
    }
    return [{ dtype, shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { mul, mask, and, less, greater } = algebra(context.builder);
    const [x, min, max] = [input(context), context.inputs[1], context.inputs[2]];
    const bounds = [...(min ? [greater(x, min)] : []), ...(max ? [less(x, max)] : [])];
    const inside = bounds.length === 0 ? dy : mul(dy, mask(bounds.reduce((a, b) => and(a, b))));
    return [
      inside,
      min && context.wants(1) ? sumTo(context.builder, mul(dy, mask(less(x, min))), []) : undefined,
      max && context.wants(2) ? sumTo(context.builder, mul(dy, mask(greater(x, max))), []) : undefined,
    ];
  },
  tfjs(context) {
    const { tf, inputs } = context;
    const above = inputs[1] ? tf.maximum(input(context), inputs[1]) : input(context).clone();
    return [inputs[2] ? tf.minimum(above, inputs[2]) : above];
  },
};
