import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { choice, integer } from '../attributes';
import { input, invalid, mismatch } from '../context';
import { unaryDerivative } from '../elementwise';
import type { Operator } from '../operator';
import { inverse } from './transpose';

/** A rearrangement: x in the shape `split`, its axes reordered by `perm`, in the shape of y. */
interface Rearrangement {
  readonly split: readonly number[];
  readonly perm: readonly number[];
  readonly result: Shape;
}

/** [N, C, H, W] to [N, C / b^2, H b, W b] with blocks of side b, in DCR or CRD order; dx is dy rearranged back. */
export const depthToSpace = rearranging('DepthToSpace', (node, [n, c, h, w], b) => {
  const depth = c / (b * b);
  const result = [n, depth, h * b, w * b];
  if (choice(node, 'mode', ['DCR', 'CRD'], 'DCR') === 'DCR') return { split: [n, b, b, depth, h, w], perm: [0, 3, 4, 1, 5, 2], result };
  return { split: [n, depth, b, b, h, w], perm: [0, 1, 4, 2, 5, 3], result };
});

/** [N, C, H, W] to [N, C b^2, H / b, W / b] with blocks of side b; dx is dy rearranged back. */
export const spaceToDepth = rearranging('SpaceToDepth', (_node, [n, c, h, w], b) => ({
  split: [n, c, h / b, b, w / b, b],
  perm: [0, 3, 5, 1, 2, 4],
  result: [n, c * b * b, h / b, w / b],
}));

function rearranging(type: string, rule: (node: GraphNode, shape: Shape, blockSize: number) => Rearrangement): Operator {
  const rearrangement = (node: GraphNode, shape: Shape): Rearrangement => {
    const blockSize = integer(node, 'blocksize');
    if (shape.length !== 4) throw invalid(node, `the input must have 4 dimensions, got shape ${formatShape(shape)}`);
    if (blockSize < 1) throw invalid(node, `blocksize must be positive, got ${blockSize}`);
    const result = rule(node, shape, blockSize);
    if (![...result.split, ...result.result].every(Number.isInteger)) throw mismatch(node, `blocks of side ${blockSize} must divide the shape, got ${formatShape(shape)}`);
    return result;
  };
  return {
    type,
    infer(context) {
      const { dtype, shape } = input(context);
      return [{ dtype, shape: rearrangement(context.node, shape).result }];
    },
    derivative: unaryDerivative(({ node, x, dy, reshape, transpose }) => {
      const { split, perm } = rearrangement(node, x.shape);
      return reshape(transpose(reshape(dy, perm.map((axis) => split[axis])), inverse(perm)), x.shape);
    }),
    tfjs(context) {
      const { tf } = context;
      const x = input(context);
      const { split, perm, result } = rearrangement(context.node, x.shape);
      return [tf.reshape(tf.transpose(tf.reshape(x, [...split]), [...perm]), [...result])];
    },
  };
}
