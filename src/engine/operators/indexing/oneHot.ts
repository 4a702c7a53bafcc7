import { float32, formatShape, toNumbers } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { axisIn, constantInput, input, invalid, type WithConstants } from '../context';
import type { Operator } from '../operator';
import { fromFront } from './indices';

/** A new axis (-1) of length `depth` that holds values[1] at the index and values[0] elsewhere. */
export const oneHot: Operator = {
  type: 'OneHot',
  infer(context) {
    const indices = input(context, 0);
    const values = input(context, 2);
    if (values.shape.length !== 1 || values.shape[0] !== 2) throw invalid(context.node, `values must be [off, on], got shape ${formatShape(values.shape)}`);
    const shape = [...indices.shape];
    shape.splice(axisOf(context, shape.length), 0, depthOf(context));
    return [{ dtype: values.dtype, shape }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(2)) return [];
    const { builder, inputs, node } = context;
    const { mul, sub, sum, reshape, concat } = algebra(builder);
    const on = builder.op('OneHot', [inputs[0], inputs[1], builder.constant(float32([0, 1], [2]), 'offOn')], node.attributes);
    const total = (value: typeof dy): typeof dy => reshape(sum(value, dy.shape.map((_, axis) => axis)), [1]);
    return [undefined, undefined, concat([total(mul(dy, sub(1, on))), total(mul(dy, on))], 0)];
  },
  tfjs(context) {
    const { tf } = context;
    const [indices, values] = [input(context, 0), input(context, 2)];
    const depth = depthOf(context);
    const axis = axisOf(context, indices.rank);
    const places = tf.expandDims(fromFront(tf, tf.cast(indices, 'int32'), depth), axis);
    const along = tf.reshape(tf.range(0, depth, 1, 'int32'), Array.from({ length: indices.rank + 1 }, (_, index) => (index === axis ? depth : 1)));
    const [off, on] = [0, 1].map((index) => tf.reshape(tf.slice(values, [index], [1]), []));
    return [tf.where(tf.equal(along, places), on, off)];
  },
};

const axisOf = ({ node }: WithConstants, rank: number): number => axisIn(node, integer(node, 'axis', -1), rank + 1);

function depthOf(context: WithConstants): number {
  const depth = toNumbers(constantInput(context, 1, 'depth'));
  if (depth.length !== 1 || !(depth[0] >= 1)) throw invalid(context.node, `depth must be one positive number, got ${formatShape(depth)}`);
  return Math.trunc(depth[0]);
}
