import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { integers } from '../attributes';
import { input, invalid } from '../context';
import { unaryDerivative } from '../elementwise';
import type { Operator } from '../operator';
import { materialise, stridesOf } from '../strided';

/** Axes reordered by `perm` (reversed); dx = dy reordered back. */
export const transpose: Operator = {
  type: 'Transpose',
  infer(context) {
    const { dtype, shape } = input(context);
    return [{ dtype, shape: permutation(context.node, shape).map((axis) => shape[axis]) }];
  },
  derivative: unaryDerivative(({ node, x, dy, transpose }) => transpose(dy, inverse(permutation(node, x.shape)))),
  evaluate([x], node, [{ shape }]) {
    const strides = stridesOf(x!.shape);
    return [materialise(x!, { shape, strides: permutation(node, x!.shape).map((axis) => strides[axis]) })];
  },
  tfjs(context) {
    const x = input(context);
    return [context.tf.transpose(x, permutation(context.node, x.shape))];
  },
};

/** The permutation that undoes another. */
export const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

function permutation(node: GraphNode, shape: Shape): number[] {
  const perm = integers(node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (perm.length !== shape.length || shape.some((_, axis) => !perm.includes(axis))) {
    throw invalid(node, `perm must order the ${shape.length} axes of ${formatShape(shape)}, got ${formatShape(perm)}`);
  }
  return [...perm];
}
