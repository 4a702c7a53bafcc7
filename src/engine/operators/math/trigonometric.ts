import { unary } from '../elementwise';

/** dx = dy * cos(x). */
export const sin = unary({ type: 'Sin', derivative: ({ dy, x, mul, cos }) => mul(dy, cos(x)), tfjs: (tf, x) => tf.sin(x) });

/** dx = -dy * sin(x). */
export const cos = unary({ type: 'Cos', derivative: ({ dy, x, mul, neg, sin }) => neg(mul(dy, sin(x))), tfjs: (tf, x) => tf.cos(x) });

/** dx = dy * (1 + y^2). */
export const tan = unary({ type: 'Tan', derivative: ({ dy, y, mul, add, square }) => mul(dy, add(square(y), 1)), tfjs: (tf, x) => tf.tan(x) });

/** dx = dy / sqrt(1 - x^2). */
export const asin = unary({ type: 'Asin', derivative: ({ dy, x, div, sqrt, sub, square }) => div(dy, sqrt(sub(1, square(x)))), tfjs: (tf, x) => tf.asin(x) });

/** dx = -dy / sqrt(1 - x^2). */
export const acos = unary({ type: 'Acos', derivative: ({ dy, x, neg, div, sqrt, sub, square }) => neg(div(dy, sqrt(sub(1, square(x))))), tfjs: (tf, x) => tf.acos(x) });

/** dx = dy / (1 + x^2). */
export const atan = unary({ type: 'Atan', derivative: ({ dy, x, div, add, square }) => div(dy, add(square(x), 1)), tfjs: (tf, x) => tf.atan(x) });
