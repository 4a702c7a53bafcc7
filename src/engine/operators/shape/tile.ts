import { formatShape, type Shape } from '../../tensor';
import { unaryDerivative } from '../elementwise';
import { input, invalid, requiredIntegers } from '../context';
import type { Operator } from '../operator';
import { materialise, stridesOf } from '../strided';

/** x repeated along each axis as often as input 1 says; dx is the sum of dy over the repetitions. */
export const tile: Operator = {
  type: 'Tile',
  infer(context) {
    const { dtype, shape } = input(context);
    const repeats = requiredIntegers(context, 1, 'repeats');
    if (repeats.length !== shape.length || repeats.some((count) => count < 0)) {
      throw invalid(context.node, `repeats must be ${shape.length} counts for ${formatShape(shape)}, got ${formatShape(repeats)}`);
    }
    return [{ dtype, shape: shape.map((dim, axis) => dim * repeats[axis]) }];
  },
  derivative: unaryDerivative(({ x, y, dy, reshape, sum }) => {
    const repetitions = x.shape.map((_, axis) => 2 * axis);
    return reshape(sum(reshape(dy, interleave(repeatsOf(x.shape, y.shape), x.shape)), repetitions), x.shape);
  }),
  evaluate([x], _node, [{ shape }]) {
    const { shape: own } = x!;
    const view = { shape: interleave(repeatsOf(own, shape), own), strides: interleave(own.map(() => 0), stridesOf(own)) };
    return [{ ...materialise(x!, view), shape }];
  },
  tfjs(context) {
    const x = input(context);
    return [context.tf.tile(x, repeatsOf(x.shape, context.outputInfos[0]!.shape))];
  },
};

const repeatsOf = (source: Shape, result: Shape): number[] => source.map((dim, axis) => (dim === 0 ? 1 : result[axis] / dim));
const interleave = (left: readonly number[], right: readonly number[]): number[] => left.flatMap((value, index) => [value, right[index]]);
