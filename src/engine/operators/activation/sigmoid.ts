import { unary } from '../elementwise';

/** y = 1 / (1 + e^-x); dx = dy * y * (1 - y). */
export const sigmoid = unary({
  type: 'Sigmoid',
  derivative: ({ dy, y, mul, sub }) => mul(dy, mul(y, sub(1, y))),
  tfjs: (tf, x) => tf.sigmoid(x),
});
