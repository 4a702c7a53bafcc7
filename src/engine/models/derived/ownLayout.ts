import { LensError } from '../../../protocol/errors';
import { materialise, stridesOf } from '../../operators/strided';
import { formatShape, sizeOf, tensor, type Shape, type Tensor } from '../../tensor';
import type { BatchLayout } from './batchLayout';

/**
 * The axes of a value with that of the examples apart, [..., within, examples, inner, ...] (`within` and `inner` left out
 * where they are 1), and the place of the examples' axis among them.
 */
export function apart(shape: Shape, { axis, within, inner }: BatchLayout): { axes: Shape; at: number } {
  const parts = [...(within > 1 ? [within] : []), shape[axis] / within / inner, ...(inner > 1 ? [inner] : [])];
  return { axes: [...shape.slice(0, axis), ...parts, ...shape.slice(axis + 1)], at: axis + (within > 1 ? 1 : 0) };
}

/** The shape of a value with the examples moved to axis 0. */
export function examplesFirstShape(shape: Shape, layout: BatchLayout): Shape {
  const { axes, at } = apart(shape, layout);
  return [axes[at], ...axes.slice(0, at), ...axes.slice(at + 1)];
}

/** A tensor with the examples on axis 0 as the value itself has them. Other axes may have become shorter. */
export function inOwnLayout<T extends Tensor>(given: T, { axis, within, inner }: BatchLayout): T {
  const at = axis + (within > 1 ? 1 : 0);
  const moved = moveAxis(given, 0, at);
  const end = at + (inner > 1 ? 2 : 1);
  return { ...moved, shape: [...moved.shape.slice(0, axis), sizeOf(moved.shape.slice(axis, end)), ...moved.shape.slice(end)] };
}

/**
 * What a caller gave for a value, in its own layout `own` or with axes of length 1 to repeat, with the examples on axis 0.
 *
 * @throws LensError `shape-mismatch` with `subject` for another shape.
 */
export function examplesFirst(given: Tensor, own: Shape, layout: BatchLayout, subject: string): Tensor {
  const shape = [...new Array<number>(Math.max(0, own.length - given.shape.length)).fill(1), ...given.shape];
  if (shape.length !== own.length || shape.some((dim, axis) => dim !== 1 && dim !== own[axis])) {
    throw new LensError('shape-mismatch', `${subject} must have the layer's shape ${formatShape(own)}, or axes of length 1 to repeat, got ${formatShape(given.shape)}`);
  }
  const { axis, within, inner } = layout;
  const isRepeated = shape[axis] === 1;
  const parts = [...(within > 1 ? [isRepeated ? 1 : within] : []), isRepeated ? 1 : own[axis] / within / inner, ...(inner > 1 ? [isRepeated ? 1 : inner] : [])];
  return moveAxis({ ...given, shape: [...shape.slice(0, axis), ...parts, ...shape.slice(axis + 1)] }, axis + (within > 1 ? 1 : 0), 0);
}

/** A tensor with one axis at another place, the others in order. */
function moveAxis<T extends Tensor>(given: T, from: number, to: number): T {
  const order = [...given.shape.keys()].filter((axis) => axis !== from);
  order.splice(to, 0, from);
  const strides = stridesOf(given.shape);
  const { data, shape } = materialise(given, { shape: order.map((axis) => given.shape[axis]), strides: order.map((axis) => strides[axis]) });
  return tensor(given.dtype, data, shape) as T;
}
