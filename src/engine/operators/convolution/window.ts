import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { choice, integers } from '../attributes';
import { invalid } from '../context';

/** How a window moves over the spatial axes; one number for each. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after the input. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

const AUTO_PADS = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] as const;
export type AutoPad = (typeof AUTO_PADS)[number];

/** The attribute `auto_pad`. */
export const autoPadOf = (node: GraphNode): AutoPad => choice(node, 'auto_pad', AUTO_PADS, 'NOTSET');

/** How far a window reaches along one axis: (kernel - 1) * dilation + 1. */
export const extentOf = ({ kernel, dilations }: Pick<Window, 'kernel' | 'dilations'>, axis: number): number => (kernel[axis] - 1) * dilations[axis] + 1;

/** Reads strides, dilations, pads and auto_pad of a node that moves a window over `spatial`. */
export function windowOf(node: GraphNode, spatial: Shape, kernel: Shape): Window {
  const named = readWindow(node, kernel);
  const autoPad = autoPadOf(node);
  if (autoPad === 'NOTSET') return named;
  const totals = spatial.map((size, axis) => {
    if (autoPad === 'VALID') return 0;
    const steps = Math.ceil(size / named.strides[axis]);
    return Math.max(0, (steps - 1) * named.strides[axis] + extentOf(named, axis) - size);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return autoPad === 'SAME_LOWER' ? { ...named, begins: large, ends: small } : { ...named, begins: small, ends: large };
}

/** Reads strides, dilations and pads as they are written. */
export function readWindow(node: GraphNode, kernel: Shape): Window {
  const { length } = kernel;
  const ones = new Array<number>(length).fill(1);
  const strides = positive(node, 'strides', integers(node, 'strides') ?? ones, length);
  const dilations = positive(node, 'dilations', integers(node, 'dilations') ?? ones, length);
  const pads = integers(node, 'pads') ?? new Array<number>(2 * length).fill(0);
  if (pads.length !== 2 * length) throw invalid(node, `pads must be ${2 * length} numbers, got ${formatShape(pads)}`);
  if (pads.some((pad) => pad < 0)) throw invalid(node, `pads must not be negative, got ${formatShape(pads)}`);
  return { kernel: positive(node, 'kernel_shape', kernel, length), strides, dilations, begins: pads.slice(0, length), ends: pads.slice(length) };
}

/** How many places the window takes along each axis; `ceil` also counts a last one that reaches beyond the padding, if it starts inside. */
export function placesOf(node: GraphNode, spatial: Shape, window: Window, ceil = false): number[] {
  return spatial.map((size, axis) => {
    const room = size + window.begins[axis] + window.ends[axis] - extentOf(window, axis);
    if (room < 0) {
      throw invalid(node, `the window must fit the padded input, got a window of ${extentOf(window, axis)} on ${size + window.begins[axis] + window.ends[axis]} at spatial axis ${axis}`);
    }
    const steps = room / window.strides[axis];
    if (!ceil) return Math.floor(steps) + 1;
    const last = Math.ceil(steps);
    return last * window.strides[axis] < size + window.begins[axis] ? last + 1 : last;
  });
}

/** The window as attributes, with explicit pads. */
export function windowAttributes({ kernel, strides, dilations, begins, ends }: Window): Record<string, readonly number[]> {
  return { kernel_shape: kernel, strides, dilations, pads: [...begins, ...ends] };
}

function positive(node: GraphNode, name: string, values: readonly number[], length: number): readonly number[] {
  if (values.length !== length) throw invalid(node, `${name} must be ${length} numbers, got ${formatShape(values)}`);
  if (values.some((value) => value < 1)) throw invalid(node, `${name} must be positive, got ${formatShape(values)}`);
  return values;
}
