import { evaluateUnary } from '../evaluate';
import { numericTypes, unary } from '../elementwise';

/** y = |x|; dx = dy * sign(x), which is 0 at 0. */
export const abs = unary({
  type: 'Abs',
  dtypes: numericTypes,
  derivative: ({ dy, x, mul, sign }) => mul(dy, sign(x)),
  evaluate: evaluateUnary(Math.abs),
  tfjs: (tf, x) => tf.abs(x),
});

/** y = -x; dx = -dy. */
export const neg = unary({
  type: 'Neg',
  dtypes: numericTypes,
  derivative: ({ dy, neg }) => neg(dy),
  evaluate: evaluateUnary((x) => -x),
  tfjs: (tf, x) => tf.neg(x),
});

/** y = -1, 0 or 1; dx = 0. */
export const sign = unary({
  type: 'Sign',
  dtypes: numericTypes,
  derivative: 'zero',
  evaluate: evaluateUnary(Math.sign),
  tfjs: (tf, x) => tf.sign(x),
});
