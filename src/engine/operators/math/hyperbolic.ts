import { unary } from '../elementwise';

/** dx = dy * cosh(x). */
export const sinh = unary({ type: 'Sinh', derivative: ({ dy, x, mul, cosh }) => mul(dy, cosh(x)), tfjs: (tf, x) => tf.sinh(x) });

/** dx = dy * sinh(x). */
export const cosh = unary({ type: 'Cosh', derivative: ({ dy, x, mul, sinh }) => mul(dy, sinh(x)), tfjs: (tf, x) => tf.cosh(x) });

/** dx = dy * (1 - y^2). */
export const tanh = unary({ type: 'Tanh', derivative: ({ dy, y, mul, sub, square }) => mul(dy, sub(1, square(y))), tfjs: (tf, x) => tf.tanh(x) });

/** dx = dy / sqrt(x^2 + 1). */
export const asinh = unary({ type: 'Asinh', derivative: ({ dy, x, div, sqrt, add, square }) => div(dy, sqrt(add(square(x), 1))), tfjs: (tf, x) => tf.asinh(x) });

/** dx = dy / sqrt(x^2 - 1). */
export const acosh = unary({ type: 'Acosh', derivative: ({ dy, x, div, sqrt, sub, square }) => div(dy, sqrt(sub(square(x), 1))), tfjs: (tf, x) => tf.acosh(x) });

/** dx = dy / (1 - x^2). */
export const atanh = unary({ type: 'Atanh', derivative: ({ dy, x, div, sub, square }) => div(dy, sub(1, square(x))), tfjs: (tf, x) => tf.atanh(x) });
