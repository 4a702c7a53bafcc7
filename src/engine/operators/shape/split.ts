import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { axisIn, constantIntegers, evaluating, input, mismatch, type WithConstants } from '../context';
import type { Operator } from '../operator';
import { materialise, stridesOf } from '../strided';

/** Parts of x along the axis (0), of the lengths in input 1 or equally long; dx is their gradients one after another. */
export const split: Operator = {
  type: 'Split',
  infer(context) {
    const { dtype, shape } = input(context);
    const { axis, lengths } = partsOf(context, shape);
    return lengths.map((length) => ({ dtype, shape: shape.map((dim, index) => (index === axis ? length : dim)) }));
  },
  derivative(context) {
    const { shape } = input(context);
    const { axis, lengths } = partsOf(context, shape);
    const { concat, zeros } = algebra(context.builder);
    const parts = lengths.map((length, index) => context.gradients[index] ?? zeros(shape.map((dim, other) => (other === axis ? length : dim))));
    return [concat(parts, axis)];
  },
  evaluate(inputs, node, outputs) {
    const x = inputs[0]!;
    const { axis, lengths } = partsOf(evaluating(node, inputs), x.shape);
    const strides = stridesOf(x.shape);
    let end = 0;
    return lengths.map((length, index) => {
      const offset = end * strides[axis];
      end += length;
      return materialise(x, { shape: outputs[index].shape, strides, offset });
    });
  },
  tfjs(context) {
    const x = input(context);
    const { axis, lengths } = partsOf(context, x.shape);
    return context.tf.split(x, lengths, axis);
  },
};

function partsOf(context: WithConstants, shape: Shape): { axis: number; lengths: number[] } {
  const { node } = context;
  const axis = axisIn(node, integer(node, 'axis', 0), shape.length);
  const count = node.outputs.length;
  const lengths = constantIntegers(context, 1, 'split') ?? new Array<number>(count).fill(shape[axis] / count);
  const fits = lengths.length === count && lengths.every((length) => Number.isInteger(length) && length >= 0);
  if (!fits || lengths.reduce((sum, length) => sum + length, 0) !== shape[axis]) {
    throw mismatch(node, `axis ${axis} of ${formatShape(shape)} must split into ${count} parts, got ${formatShape(lengths)}`);
  }
  return { axis, lengths };
}
