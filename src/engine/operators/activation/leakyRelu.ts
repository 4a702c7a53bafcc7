import { real } from '../attributes';
import { unary } from '../elementwise';

/** y = x where x >= 0, else alpha * x (alpha 0.01); dx = dy or alpha * dy, the latter at 0. */
export const leakyRelu = unary({
  type: 'LeakyRelu',
  check: (node) => real(node, 'alpha', 0.01),
  derivative: ({ node, dy, x, mul, where, greater }) => mul(dy, where(greater(x, 0), 1, real(node, 'alpha', 0.01))),
  tfjs: (tf, x, node) => tf.leakyRelu(x, real(node, 'alpha', 0.01)),
});
