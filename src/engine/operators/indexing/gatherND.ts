import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { sameShape } from '../broadcast';
import { input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { rowNumberNodes, rowNumbers, rowsOf } from './indices';
import { scatterDerivative, scatterReduction, scatterRows } from './scatter';

/** The slices of x that the tuples in the last axis of the indices name; dx is the sum of the gradients of each slice's copies. */
export const gatherND: Operator = {
  type: 'GatherND',
  infer(context) {
    const { dtype, shape } = input(context);
    const indices = typedInput(context, 1, 'int64');
    const batchDims = batchDimsOf(context.node, shape, indices.shape);
    const depth = depthOf(context.node, shape, indices.shape, batchDims);
    return [{ dtype, shape: [...indices.shape.slice(0, -1), ...shape.slice(batchDims + depth)] }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(0)) return [];
    const [x, indices] = [input(context, 0), input(context, 1)];
    const rows = rowsOf(x.shape, indices.shape, batchDimsOf(context.node, x.shape, indices.shape));
    const math = algebra(context.builder);
    const numbers = rowNumberNodes(context.builder, math, indices, rows);
    const updates = math.reshape(dy, [rows.tuples, rows.length]);
    const sum = context.builder.op('ScatterND', [math.zeros([rows.count, rows.length]), numbers, updates], { reduction: 'add' });
    return [math.reshape(sum, x.shape)];
  },
  tfjs(context) {
    const { tf } = context;
    const [x, indices] = [input(context, 0), input(context, 1)];
    const rows = rowsOf(x.shape, indices.shape, batchDimsOf(context.node, x.shape, indices.shape));
    const taken = tf.gather(tf.reshape(x, [rows.count, rows.length]), rowNumbers(tf, indices, rows));
    return [tf.reshape(taken, [...context.outputInfos[0]!.shape])];
  },
};

/** x with the updates written to, or combined with (`reduction`), the slices that the index tuples name; its derivative is {@link scatterDerivative}. */
export const scatterND: Operator = {
  type: 'ScatterND',
  infer(context) {
    const { dtype, shape } = input(context);
    const indices = typedInput(context, 1, 'int64');
    const updates = typedInput(context, 2, dtype);
    const depth = depthOf(context.node, shape, indices.shape, 0);
    const expected = [...indices.shape.slice(0, -1), ...shape.slice(depth)];
    if (!sameShape(expected, updates.shape)) throw mismatch(context.node, `updates must have shape ${formatShape(expected)}, got ${formatShape(updates.shape)}`);
    scatterReduction(context.node);
    return [{ dtype, shape }];
  },
  derivative(context) {
    const { builder } = context;
    const indices = input(context, 1);
    return scatterDerivative(context, {
      scatter: (data, updates, reduction) => builder.op('ScatterND', [data, indices, updates], { reduction }),
      gather: (data) => builder.op('GatherND', [data, indices]),
    });
  },
  tfjs(context) {
    const { tf } = context;
    const [x, indices, updates] = [0, 1, 2].map((index) => input(context, index));
    const rows = rowsOf(x.shape, indices.shape, 0);
    return [scatterRows(tf, scatterReduction(context.node), x, rowNumbers(tf, indices, rows), updates, rows.length)];
  },
};

function batchDimsOf(node: GraphNode, data: Shape, indices: Shape): number {
  const count = integer(node, 'batch_dims', 0);
  if (count < 0 || count >= Math.min(data.length, indices.length)) throw invalid(node, `batch_dims must lie below the dimensions of both inputs, got ${count}`);
  if (!sameShape(data.slice(0, count), indices.slice(0, count))) {
    throw mismatch(node, `the first ${count} dimensions of both inputs must be equal, got ${formatShape(data)} and ${formatShape(indices)}`);
  }
  return count;
}

function depthOf(node: GraphNode, data: Shape, indices: Shape, batchDims: number): number {
  const depth = indices[indices.length - 1];
  if (depth === undefined || depth < 1 || batchDims + depth > data.length) {
    throw mismatch(node, `the last dimension of the indices must lie in [1, ${data.length - batchDims}], got shape ${formatShape(indices)}`);
  }
  return depth;
}
