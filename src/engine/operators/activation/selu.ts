import type { GraphNode } from '../../graph/graph';
import { real } from '../attributes';
import { unary } from '../elementwise';

const alpha = (node: GraphNode): number => real(node, 'alpha', 1.67326319217681884765625);
const gamma = (node: GraphNode): number => real(node, 'gamma', 1.05070102214813232421875);

/** y = gamma * x where x > 0, else gamma * alpha * (e^x - 1); dx = dy * gamma, or dy * gamma * alpha * e^x. */
export const selu = unary({
  type: 'Selu',
  check(node) {
    alpha(node);
    gamma(node);
  },
  derivative: ({ node, dy, x, mul, where, greater, exp }) => mul(dy, where(greater(x, 0), gamma(node), mul(exp(x), gamma(node) * alpha(node)))),
  tfjs: (tf, x, node) => tf.mul(tf.where(tf.greater(x, 0), x, tf.mul(tf.expm1(x), alpha(node))), gamma(node)),
});
