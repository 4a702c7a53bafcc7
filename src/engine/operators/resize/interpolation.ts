import type { GraphNode } from '../../graph/graph';
import { choice, flag, real } from '../attributes';

/** How Resize finds values between elements; all of it works along each axis on its own. */
export interface Interpolation {
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: 'half_pixel' | 'pytorch_half_pixel' | 'align_corners' | 'asymmetric' | 'tf_half_pixel_for_nn' | 'tf_crop_and_resize' | 'half_pixel_symmetric';
  readonly nearest: 'round_prefer_floor' | 'round_prefer_ceil' | 'floor' | 'ceil';
  /** The parameter a of the cubic kernel. */
  readonly cubicA: number;
  readonly excludeOutside: boolean;
  /** Whether the kernel is widened to cover all elements that a shrunken axis puts into one. Default: false. */
  readonly antialias?: boolean;
}

/** One axis of a Resize. */
export interface ResizedAxis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The length before it was rounded to `to`, for align_corners of newer opsets. Default: `to`. */
  readonly width?: number;
  /** The part of the axis that tf_crop_and_resize looks at, in parts of its length. */
  readonly region: readonly [number, number];
}

/** What an output element is made of: input elements with weights; undefined when it lies outside the input. */
export type Taps = ReadonlyMap<number, number> | undefined;

export function interpolationOf(node: GraphNode): Interpolation {
  return {
    mode: choice(node, 'mode', ['nearest', 'linear', 'cubic'], 'nearest'),
    coordinates: choice(
      node,
      'coordinate_transformation_mode',
      ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'tf_half_pixel_for_nn', 'tf_crop_and_resize'],
      'half_pixel',
    ),
    nearest: choice(node, 'nearest_mode', ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'], 'round_prefer_floor'),
    cubicA: real(node, 'cubic_coeff_a', -0.75),
    excludeOutside: flag(node, 'exclude_outside'),
  };
}

/** The taps of every element along a resized axis. */
export function tapsOf(interpolation: Interpolation, axis: ResizedAxis): Taps[] {
  return Array.from({ length: axis.to }, (_, index) => {
    const position = positionOf(interpolation, axis, index);
    if (interpolation.coordinates === 'tf_crop_and_resize' && (position < 0 || position > axis.from - 1)) return undefined;
    return tapsAt(interpolation, position, axis);
  });
}

/** The place in the input, in elements, that output element `index` shows; in float32, as runtimes compute it. */
function positionOf({ coordinates }: Interpolation, { from, to, width = to, scale, region: [start, end] }: ResizedAxis, index: number): number {
  const f = Math.fround;
  switch (coordinates) {
    case 'half_pixel':
      return f(f((index + 0.5) / scale) - 0.5);
    case 'half_pixel_symmetric':
      return (from - to / scale) / 2 + (index + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return to > 1 ? f(f((index + 0.5) / scale) - 0.5) : 0;
    case 'tf_half_pixel_for_nn':
      return f((index + 0.5) / scale);
    case 'align_corners':
      return width > 1 ? f((index * (from - 1)) / (width - 1)) : 0;
    case 'asymmetric':
      return f(index / scale);
    case 'tf_crop_and_resize':
      return to > 1 ? f(f(start * (from - 1)) + f(f(index * f(end - start)) * (from - 1)) / (to - 1)) : f(0.5 * f(start + end) * (from - 1));
  }
}

function tapsAt({ mode, nearest, cubicA, excludeOutside, antialias = false }: Interpolation, position: number, { from: length, scale }: ResizedAxis): Map<number, number> {
  const clamp = (place: number): number => Math.min(Math.max(place, 0), length - 1);
  const taps = new Map<number, number>();
  const add = (place: number, weight: number): void => void taps.set(clamp(place), (taps.get(clamp(place)) ?? 0) + weight);
  if (mode === 'nearest') {
    add(nearestTo(position, nearest), 1);
  } else if (antialias && scale < 1) {
    const kernel = mode === 'linear' ? { reach: 1, weight: (distance: number) => Math.max(0, 1 - distance) } : { reach: 2, weight: (distance: number) => cubicWeight(distance, cubicA) };
    const [first, last] = [Math.floor(position - kernel.reach / scale), Math.ceil(position + kernel.reach / scale)];
    const weights = Array.from({ length: last - first + 1 }, (_, index) => ({ place: first + index, weight: kernel.weight(Math.abs(first + index - position) * scale) }));
    const used = excludeOutside ? weights.filter(({ place }) => place === clamp(place)) : weights;
    const total = used.reduce((sum, { weight }) => sum + weight, 0);
    for (const { place, weight } of used) add(place, weight / total);
  } else if (mode === 'linear') {
    const inside = clamp(position);
    const fraction = inside - Math.floor(inside);
    add(Math.floor(inside), 1 - fraction);
    if (fraction > 0) add(Math.floor(inside) + 1, fraction);
  } else {
    const base = Math.floor(position);
    const weights = [-1, 0, 1, 2].map((offset) => ({ place: base + offset, weight: cubicWeight(Math.abs(position - base - offset), cubicA) }));
    const used = excludeOutside ? weights.filter(({ place }) => place === clamp(place)) : weights;
    const total = used.reduce((sum, { weight }) => sum + weight, 0);
    for (const { place, weight } of used) add(place, excludeOutside ? weight / total : weight);
  }
  return taps;
}

function nearestTo(position: number, rule: Interpolation['nearest']): number {
  switch (rule) {
    case 'floor':
      return Math.floor(position);
    case 'ceil':
      return Math.ceil(position);
    case 'round_prefer_floor':
      return Math.ceil(position - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(position + 0.5);
  }
}

/** The weight of an element at a distance below 2 (Keys, "Cubic convolution interpolation for digital image processing", 1981). */
function cubicWeight(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}
