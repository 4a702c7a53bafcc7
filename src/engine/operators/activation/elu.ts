import type { GraphNode } from '../../graph/graph';
import { real } from '../attributes';
import { unary } from '../elementwise';

const alpha = (node: GraphNode): number => real(node, 'alpha', 1);

/** y = x where x > 0, else alpha * (e^x - 1); dx = dy or dy * alpha * e^x. */
export const elu = unary({
  type: 'Elu',
  check: alpha,
  derivative: ({ node, dy, x, mul, where, greater, exp }) => mul(dy, where(greater(x, 0), 1, mul(exp(x), alpha(node)))),
  tfjs: (tf, x, node) => tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(x), alpha(node))),
});

/** y = x where x > 0, else alpha * (e^(x / alpha) - 1); dx = dy or dy * e^(x / alpha). */
export const celu = unary({
  type: 'Celu',
  check: alpha,
  derivative: ({ node, dy, x, mul, where, greater, exp, div }) => mul(dy, where(greater(x, 0), 1, exp(div(x, alpha(node))))),
  tfjs: (tf, x, node) => tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(tf.div(x, alpha(node))), alpha(node))),
});
