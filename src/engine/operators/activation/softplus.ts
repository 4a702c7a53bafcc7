import { unary } from '../elementwise';

/** y = ln(1 + e^x); dx = dy * sigmoid(x). */
export const softplus = unary({ type: 'Softplus', derivative: ({ dy, x, mul, sigmoid }) => mul(dy, sigmoid(x)), tfjs: (tf, x) => tf.softplus(x) });

/** y = x / (1 + |x|); dx = dy / (1 + |x|)^2. */
export const softsign = unary({
  type: 'Softsign',
  derivative: ({ dy, x, div, square, add, abs }) => div(dy, square(add(abs(x), 1))),
  tfjs: (tf, x) => tf.div(x, tf.add(tf.abs(x), 1)),
});
