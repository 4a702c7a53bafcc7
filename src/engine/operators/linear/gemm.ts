import type { GraphNode, ValueInfo } from '../../graph/graph';
import { formatShape } from '../../tensor';
import { algebra } from '../algebra';
import { flag, real } from '../attributes';
import { broadcastShapes, sameShape, sumTo } from '../broadcast';
import { input, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';

interface Settings {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/**
 * y = alpha a' b' + beta c with a' and b' transposed by `transA` and `transB`, c broadcast.
 * da' = alpha dy b'^T, db' = alpha a'^T dy, dc = beta dy.
 */
export const gemm: Operator = {
  type: 'Gemm',
  infer(context) {
    const [a, b] = [typedInput(context, 0, 'float32'), typedInput(context, 1, 'float32')];
    const { transA, transB } = settings(context.node);
    const [rows, inner] = transA ? [...a.shape].reverse() : a.shape;
    const [other, columns] = transB ? [...b.shape].reverse() : b.shape;
    if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== other) {
      throw mismatch(context.node, `the inputs must be matrices that multiply, got ${formatShape(a.shape)}${transA ? ' transposed' : ''} and ${formatShape(b.shape)}${transB ? ' transposed' : ''}`);
    }
    const shape = [rows, columns];
    const c = context.inputs[2] && typedInput(context, 2, 'float32');
    if (c && !sameShape(broadcastShapes([shape, c.shape]) ?? [], shape)) throw mismatch(context.node, `c must broadcast to ${formatShape(shape)}, got ${formatShape(c.shape)}`);
    return [{ dtype: 'float32', shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder, node } = context;
    const { alpha, beta, transA, transB } = settings(node);
    const [a, b, c] = [input(context, 0), input(context, 1), context.inputs[2]];
    const product = (left: ValueInfo, leftTransposed: boolean, right: ValueInfo, rightTransposed: boolean): ValueInfo =>
      builder.op('Gemm', [left, right], { alpha, transA: Number(leftTransposed), transB: Number(rightTransposed) });
    const da = (): ValueInfo => (transA ? product(b, transB, dy, true) : product(dy, false, b, !transB));
    const db = (): ValueInfo => (transB ? product(dy, true, a, transA) : product(a, !transA, dy, false));
    const dc = (shape: ValueInfo['shape']): ValueInfo => sumTo(builder, beta === 1 ? dy : algebra(builder).mul(dy, beta), shape);
    return [context.wants(0) ? da() : undefined, context.wants(1) ? db() : undefined, c && context.wants(2) ? dc(c.shape) : undefined];
  },
  tfjs(context) {
    const { tf, inputs } = context;
    const { alpha, beta, transA, transB } = settings(context.node);
    const product = tf.mul(tf.matMul(input(context, 0), input(context, 1), transA, transB), alpha);
    return [inputs[2] ? tf.add(product, tf.mul(inputs[2], beta)) : product];
  },
};

function settings(node: GraphNode): Settings {
  return { alpha: real(node, 'alpha', 1), beta: real(node, 'beta', 1), transA: flag(node, 'transA'), transB: flag(node, 'transB') };
}
