import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { flag, integers } from '../attributes';
import { invalid, typedInput } from '../context';
import type { InferContext, ShapeRule } from '../operator';
import { extentOf, placesOf, windowOf, type Window } from '../convolution/window';

/** The window of a pooling node over x [N, C, ...]. */
export function poolWindow(node: GraphNode, x: Shape): Window {
  const kernel = integers(node, 'kernel_shape');
  if (!kernel) throw invalid(node, 'kernel_shape is required, got nothing');
  if (x.length < 3) throw invalid(node, `the input must have 3 or more dimensions, got shape ${formatShape(x)}`);
  if (kernel.length !== x.length - 2) throw invalid(node, `kernel_shape must be ${x.length - 2} numbers for ${formatShape(x)}, got ${formatShape(kernel)}`);
  const window = windowOf(node, x.slice(2), kernel);
  const wide = window.begins.some((pad, axis) => Math.max(pad, window.ends[axis]) >= extentOf(window, axis));
  if (wide) throw invalid(node, `pads must be smaller than the window, got ${formatShape([...window.begins, ...window.ends])}`);
  return window;
}

/** The shape of the pooled x. */
export function pooledShape(context: InferContext): number[] {
  const { node } = context;
  const { shape } = typedInput(context, 0, 'float32');
  return [...shape.slice(0, 2), ...placesOf(node, shape.slice(2), poolWindow(node, shape), flag(node, 'ceil_mode'))];
}

/** Whether no element belongs to two windows. */
export const isDisjoint = (window: Window): boolean => window.strides.every((stride, axis) => stride >= extentOf(window, axis));

/** The shape rule of global pooling: one place for each channel. */
export const globalPoolRule: ShapeRule = (context) => {
  const { shape } = typedInput(context, 0, 'float32');
  if (shape.length < 3) throw invalid(context.node, `the input must have 3 or more dimensions, got ${shape.length}`);
  return [{ dtype: 'float32', shape: shape.map((dim, axis) => (axis < 2 ? dim : 1)) }];
};
