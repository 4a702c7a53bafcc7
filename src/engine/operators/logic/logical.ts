import { binaryKernel, binaryRule, unary } from '../elementwise';
import { evaluateComparison, evaluateUnary } from '../evaluate';
import type { Operator } from '../operator';

export const and: Operator = {
  type: 'And',
  infer: binaryRule(['bool']),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => Boolean(a) && Boolean(b)),
  tfjs: binaryKernel((tf, a, b) => tf.logicalAnd(a, b)),
};

export const or: Operator = {
  type: 'Or',
  infer: binaryRule(['bool']),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => Boolean(a) || Boolean(b)),
  tfjs: binaryKernel((tf, a, b) => tf.logicalOr(a, b)),
};

export const xor: Operator = {
  type: 'Xor',
  infer: binaryRule(['bool']),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a !== b),
  tfjs: binaryKernel((tf, a, b) => tf.notEqual(a, b)),
};

export const not = unary({
  type: 'Not',
  dtypes: ['bool'],
  derivative: 'zero',
  evaluate: evaluateUnary((value) => 1 - value),
  tfjs: (tf, x) => tf.logicalNot(x),
});
