import type { GraphNode } from '../../graph/graph';
import { real } from '../attributes';
import { unary } from '../elementwise';

const alpha = (node: GraphNode): number => real(node, 'alpha', 0.2);
const beta = (node: GraphNode): number => real(node, 'beta', 0.5);

/** y = alpha * x + beta, kept within [0, 1]; dx = alpha * dy where 0 < y < 1. */
export const hardSigmoid = unary({
  type: 'HardSigmoid',
  check(node) {
    alpha(node);
    beta(node);
  },
  derivative: ({ node, dy, y, mul, where, and, greater, less }) => mul(dy, where(and(greater(y, 0), less(y, 1)), alpha(node), 0)),
  tfjs: (tf, x, node) => tf.clipByValue(tf.add(tf.mul(x, alpha(node)), beta(node)), 0, 1),
});

/** y = x * min(1, max(0, x / 6 + 1/2)); dx = dy * (0 below -3, 1 above 3, x / 3 + 1/2 between). */
export const hardSwish = unary({
  type: 'HardSwish',
  derivative: ({ dy, x, mul, where, less, greater, add, div }) => mul(dy, where(less(x, -3), 0, where(greater(x, 3), 1, add(div(x, 3), 0.5)))),
  tfjs: (tf, x) => tf.mul(x, tf.clipByValue(tf.add(tf.div(x, 6), 0.5), 0, 1)),
});
