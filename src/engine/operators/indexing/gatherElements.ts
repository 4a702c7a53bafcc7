import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { sameShape } from '../broadcast';
import { axisIn, input, invalid, mismatch, typedInput } from '../context';
import type { Operator } from '../operator';
import { flatPlaces } from './indices';
import { scatterDerivative, scatterReduction, scatterRows } from './scatter';

/** y[i][j] = x[indices[i][j]][j] for axis 0, and so on; dx is the sum of dy over the places that took each element. */
export const gatherElements: Operator = {
  type: 'GatherElements',
  infer(context) {
    const { dtype, shape } = input(context);
    const indices = typedInput(context, 1, 'int64', 'int32');
    requireWithin(context.node, indices.shape, shape);
    return [{ dtype, shape: indices.shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(0)) return [];
    const [x, indices] = [input(context, 0), input(context, 1)];
    const attributes = { axis: axisOf(context.node, x.shape.length), reduction: 'add' };
    return [context.builder.op('ScatterElements', [algebra(context.builder).zeros(x.shape), indices, dy], attributes)];
  },
  tfjs(context) {
    const { tf } = context;
    const [x, indices] = [input(context, 0), input(context, 1)];
    const places = flatPlaces(tf, indices, x.shape, axisOf(context.node, x.rank));
    return [tf.reshape(tf.gather(tf.reshape(x, [-1]), places), indices.shape)];
  },
};

/** x with the updates written to, or combined with (`reduction`), the elements that the indices name; its derivative is {@link scatterDerivative}. */
export const scatterElements: Operator = {
  type: 'ScatterElements',
  infer(context) {
    const { dtype, shape } = input(context);
    const indices = typedInput(context, 1, 'int64', 'int32');
    const updates = typedInput(context, 2, dtype);
    requireWithin(context.node, indices.shape, shape);
    if (!sameShape(indices.shape, updates.shape)) throw mismatch(context.node, `updates must have the shape of the indices, ${formatShape(indices.shape)}, got ${formatShape(updates.shape)}`);
    scatterReduction(context.node);
    return [{ dtype, shape }];
  },
  derivative(context) {
    const { builder, node } = context;
    const indices = input(context, 1);
    const axis = axisOf(node, input(context).shape.length);
    return scatterDerivative(context, {
      scatter: (data, updates, reduction) => builder.op('ScatterElements', [data, indices, updates], { axis, reduction }),
      gather: (data) => builder.op('GatherElements', [data, indices], { axis }),
    });
  },
  tfjs(context) {
    const { tf, node } = context;
    const [x, indices, updates] = [0, 1, 2].map((index) => input(context, index));
    return [scatterRows(tf, scatterReduction(node), x, flatPlaces(tf, indices, x.shape, axisOf(node, x.rank)), updates, 1)];
  },
};

const axisOf = (node: GraphNode, rank: number): number => axisIn(node, integer(node, 'axis', 0), rank);

function requireWithin(node: GraphNode, indices: Shape, data: Shape): void {
  const axis = axisOf(node, data.length);
  if (indices.length !== data.length) throw invalid(node, `indices must have ${data.length} dimensions, got shape ${formatShape(indices)}`);
  if (indices.some((dim, index) => index !== axis && dim > data[index])) throw mismatch(node, `indices must not be larger than ${formatShape(data)} but at axis ${axis}, got ${formatShape(indices)}`);
}
