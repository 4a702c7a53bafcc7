import type * as tfjs from '@tensorflow/tfjs';
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
  tfjs: binaryKernel((tf, a, b) => (a.dtype === 'float32' ? tf.div(a, b) : wholeQuotient(tf, a, b))),
};

/** The quotient of integers, towards zero. TensorFlow.js divides them as float32: what that lost is divided again. */
function wholeQuotient(tf: typeof tfjs, a: tfjs.Tensor, b: tfjs.Tensor): tfjs.Tensor {
  const signs = [tf.sign(a), tf.sign(b)];
  const [dividend, divisor] = [tf.mul(a, signs[0]), tf.mul(b, signs[1])]; // Abs would round them too
  const quotient = tf.floorDiv(dividend, divisor);
  const exact = tf.add(quotient, tf.floorDiv(tf.sub(dividend, tf.mul(quotient, divisor)), divisor));
  return tf.mul(tf.mul(signs[0], signs[1]), exact);
}
