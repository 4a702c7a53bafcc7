import { evaluateArithmetic } from '../evaluate';
import { binaryDerivative, binaryKernel, binaryRule, numericTypes } from '../elementwise';
import type { Operator } from '../operator';

/** y = a + b; da = dy, db = dy. */
export const add: Operator = {
  type: 'Add',
  infer: binaryRule(numericTypes),
  derivative: binaryDerivative(({ dy }) => dy, ({ dy }) => dy),
  evaluate: evaluateArithmetic({ real: (a, b) => a + b, integer: (a, b) => a + b }),
  tfjs: binaryKernel((tf, a, b) => tf.add(a, b)),
};

/** y = a - b; da = dy, db = -dy. */
export const sub: Operator = {
  type: 'Sub',
  infer: binaryRule(numericTypes),
  derivative: binaryDerivative(({ dy }) => dy, ({ dy, neg }) => neg(dy)),
  evaluate: evaluateArithmetic({ real: (a, b) => a - b, integer: (a, b) => a - b }),
  tfjs: binaryKernel((tf, a, b) => tf.sub(a, b)),
};

/** y = a * b; da = dy * b, db = dy * a. */
export const mul: Operator = {
  type: 'Mul',
  infer: binaryRule(numericTypes),
  derivative: binaryDerivative(({ dy, b, mul }) => mul(dy, b), ({ dy, a, mul }) => mul(dy, a)),
  evaluate: evaluateArithmetic({ real: (a, b) => a * b, integer: (a, b) => a * b }),
  tfjs: binaryKernel((tf, a, b) => tf.mul(a, b)),
};

/** y = a / b, towards zero for integers; da = dy / b, db = -dy * y / b. */
export const div: Operator = {
  type: 'Div',
  infer: binaryRule(numericTypes),
  derivative: binaryDerivative(({ dy, b, div }) => div(dy, b), ({ dy, y, b, mul, div, neg }) => neg(div(mul(dy, y), b))),
  evaluate: evaluateArithmetic({ real: (a, b) => a / b, integer: (a, b) => a / b }),
  tfjs: binaryKernel((tf, a, b) => (a.dtype === 'float32' ? tf.div(a, b) : tf.mul(tf.mul(tf.sign(a), tf.sign(b)), tf.floorDiv(tf.abs(a), tf.abs(b))))),
};
