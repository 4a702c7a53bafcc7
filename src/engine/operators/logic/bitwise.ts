import type * as tfjs from '@tensorflow/tfjs';
import type { DataType } from '../../tensor';
import { input, typedInput } from '../context';
import { binaryRule } from '../elementwise';
import { evaluateIntegers } from '../evaluate';
import type { Operator } from '../operator';
import { generate } from '../strided';

type Tf = typeof tfjs;

const integerTypes: readonly DataType[] = ['int64', 'int32', 'uint8', 'int8'];

/** Broadcast operands and the bits that both have. */
interface Operands {
  readonly tf: Tf;
  readonly a: tfjs.Tensor;
  readonly b: tfjs.Tensor;
  readonly both: tfjs.Tensor;
}

/** An operator on the bits of two integers; its derivative is zero, as of all integers. */
function bitwise(type: string, integer: (a: bigint, b: bigint) => bigint, kernel: (operands: Operands) => tfjs.Tensor): Operator {
  return {
    type,
    infer: binaryRule(integerTypes),
    derivative: 'zero',
    evaluate: evaluateIntegers(integer),
    tfjs(context) {
      const { tf } = context;
      const shape = [...context.outputInfos[0]!.shape];
      const [a, b] = [0, 1].map((index) => tf.broadcastTo(input(context, index), shape));
      return [kernel({ tf, a, b, both: tf.bitwiseAnd(a, b) })];
    },
  };
}

/** The bits that both integers have. */
export const bitwiseAnd = bitwise('BitwiseAnd', (a, b) => a & b, ({ both }) => both);

/** The bits that one of two integers has, or both. */
export const bitwiseOr = bitwise('BitwiseOr', (a, b) => a | b, ({ tf, a, b, both }) => tf.sub(tf.add(a, b), both));

/** The bits that one of two integers has, not both. */
export const bitwiseXor = bitwise('BitwiseXor', (a, b) => a ^ b, ({ tf, a, b, both }) => tf.sub(tf.sub(a, both), tf.sub(both, b)));

/** The bits that an integer lacks: -1 - x, and 255 - x of uint8. */
export const bitwiseNot: Operator = {
  type: 'BitwiseNot',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, ...integerTypes);
    return [{ dtype, shape }];
  },
  derivative: 'zero',
  evaluate: ([x], _node, [output]) => [generate(output, (index) => (output.dtype === 'int64' ? ~BigInt(x!.data[index]) : ~Number(x!.data[index])))],
  tfjs: (context) => [context.tf.sub(context.tf.scalar(context.outputInfos[0]?.dtype === 'uint8' ? 255 : -1, 'int32'), input(context))],
};
