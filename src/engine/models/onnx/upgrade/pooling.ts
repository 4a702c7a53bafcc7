import type { ValueInfo } from '../../../graph/graph';
import { flag, integers, real } from '../../../operators/attributes';
import { extentOf, placesOf, type Window } from '../../../operators/convolution/window';
import { poolWindow } from '../../../operators/pooling/pool';
import { generate, stridesOf } from '../../../operators/strided';
import { sizeOf, type Shape } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Pools that opset 17 lacks: those that skip positions (dilations), and those of powers. */
export const poolingUpgrades: Readonly<Record<string, Upgrade>> = {
  AveragePool: (context) => {
    const dilations = integers(context.node, 'dilations');
    if (!dilations) return undefined;
    if (dilations.every((dilation) => dilation === 1)) return context.result('AveragePool', context.inputs, context.attributesWithout('dilations'));
    const x = context.typed(0, 'float32');
    const { sum, window, places } = windowSums(context, x);
    return context.result('Div', [sum, counts(context, x.shape.slice(2), window, places)]);
  },
  /** (sum of |x|^p over the window)^(1/p); padding counts as 0. */
  LpPool: (context) => {
    const { abs, pow } = context.math;
    const p = real(context.node, 'p', 2);
    return context.outputs([root(context, windowSums(context, pow(abs(context.typed(0, 'float32')), p)).sum, p)]);
  },
  GlobalLpPool: (context) => {
    const x = context.typed(0, 'float32');
    const { abs, pow, sum } = context.math;
    const p = real(context.node, 'p', 2);
    return context.outputs([root(context, sum(pow(abs(x), p), x.shape.map((_, axis) => axis).slice(2)), p)]);
  },
};

/** x^(1/p) for sums of powers, whose derivative at 0 is taken as 0. */
function root(context: NodeContext, x: ValueInfo, p: number): ValueInfo {
  const { where, equal, pow } = context.math;
  const isZero = equal(x, 0);
  return where(isZero, 0, pow(where(isZero, 1, x), 1 / p));
}

/** The sum of x [N, C, ...] over each window of a pooling node, channel by channel: a convolution with ones. */
function windowSums(context: NodeContext, x: ValueInfo): { sum: ValueInfo; window: Window; places: number[] } {
  const spatial = x.shape.slice(2);
  const window = poolWindow(context.node, x.shape);
  const places = placesOf(context.node, spatial, window, flag(context.node, 'ceil_mode'));
  const { kernel, strides, dilations, begins } = window;
  const reached = spatial.map((size, axis) => Math.max(0, (places[axis] - 1) * strides[axis] + extentOf(window, axis) - begins[axis] - size));
  const channels = x.shape[1];
  const ones = context.constantOfTensor(generate({ dtype: 'float32', shape: [channels, 1, ...kernel] }, () => 1));
  return { sum: context.emit('Conv', [x, ones], { kernel_shape: kernel, strides, dilations, pads: [...begins, ...reached], group: channels }), window, places };
}

/** How many positions of each window lie on the input, or (`count_include_pad`) on its padding too: [1, 1, ...]. */
function counts(context: NodeContext, spatial: Shape, { kernel, strides, dilations, begins, ends }: Window, places: Shape): ValueInfo {
  const includePad = flag(context.node, 'count_include_pad');
  const within = (axis: number, place: number): number => {
    const [low, high] = includePad ? [-begins[axis], spatial[axis] + ends[axis]] : [0, spatial[axis]];
    const positions = Array.from({ length: kernel[axis] }, (_, tap) => place * strides[axis] - begins[axis] + tap * dilations[axis]);
    return positions.filter((position) => position >= low && position < high).length;
  };
  const byPlace = places.map((count, axis) => Array.from({ length: count }, (_, place) => within(axis, place)));
  const steps = stridesOf(places);
  const number = (flat: number): number => byPlace.reduce((product, along, axis) => product * along[Math.floor(flat / steps[axis]) % places[axis]], 1);
  return context.floats(Array.from({ length: sizeOf(places) }, (_, flat) => number(flat)), [1, 1, ...places]);
}
