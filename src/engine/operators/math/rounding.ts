import { evaluateUnary } from '../evaluate';
import { unary } from '../elementwise';

/** The largest whole number <= x; dx = 0. */
export const floor = unary({ type: 'Floor', derivative: 'zero', evaluate: evaluateUnary(Math.floor), tfjs: (tf, x) => tf.floor(x) });

/** The smallest whole number >= x; dx = 0. */
export const ceil = unary({ type: 'Ceil', derivative: 'zero', evaluate: evaluateUnary(Math.ceil), tfjs: (tf, x) => tf.ceil(x) });

/** The nearest whole number, halves to the even one; dx = 0. */
export const round = unary({ type: 'Round', derivative: 'zero', evaluate: evaluateUnary(roundHalfToEven), tfjs: (tf, x) => tf.round(x) });

function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
