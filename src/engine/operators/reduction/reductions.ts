import type { ValueInfo } from '../../graph/graph';
import type { DataType } from '../../tensor';
import { reduction, type ReductionFormula } from './reduce';

const numbers: readonly DataType[] = ['float32', 'int64', 'int32'];

/** The sum; dx = dy. */
export const reduceSum = reduction({
  type: 'ReduceSum',
  dtypes: numbers,
  derivative: ({ dy }) => dy,
  evaluate: { real: (a, b) => a + b, integer: (a, b) => a + b },
  tfjs: (tf, x, axes) => tf.sum(x, axes, true),
});

/** The mean of n elements; dx = dy / n. */
export const reduceMean = reduction({ type: 'ReduceMean', empty: Number.NaN, derivative: ({ dy, count, div }) => div(dy, count), tfjs: (tf, x, axes) => tf.mean(x, axes, true) });

/** The largest element; dy goes to it, in equal parts where several are equal (as in torch.amax). */
export const reduceMax = reduction({
  type: 'ReduceMax',
  empty: -Infinity,
  dtypes: numbers,
  derivative: toWinners,
  evaluate: { real: Math.max, integer: (a, b) => (a > b ? a : b) },
  tfjs: (tf, x, axes) => tf.max(x, axes, true),
});

/** The smallest element; dy goes to it, in equal parts where several are equal. */
export const reduceMin = reduction({
  type: 'ReduceMin',
  empty: Infinity,
  dtypes: numbers,
  derivative: toWinners,
  evaluate: { real: Math.min, integer: (a, b) => (a < b ? a : b) },
  tfjs: (tf, x, axes) => tf.min(x, axes, true),
});

/**
 * The product; dx = dy * (the product of the other elements). That is P / x with P the product of all elements but
 * zeros, and 0 where another element is zero.
 */
export const reduceProd = reduction({
  type: 'ReduceProd',
  empty: 1,
  dtypes: numbers,
  derivative({ x, dy, axes, equal, mask, where, prod, sum, sub, div, mul }) {
    const isZero = equal(x, 0);
    const zeros = mask(isZero);
    const rest = where(isZero, 1, x);
    const otherZeros = sub(sum(zeros, axes), zeros);
    return mul(dy, where(equal(otherZeros, 0), div(prod(rest, axes), rest), 0));
  },
  evaluate: { real: (a, b) => a * b, integer: (a, b) => a * b },
  tfjs: (tf, x, axes) => tf.prod(x, axes, true),
});

/** The sum of |x|; dx = dy * sign(x). */
export const reduceL1 = reduction({ type: 'ReduceL1', derivative: ({ x, dy, mul, sign }) => mul(dy, sign(x)), tfjs: (tf, x, axes) => tf.sum(tf.abs(x), axes, true) });

/** The Euclidean norm; dx = dy * x / y, which is 0 where the norm is 0. */
export const reduceL2 = reduction({
  type: 'ReduceL2',
  derivative: ({ x, y, dy, mul, div, where, equal }) => mul(x, div(dy, where(equal(y, 0), 1, y))),
  tfjs: (tf, x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true)),
});

/** The sum of x^2; dx = 2 x dy. */
export const reduceSumSquare = reduction({ type: 'ReduceSumSquare', derivative: ({ x, dy, mul }) => mul(x, mul(dy, 2)), tfjs: (tf, x, axes) => tf.sum(tf.square(x), axes, true) });

/** ln sum(x); dx = dy / sum(x). */
export const reduceLogSum = reduction({ type: 'ReduceLogSum', empty: -Infinity, derivative: ({ y, dy, div, exp }) => div(dy, exp(y)), tfjs: (tf, x, axes) => tf.log(tf.sum(x, axes, true)) });

/** ln sum(e^x); dx = dy * e^(x - y). */
export const reduceLogSumExp = reduction({
  type: 'ReduceLogSumExp',
  empty: -Infinity,
  derivative: ({ x, y, dy, mul, exp, sub }) => mul(dy, exp(sub(x, y))),
  tfjs: (tf, x, axes) => tf.logSumExp(x, axes, true),
});

/** dx = dy * [x = y] / (how many are equal to y). */
function toWinners({ x, y, dy, axes, mul, div, mask, equal, sum }: ReductionFormula): ValueInfo {
  const wins = mask(equal(x, y));
  return mul(wins, div(dy, sum(wins, axes)));
}
