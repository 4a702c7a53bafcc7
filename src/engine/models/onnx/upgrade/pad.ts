import type { ValueInfo } from '../../../graph/graph';
import { integers, real, text } from '../../../operators/attributes';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Pad (attributes before 11, axes from 18 on) and Clip (attributes before 11). */
export const padUpgrades: Readonly<Record<string, Upgrade>> = {
  Pad: (context) => {
    if (context.opset < 11) {
      const pads = integers(context.node, 'pads') ?? [];
      return context.result('Pad', [context.input(0), context.integers(pads), context.scalar(real(context.node, 'value', 0))], context.attributesWithout('pads', 'value'));
    }
    const rank = context.input(0).shape.length;
    const isWrapped = text(context.node, 'mode', 'constant') === 'wrap';
    const axes = context.numbers(3, 'its axes') ?? (isWrapped ? context.input(0).shape.map((_, axis) => axis) : undefined);
    if (!axes) return undefined;
    const given = context.numbers(1, 'its pads') ?? [];
    const pads = new Array<number>(2 * rank).fill(0);
    for (const [index, axis] of axes.entries()) {
      const position = axis < 0 ? axis + rank : axis;
      if (!(position >= 0 && position < rank) || given.length !== 2 * axes.length) throw context.invalid(`${axes.length} axes of ${rank} need ${2 * axes.length} pads, got ${given.length}`);
      pads[position] = given[index];
      pads[position + rank] = given[index + axes.length];
    }
    if (isWrapped) return context.outputs([wrapped(context, pads)]);
    if (isWrapped) return context.outputs([wrapped(context, pads)]);
    return context.result('Pad', [context.input(0), context.integers(pads), context.inputs[2]], context.node.attributes);
  },
  Clip: (context) => {
    if (context.opset >= 11) return withScalarBounds(context);
    const bound = (name: string) => (Object.hasOwn(context.node.attributes, name) ? context.scalar(real(context.node, name)) : undefined);
    return context.result('Clip', [context.input(0), bound('min'), bound('max')]);
  },
};

/** Continues each axis with its other end. */
function wrapped(context: NodeContext, pads: readonly number[]): ValueInfo {
  const { slice, concat } = context.math;
  return context.input(0).shape.reduce((value, size, axis) => {
    const [before, after] = [pads[axis], pads[axis + pads.length / 2]];
    if (![before, after].every((pad) => pad >= 0 && pad <= size)) throw context.invalid(`with mode wrap the pads must be 0 to ${size} on axis ${axis}, got ${before} and ${after}`);
    const parts = [...(before > 0 ? [slice(value, axis, size - before, size)] : []), value, ...(after > 0 ? [slice(value, axis, 0, after)] : [])];
    return concat(parts, axis);
  }, context.input(0));
}

/** Bounds must be scalars; vectors of one element are common too, and ONNX Runtime takes them. */
function withScalarBounds(context: NodeContext): ValueInfo[] | undefined {
  const isVector = (bound: ValueInfo | undefined): boolean => bound?.shape.length === 1 && bound.shape[0] === 1;
  const [x, ...bounds] = context.inputs;
  if (!bounds.some(isVector)) return undefined;
  return context.result('Clip', [x, ...bounds.map((bound) => (bound && isVector(bound) ? context.emit('Reshape', [bound, context.integers([])]) : bound))]);
}
