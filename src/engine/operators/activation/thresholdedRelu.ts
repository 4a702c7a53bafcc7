import { real } from '../attributes';
import { unary } from '../elementwise';

/** y = x where x > alpha (1), else 0; dx = dy where x > alpha. */
export const thresholdedRelu = unary({
  type: 'ThresholdedRelu',
  check: (node) => real(node, 'alpha', 1),
  derivative: ({ node, dy, x, mul, mask, greater }) => mul(dy, mask(greater(x, real(node, 'alpha', 1)))),
  tfjs: (tf, x, node) => tf.where(tf.greater(x, real(node, 'alpha', 1)), x, tf.zerosLike(x)),
});
