import { algebra } from '../algebra';
import { broadcast, sumTo } from '../broadcast';
import { input, invalid, isConstant, typedInput } from '../context';
import type { Operator } from '../operator';
import { broadcastView, generate, materialise } from '../strided';

/** y = a where the condition holds, else b; da = dy where it holds, db = dy where it does not. */
export const where: Operator = {
  type: 'Where',
  infer(context) {
    const condition = typedInput(context, 0, 'bool');
    const [a, b] = [input(context, 1), input(context, 2)];
    if (a.dtype !== b.dtype) throw invalid(context.node, `both branches must have one type, got ${a.dtype} and ${b.dtype}`);
    if (a.dtype === 'int8' && !isConstant(context)) throw invalid(context.node, 'branches of int8 are not supported'); // no runtime has it
    return [{ dtype: a.dtype, shape: broadcast(context.node, [condition.shape, a.shape, b.shape]) }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const [condition, a, b] = [0, 1, 2].map((index) => input(context, index));
    const { where } = algebra(context.builder);
    return [
      undefined,
      context.wants(1) ? sumTo(context.builder, where(condition, dy, 0), a.shape) : undefined,
      context.wants(2) ? sumTo(context.builder, where(condition, 0, dy), b.shape) : undefined,
    ];
  },
  evaluate(inputs, _node, [output]) {
    const [condition, a, b] = inputs.map((value) => value && materialise(value, broadcastView(value.shape, output.shape)).data);
    return [generate(output, (index) => (condition![index] ? a! : b!)[index])];
  },
  tfjs(context) {
    const [condition, a, b] = [0, 1, 2].map((index) => input(context, index));
    return [context.tf.where(condition, a, b)];
  },
};
