import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { sizeOf } from '../../../tensor';
import type { NodeContext } from '../nodeContext';

/** One input element that takes part along one axis when values are sampled between elements. */
export interface Tap {
  /** Where it lies, within the axis, in float32. */
  readonly place: ValueInfo;
  /** Its share; undefined: all. */
  readonly weight: ValueInfo | undefined;
}

/** Each choice of one tap for every axis. */
export const combinations = (axes: readonly (readonly Tap[])[]): Tap[][] => axes.reduce<Tap[][]>((all, taps) => all.flatMap((chosen) => taps.map((tap) => [...chosen, tap])), [[]]);

/** A place kept within an axis of `size` elements. */
export const bounded = (context: NodeContext, place: ValueInfo, size: number): ValueInfo => context.emit('Clip', [place, context.scalar(0), context.scalar(size - 1)]);

/** The element at a whole place; none, of weight 0, outside of the axis. */
export function tapInside(context: NodeContext, place: ValueInfo, size: number, weight?: ValueInfo): Tap {
  const { and, greater, less, mask, mul } = context.math;
  const isInside = mask(and(greater(place, -0.5), less(place, size - 0.5)));
  return { place: bounded(context, place, size), weight: weight ? mul(weight, isInside) : isInside };
}

/** The row of the flat data that taps of all axes lead to, in int64. */
export function flatPlace(context: NodeContext, taps: readonly Tap[], space: readonly number[]): ValueInfo {
  const { add, mul } = context.math;
  return context.emit('Cast', [taps.map((tap, axis) => mul(tap.place, sizeOf(space.slice(axis + 1)))).reduce(add)], { to: ONNX_TYPE.int64 });
}
