import { flag } from '../attributes';
import { evaluateArithmetic } from '../evaluate';
import { binaryDerivative, binaryKernel, binaryRule, numericTypes } from '../elementwise';
import { invalid } from '../context';
import type { Operator } from '../operator';

/**
 * The remainder of a / b: of the division towards zero, with the sign of a (`fmod` 1), or of the floor division, with
 * the sign of b (`fmod` 0, integers only). da = dy, db = -dy * trunc(a / b).
 */
export const mod: Operator = {
  type: 'Mod',
  infer(context) {
    const [output] = binaryRule(numericTypes)(context);
    if (output.dtype === 'float32' && !flag(context.node, 'fmod')) throw invalid(context.node, 'fmod must be 1 for float32 inputs, got 0');
    return [output];
  },
  derivative: binaryDerivative(
    ({ dy }) => dy,
    ({ dy, a, b, mul, neg, sign, abs, floor, div }) => {
      const quotient = div(a, b);
      return neg(mul(dy, mul(sign(quotient), floor(abs(quotient)))));
    },
  ),
  evaluate(inputs, node, outputs) {
    const fmod = flag(node, 'fmod');
    const integer = (a: bigint, b: bigint): bigint => (fmod ? a % b : ((a % b) + b) % b);
    return evaluateArithmetic({ real: (a, b) => a % b, integer })(inputs, node, outputs);
  },
  tfjs: binaryKernel((tf, a, b, node) => (flag(node, 'fmod') ? tf.mul(tf.sign(a), tf.mod(tf.abs(a), tf.abs(b))) : tf.mod(a, b))),
};
