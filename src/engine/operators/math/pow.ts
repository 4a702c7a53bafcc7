import type { ValueInfo } from '../../graph/graph';
import { toNumbers, type Tensor } from '../../tensor';
import { broadcast } from '../broadcast';
import { typedInput } from '../context';
import { binaryDerivative, binaryKernel, numericTypes, type BinaryFormula } from '../elementwise';
import type { Operator } from '../operator';

/** y = a^b; da = dy * b * a^(b-1), db = dy * y * log(a), which is 0 where a is 0. The exponent may have another type than the base. */
export const pow: Operator = {
  type: 'Pow',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, 'float32', 'int64', 'int32');
    const exponent = typedInput(context, 1, ...numericTypes);
    return [{ dtype, shape: broadcast(context.node, [shape, exponent.shape]) }];
  },
  derivative: binaryDerivative(base, ({ dy, a, y, mul, log, where, equal }) => mul(dy, mul(y, log(where(equal(a, 0), 1, a))))),
  tfjs: binaryKernel((tf, a, b) => tf.cast(tf.pow(tf.cast(a, 'float32'), tf.cast(b, 'float32')), a.dtype)),
};

function base({ dy, a, b, constant, mul, pow, sub, where, equal, mask }: BinaryFormula): ValueInfo {
  const exponent = uniform(constant(1));
  if (exponent === 0) return mul(dy, 0);
  if (exponent === 1) return dy;
  if (exponent === 2) return mul(dy, mul(a, 2));
  if (exponent !== undefined) return mul(dy, mul(pow(a, exponent - 1), exponent));
  const power = b.dtype === 'float32' ? b : mask(b);
  return mul(dy, where(equal(power, 0), 0, mul(power, pow(a, sub(power, 1)))));
}

/** The number that all elements of a constant are; undefined when there is none. */
function uniform(value: Tensor | undefined): number | undefined {
  const numbers = value ? toNumbers(value) : [];
  return numbers.every((number) => number === numbers[0]) ? numbers[0] : undefined;
}
