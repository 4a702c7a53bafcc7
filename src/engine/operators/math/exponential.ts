import { evaluateUnary } from '../evaluate';
import { unary } from '../elementwise';

/** y = e^x; dx = dy * y. */
export const exp = unary({ type: 'Exp', derivative: ({ dy, y, mul }) => mul(dy, y), tfjs: (tf, x) => tf.exp(x) });

/** y = ln x; dx = dy / x. */
export const log = unary({ type: 'Log', derivative: ({ dy, x, div }) => div(dy, x), tfjs: (tf, x) => tf.log(x) });

/** The square root; dx = dy / (2 y). */
export const sqrt = unary({
  type: 'Sqrt',
  derivative: ({ dy, y, div, mul }) => div(dy, mul(y, 2)),
  evaluate: evaluateUnary(Math.sqrt),
  tfjs: (tf, x) => tf.sqrt(x),
});

/** y = 1 / x; dx = -dy * y^2. */
export const reciprocal = unary({
  type: 'Reciprocal',
  derivative: ({ dy, y, mul, neg, square }) => neg(mul(dy, square(y))),
  evaluate: evaluateUnary((x) => 1 / x),
  tfjs: (tf, x) => tf.reciprocal(x),
});

/** The Gauss error function; dx = dy * 2 / sqrt(pi) * e^(-x^2). */
export const erf = unary({
  type: 'Erf',
  derivative: ({ dy, x, mul, exp, neg, square }) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  tfjs: (tf, x) => tf.erf(x),
});
