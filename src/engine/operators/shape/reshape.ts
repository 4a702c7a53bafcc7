import { formatShape, sizeOf, type Shape } from '../../tensor';
import { flag, integer } from '../attributes';
import { axesIn, constantIntegers, input, invalid, mismatch, requiredIntegers } from '../context';
import { unaryDerivative } from '../elementwise';
import type { InferContext, Operator } from '../operator';

/** The elements of x in the shape that input 1 names: 0 keeps the dimension (unless `allowzero`), -1 takes what is left. */
export const reshape = layout('Reshape', (context, shape) => {
  const wanted = requiredIntegers(context, 1, 'the shape');
  const keepZero = flag(context.node, 'allowzero');
  const dims = wanted.map((dim, axis) => {
    if (dim !== 0 || keepZero) return dim;
    if (axis >= shape.length) throw mismatch(context.node, `0 at axis ${axis} of ${formatShape(wanted)} must name a dimension of ${formatShape(shape)}`);
    return shape[axis];
  });
  const open = dims.indexOf(-1);
  if (open >= 0) dims[open] = sizeOf(shape) / sizeOf(dims.filter((_, axis) => axis !== open));
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 0) || sizeOf(dims) !== sizeOf(shape)) {
    throw mismatch(context.node, `the shape must fit the ${sizeOf(shape)} elements of ${formatShape(shape)}, got ${formatShape(wanted)}`);
  }
  return dims;
});

/** Two dimensions: those before the axis (1) multiplied, and the others. */
export const flatten = layout('Flatten', ({ node }, shape) => {
  const axis = integer(node, 'axis', 1);
  if (axis < -shape.length || axis > shape.length) throw invalid(node, `the axis must lie in [${-shape.length}, ${shape.length}], got ${axis}`);
  const split = axis < 0 ? axis + shape.length : axis;
  return [sizeOf(shape.slice(0, split)), sizeOf(shape.slice(split))];
});

/** Without the axes of length 1 that input 1 names, or without any of them. */
export const squeeze = layout('Squeeze', (context, shape) => {
  const named = constantIntegers(context, 1, 'axes');
  const axes = named ? axesIn(context.node, named, shape.length) : shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  const long = axes.find((axis) => shape[axis] !== 1);
  if (long !== undefined) throw mismatch(context.node, `squeezed axes must have length 1, got axis ${long} of ${formatShape(shape)}`);
  return shape.filter((_, axis) => !axes.includes(axis));
});

/** With axes of length 1 added where input 1 says, counted in the result. */
export const unsqueeze = layout('Unsqueeze', (context, shape) => {
  const named = requiredIntegers(context, 1, 'axes');
  const axes = axesIn(context.node, named, shape.length + named.length);
  const rest = [...shape];
  return Array.from({ length: shape.length + named.length }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 1)));
});

/** An operator that changes the shape only; dx = dy in the shape of x. */
function layout(type: string, shapeOf: (context: InferContext, shape: Shape) => Shape): Operator {
  return {
    type,
    infer(context) {
      const { dtype, shape } = input(context);
      return [{ dtype, shape: shapeOf(context, shape) }];
    },
    derivative: unaryDerivative(({ dy, x, reshape }) => reshape(dy, x.shape)),
    evaluate: ([x], _node, [{ shape }]) => [{ ...x!, shape }],
    tfjs: (context) => [context.tf.reshape(input(context), [...context.outputInfos[0]!.shape])],
  };
}
