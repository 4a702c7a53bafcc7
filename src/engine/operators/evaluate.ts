import { toNumbers, type Tensor } from '../tensor';
import type { Operator, OutputInfo } from './operator';
import { broadcastView, generate, materialise } from './strided';

type Evaluate = NonNullable<Operator['evaluate']>;
type Scalar = number | bigint | string;

/** A function of two numbers, and the same for integers, which are computed exactly and wrap around as ONNX's do. */
export interface Arithmetic {
  readonly real: (a: number, b: number) => number;
  readonly integer: (a: bigint, b: bigint) => bigint;
}

/** Folds constant operands from the left, with broadcasting. */
export function evaluateArithmetic({ real, integer }: Arithmetic): Evaluate {
  const integers = evaluateIntegers(integer);
  return (inputs, node, outputs) => {
    const [output] = outputs;
    if (output.dtype !== 'float32') return integers(inputs, node, outputs);
    const operands = broadcastData(inputs, output);
    return [generate(output, (index) => operands.map((operand) => Number(operand[index])).reduce((a, b) => Math.fround(real(a, b))))];
  };
}

/** {@link evaluateArithmetic} of integers only. */
export const evaluateIntegers =
  (fold: Arithmetic['integer']): Evaluate =>
  (inputs, _node, [output]) => {
    const operands = broadcastData(inputs, output);
    return [generate(output, (index) => BigInt.asIntN(output.dtype === 'int64' ? 64 : 32, operands.map((operand) => BigInt(operand[index])).reduce(fold)))];
  };

/** Compares two constants element by element, with broadcasting. */
export function evaluateComparison(holds: (a: Scalar, b: Scalar) => boolean): Evaluate {
  return (inputs, _node, [output]) => {
    const [a, b] = broadcastData(inputs, output);
    return [generate(output, (index) => holds(a[index], b[index]))];
  };
}

/** Applies a function to each number of a constant; integers must stay within 2^53. */
export function evaluateUnary(apply: (value: number) => number): Evaluate {
  return ([value], _node, [output]) => {
    const numbers = toNumbers(value!);
    return [generate(output, (index) => apply(numbers[index]))];
  };
}

const broadcastData = (inputs: readonly (Tensor | undefined)[], { shape }: OutputInfo): Tensor['data'][] => inputs.filter((value) => value !== undefined).map((value) => materialise(value, broadcastView(value.shape, shape)).data);
