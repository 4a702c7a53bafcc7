import type { GraphNode } from '../../graph/graph';
import { integer } from '../attributes';
import { axisIn, input, invalid, typedInput } from '../context';
import { unaryDerivative } from '../elementwise';
import type { Operator } from '../operator';

/** y = x / norm(x) along the axis (-1), the norm of order `p` 2 or 1; dx = (dy - n * sum(dy * y)) / norm(x) with n = y or sign(x), 0 where the norm is 0. */
export const lpNormalization: Operator = {
  type: 'LpNormalization',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    axisOf(context.node, shape.length);
    orderOf(context.node);
    return [{ dtype: 'float32', shape }];
  },
  derivative: unaryDerivative(({ node, x, y, dy, sum, mul, sub, div, sqrt, square, abs, sign, where, equal }) => {
    const axes = [axisOf(node, x.shape.length)];
    const norm = orderOf(node) === 2 ? sqrt(sum(square(x), axes)) : sum(abs(x), axes);
    const direction = orderOf(node) === 2 ? y : sign(x);
    const dx = div(sub(dy, mul(direction, sum(mul(dy, y), axes))), where(equal(norm, 0), 1, norm));
    return where(equal(norm, 0), 0, dx);
  }),
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const axis = axisOf(node, x.rank);
    const norm = orderOf(node) === 2 ? tf.sqrt(tf.sum(tf.square(x), axis, true)) : tf.sum(tf.abs(x), axis, true);
    return [tf.divNoNan(x, norm)];
  },
};

const axisOf = (node: GraphNode, rank: number): number => axisIn(node, integer(node, 'axis', -1), rank);

function orderOf(node: GraphNode): number {
  const p = integer(node, 'p', 2);
  if (p !== 1 && p !== 2) throw invalid(node, `p must be 1 or 2, got ${p}`);
  return p;
}
