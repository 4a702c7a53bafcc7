import type { ValueInfo } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra, type Algebra } from '../algebra';
import { broadcastShapes, sumTo } from '../broadcast';
import { input, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';

/**
 * y = a b for matrices in the last two axes, the other axes broadcast; a vector counts as one row (left) or one column
 * (right). da = dy b^T, db = a^T dy.
 */
export const matMul: Operator = {
  type: 'MatMul',
  infer(context) {
    const a = typedInput(context, 0, 'float32', 'int64', 'int32');
    const b = typedInput(context, 1, a.dtype);
    const [left, right] = [asMatrix(a.shape, 0), asMatrix(b.shape, 1)];
    const batch = broadcastShapes([left.slice(0, -2), right.slice(0, -2)]);
    if (!batch || a.shape.length === 0 || b.shape.length === 0 || left[left.length - 1] !== right[right.length - 2]) {
      throw mismatch(context.node, `the inputs must be matrices that multiply, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
    }
    const rows = a.shape.length === 1 ? [] : [left[left.length - 2]];
    const columns = b.shape.length === 1 ? [] : [right[right.length - 1]];
    return [{ dtype: a.dtype, shape: [...batch, ...rows, ...columns] }];
  },
  derivative(context) {
    const [gradient] = context.gradients;
    if (!gradient) return [];
    const { builder } = context;
    const math = algebra(builder);
    const [a, b] = [input(context, 0), input(context, 1)];
    const left = reshaped(math, a, asMatrix(a.shape, 0));
    const right = reshaped(math, b, asMatrix(b.shape, 1));
    const batch = broadcastShapes([left.shape.slice(0, -2), right.shape.slice(0, -2)]) ?? [];
    const dy = reshaped(math, gradient, [...batch, left.shape[left.shape.length - 2], right.shape[right.shape.length - 1]]);
    const da = (): ValueInfo => reshaped(math, sumTo(builder, math.matMul(dy, transposed(math, right)), left.shape), a.shape);
    const db = (): ValueInfo => reshaped(math, sumTo(builder, math.matMul(transposed(math, left), dy), right.shape), b.shape);
    return [context.wants(0) ? da() : undefined, context.wants(1) ? db() : undefined];
  },
  tfjs(context) {
    const { tf } = context;
    const [a, b] = [input(context, 0), input(context, 1)];
    if (a.size === 0 || b.size === 0) return [tf.zeros([...context.outputInfos[0]!.shape], a.dtype)];
    const [left, right] = [asMatrix(a.shape, 0), asMatrix(b.shape, 1)];
    // tf.matMul gives wrong numbers for some broadcast batches, so only equal ones are handed to it.
    const batch = broadcastShapes([left.slice(0, -2), right.slice(0, -2)]) ?? [];
    const full = (x: typeof a, matrix: number[]): typeof a => tf.broadcastTo(tf.reshape(tf.cast(x, 'float32'), matrix), [...batch, ...matrix.slice(-2)]);
    const product = right.length === 2 ? tf.matMul(tf.reshape(tf.cast(a, 'float32'), [-1, right[0]]), tf.reshape(tf.cast(b, 'float32'), right)) : tf.matMul(full(a, left), full(b, right));
    return [tf.cast(tf.reshape(product, [...context.outputInfos[0]!.shape]), a.dtype)];
  },
};

/** A vector as a row (side 0) or a column (side 1). */
function asMatrix(shape: Shape, side: 0 | 1): number[] {
  if (shape.length !== 1) return [...shape];
  return side === 0 ? [1, shape[0]] : [shape[0], 1];
}

const reshaped = (math: Algebra, x: ValueInfo, shape: Shape): ValueInfo => (x.shape.length === shape.length ? x : math.reshape(x, shape));

/** The last two axes exchanged. */
function transposed(math: Algebra, x: ValueInfo): ValueInfo {
  const rank = x.shape.length;
  return math.transpose(x, x.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)));
}
