import type { ValueInfo } from '../../../graph/graph';
import { choice, flag } from '../../../operators/attributes';
import { sizeOf } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { bounded, combinations, flatPlace, tapInside, type Tap } from './taps';

/** GridSample written out as weighted sums of gathered elements, so that both the image and the grid have gradients. */
export const gridSampleUpgrades: Readonly<Record<string, Upgrade>> = { GridSample: gridSample };

/**
 * y[n, c, p] = sum over taps of weight * x[n, c, tap], at the positions that grid [N, ..., rank] has for each p, from -1
 * to 1 along each axis, the last axis first (Jaderberg et al., "Spatial Transformer Networks", 2015).
 */
function gridSample(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const x = context.ranked(0, 4, 5);
  const grid = context.ranked(1, x.shape.length);
  const [batch, channels, ...space] = x.shape;
  const target = grid.shape.slice(1, -1);
  if (grid.shape[0] !== batch || grid.shape.at(-1) !== space.length) throw context.invalid(`the grid must be [${batch}, ..., ${space.length}], got ${grid.shape.join(', ')}`);
  const points = sizeOf(target);
  const mode = choice(node, 'mode', ['linear', 'bilinear', 'nearest', 'cubic', 'bicubic'], 'linear');
  const padding = choice(node, 'padding_mode', ['zeros', 'border', 'reflection'], 'zeros');
  const isAligned = flag(node, 'align_corners');
  const columns = context.parts(grid, grid.shape.length - 1, space.length).reverse();
  const axes = space.map((size, axis) => tapsOf(context, math.reshape(columns[axis], [batch, 1, points]), { size, mode, padding, isAligned }));

  const flat = math.reshape(x, [batch, channels, sizeOf(space)]);
  const gathered = combinations(axes).map((taps) => {
    const index = math.expand(flatPlace(context, taps, space), [batch, channels, points]);
    const values = context.emit('GatherElements', [flat, index], { axis: 2 });
    return taps.reduce((value, { weight }) => (weight ? math.mul(value, weight) : value), values);
  });
  return context.outputs([math.reshape(gathered.reduce(math.add), [batch, channels, ...target])]);
}

interface Axis {
  readonly size: number;
  readonly mode: 'linear' | 'bilinear' | 'nearest' | 'cubic' | 'bicubic';
  readonly padding: 'zeros' | 'border' | 'reflection';
  readonly isAligned: boolean;
}

/** The elements along one axis that make up the value at each position of the grid. */
function tapsOf(context: NodeContext, grid: ValueInfo, axis: Axis): Tap[] {
  const { add, sub, mul, floor } = context.math;
  const { size, mode, padding, isAligned } = axis;
  const exact = isAligned ? mul(add(grid, 1), (size - 1) / 2) : sub(mul(add(grid, 1), size / 2), 0.5);
  const inside = (place: ValueInfo): ValueInfo => {
    if (padding === 'zeros') return place;
    return padding === 'border' ? bounded(context, place, size) : reflected(context, place, isAligned ? [0, size - 1] : [-0.5, size - 0.5]);
  };
  const tap = (place: ValueInfo, weight?: ValueInfo): Tap => (padding === 'zeros' ? tapInside(context, place, size, weight) : { place: bounded(context, inside(place), size), weight });
  if (mode === 'nearest') return [tap(inside(context.emit('Round', [exact])))];
  const position = inside(exact);
  const first = floor(position);
  const fraction = sub(position, first);
  if (mode.endsWith('linear')) return [tap(first, sub(1, fraction)), tap(add(first, 1), fraction)];
  return [-1, 0, 1, 2].map((offset) => tap(add(first, offset), cubicWeight(context, fraction, offset)));
}

/** Mirrored at both bounds as often as needed. */
function reflected(context: NodeContext, place: ValueInfo, [low, high]: readonly [number, number]): ValueInfo {
  const { add, sub, abs, mul } = context.math;
  const span = high - low;
  if (span === 0) return mul(place, 0);
  const wrapped = context.emit('Mod', [abs(sub(place, low)), context.scalar(2 * span)], { fmod: 1 });
  return add(sub(span, abs(sub(wrapped, span))), low);
}

/** The cubic kernel with a = -0.75 (Keys, 1981) for the element `offset` after the one below the position. */
function cubicWeight(context: NodeContext, fraction: ValueInfo, offset: number): ValueInfo {
  const { add, sub, mul } = context.math;
  const distance = offset > 0 ? sub(offset, fraction) : add(fraction, -offset);
  const polynomial = (...coefficients: number[]): ValueInfo => coefficients.slice(1).reduce((value, coefficient) => add(mul(value, distance), coefficient), context.scalar(coefficients[0]));
  return offset === 0 || offset === 1 ? polynomial(1.25, -2.25, 0, 1) : polynomial(-0.75, 3.75, -6, 3);
}
