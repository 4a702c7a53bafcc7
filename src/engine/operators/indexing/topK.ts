import { algebra } from '../algebra';
import { flag, integer } from '../attributes';
import { axisIn, constantInteger, input, invalid, mismatch, typedInput, type WithConstants } from '../context';
import type { Operator } from '../operator';

/** The k largest (`largest` 1) or smallest elements along the axis (-1), sorted, and their indices; dx is dy at those. */
export const topK: Operator = {
  type: 'TopK',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, 'float32', 'int64', 'int32');
    const outputs = context.node.outputs.filter((name) => name !== '').length;
    if (outputs !== 2) throw invalid(context.node, `2 outputs are required, got ${outputs}`);
    const axis = axisOf(context, shape.length);
    const k = constantInteger(context, 1, 'k');
    if (k < 0 || k > shape[axis]) throw mismatch(context.node, `k must lie in [0, ${shape[axis]}], got ${k}`);
    const result = shape.map((dim, index) => (index === axis ? k : dim));
    return [
      { dtype, shape: result },
      { dtype: 'int64', shape: result },
    ];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(0)) return [];
    const { builder } = context;
    const x = input(context);
    return [builder.op('ScatterElements', [algebra(builder).zeros(x.shape), context.outputs[1], dy], { axis: axisOf(context, x.shape.length) })];
  },
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const axis = axisOf(context, x.rank);
    const largest = flag(node, 'largest', 1);
    const swap = x.shape.map((_, index) => (index === axis ? x.rank - 1 : index === x.rank - 1 ? axis : index));
    const last = tf.transpose(largest ? x : tf.neg(x), swap);
    const { values, indices } = tf.topk(last, constantInteger(context, 1, 'k'), true);
    return [tf.transpose(largest ? values : tf.neg(values), swap), tf.transpose(indices, swap)];
  },
};

const axisOf = ({ node }: WithConstants, rank: number): number => axisIn(node, integer(node, 'axis', -1), rank);
