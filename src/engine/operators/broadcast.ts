import type { GraphBuilder } from '../graph/builder';
import type { GraphNode, ValueInfo } from '../graph/graph';
import { formatShape, type Shape } from '../tensor';
import { mismatch } from './context';

/** The common shape of operands under ONNX's multidirectional (NumPy) broadcasting; undefined when they do not fit. */
export function broadcastShapes(shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: number[] = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (const [index, dim] of shape.entries()) {
      const axis = rank - shape.length + index;
      if (result[axis] === 1) result[axis] = dim;
      else if (dim !== 1 && dim !== result[axis]) return undefined;
    }
  }
  return result;
}

/** {@link broadcastShapes} for a node. Throws `shape-mismatch` that names it. */
export function broadcast(node: GraphNode, shapes: readonly Shape[]): number[] {
  const result = broadcastShapes(shapes);
  if (!result) throw mismatch(node, `the inputs must have shapes that broadcast, got ${shapes.map(formatShape).join(' and ')}`);
  return result;
}

/** Sums a gradient over the axes along which a value of shape `shape` was broadcast: the derivative of broadcasting. */
export function sumTo(builder: GraphBuilder, gradient: ValueInfo, shape: Shape): ValueInfo {
  const leading = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) => (axis < leading || (shape[axis - leading] === 1 && dim !== 1) ? [axis] : []));
  if (axes.length === 0) return gradient;
  if (axes.length === leading) return builder.op('ReduceSum', [gradient, builder.integers(axes)], { keepdims: 0 });
  const sum = builder.op('ReduceSum', [gradient, builder.integers(axes)], { keepdims: 1 });
  return leading === 0 ? sum : builder.op('Reshape', [sum, builder.integers(shape)], shape.includes(0) ? { allowzero: 1 } : {});
}

export const sameShape = (left: Shape, right: Shape): boolean => left.length === right.length && left.every((dim, axis) => dim === right[axis]);
