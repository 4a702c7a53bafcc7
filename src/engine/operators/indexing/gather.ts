import type { ValueInfo } from '../../graph/graph';
import { sizeOf, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { axisIn, input, typedInput } from '../context';
import type { Derivative, Operator } from '../operator';
import { generate } from '../strided';
import { checkedIndices, fromFront } from './indices';

/** The slices of x along the axis (0) that the indices name; dx is the sum of the gradients of each slice's copies. */
export const gather: Operator = {
  type: 'Gather',
  infer(context) {
    const { dtype, shape } = input(context);
    const indices = typedInput(context, 1, 'int64', 'int32');
    const axis = axisIn(context.node, integer(context.node, 'axis', 0), shape.length);
    const constant = context.constant(1);
    if (constant) checkedIndices(context.node, constant, shape[axis]);
    return [{ dtype, shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)] }];
  },
  derivative: scatterBack,
  evaluate([x, indices], node, [output]) {
    const axis = axisIn(node, integer(node, 'axis', 0), x!.shape.length);
    const { length, inner } = partsOf(x!.shape, axis);
    const places = checkedIndices(node, indices!, length);
    return [
      generate(output, (index) => {
        const outer = Math.floor(index / (places.length * inner));
        const place = places[Math.floor(index / inner) % places.length];
        return x!.data[(outer * length + place) * inner + (index % inner)];
      }),
    ];
  },
  tfjs(context) {
    const { tf } = context;
    const [x, indices] = [input(context, 0), input(context, 1)];
    const axis = axisIn(context.node, integer(context.node, 'axis', 0), x.rank);
    const places = tf.reshape(fromFront(tf, indices, x.shape[axis]), [-1]);
    return [tf.reshape(tf.gather(x, places, axis), [...context.outputInfos[0]!.shape])];
  },
};

/** Neighbouring slices lie in dx as they are, between zeros; others are scattered and added, since a slice may be taken twice. */
function scatterBack(context: Parameters<Derivative>[0]): (ValueInfo | undefined)[] {
  const [dy] = context.gradients;
  if (!dy || !context.wants(0)) return [];
  const { builder, node } = context;
  const [x, indices] = [input(context, 0), input(context, 1)];
  const axis = axisIn(node, integer(node, 'axis', 0), x.shape.length);
  const { outer, length, inner } = partsOf(x.shape, axis);
  const count = sizeOf(indices.shape);
  const { reshape, pad, expand, zeros } = algebra(builder);
  const constant = context.constant(1);
  const places = constant && checkedIndices(node, constant, length);
  const rows = reshape(dy, [outer, count, inner]);
  if (places && places.length > 0 && places.every((place, index) => place === places[0] + index)) {
    return [reshape(pad(rows, [0, places[0], 0, 0, length - places[0] - count, 0]), x.shape)];
  }
  const everywhere = expand(reshape(indices, [1, count, 1]), [outer, count, inner]);
  const sum = builder.op('ScatterElements', [zeros([outer, length, inner]), everywhere, rows], { axis: 1, reduction: 'add' });
  return [reshape(sum, x.shape)];
}

function partsOf(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), length: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}
