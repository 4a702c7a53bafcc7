import type { GraphNode } from '../../graph/graph';
import { float32, sizeOf, type Shape, type Tensor } from '../../tensor';
import { algebra } from '../algebra';
import { flag } from '../attributes';
import { input } from '../context';
import { extentOf, windowAttributes, type Window } from '../convolution/window';
import type { Operator } from '../operator';
import { generate, stridesOf } from '../strided';
import { toTfjs } from '../tfjsTensor';
import { globalPoolRule, poolWindow, pooledShape } from './pool';
import { poolImage, windowsOf } from './tfjsWindows';

/**
 * The mean of each window, over the elements of x in it, or (`count_include_pad`) over its padding as well. Each of
 * those elements gets dy / count; written as a transposed convolution of dy / count with a kernel of ones.
 */
export const averagePool: Operator = {
  type: 'AveragePool',
  infer: (context) => [{ dtype: 'float32', shape: pooledShape(context) }],
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { node, builder } = context;
    const { shape } = input(context);
    const window = poolWindow(node, shape);
    const { div, reshape, slice } = algebra(builder);
    const [batch, channels, ...places] = dy.shape;
    const counts = countsOf(node, shape.slice(2), window, places);
    const share = div(dy, uniform(counts) ?? builder.constant(counts, 'counts'));
    const ones = builder.constant(generate({ dtype: 'float32', shape: [1, 1, ...window.kernel] }, () => 1), 'ones');
    const { kernel_shape, strides, dilations } = windowAttributes(window);
    const spread = builder.op('ConvTranspose', [reshape(share, [batch * channels, 1, ...places]), ones], { kernel_shape, strides, dilations });
    const { pad } = algebra(builder);
    const within = shape.slice(2).reduce((value, size, axis) => {
      const [begin, end] = [window.begins[axis], window.begins[axis] + size];
      const have = value.shape[axis + 2];
      return begin === 0 && have <= size ? value : slice(value, axis + 2, begin, Math.min(end, have));
    }, spread);
    const missing = within.shape.map((dim, axis) => (axis < 2 ? 0 : shape[axis] - dim));
    return [reshape(pad(within, [...missing.map(() => 0), ...missing]), shape)];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const window = poolWindow(context.node, x.shape);
    const places = context.outputInfos[0]!.shape.slice(2);
    const counts = toTfjs(tf, countsOf(context.node, x.shape.slice(2), window, places));
    const mean = poolImage(tf, x, window, places, 'average', 0);
    if (mean) return [tf.mul(mean, tf.div(sizeOf(window.kernel), counts))];
    const total = windowsOf(tf, x, window, places, 0).reduce((sum, values) => tf.add(sum, values));
    return [tf.div(total, counts)];
  },
};

/** The mean of all elements of each of n places of a channel; dx = dy / n. */
export const globalAveragePool: Operator = {
  type: 'GlobalAveragePool',
  infer: globalPoolRule,
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { shape } = input(context);
    const { div, expand } = algebra(context.builder);
    return [expand(div(dy, sizeOf(shape.slice(2))), shape)];
  },
  tfjs(context) {
    const x = input(context);
    return [context.tf.mean(x, x.shape.map((_, axis) => axis).slice(2), true)];
  },
};

/** How many elements each mean has, by place: [1, 1, ...]. */
function countsOf(node: GraphNode, spatial: Shape, window: Window, places: Shape): Tensor<'float32'> {
  const includePad = flag(node, 'count_include_pad');
  const alongAxis = places.map((count, axis) =>
    Array.from({ length: count }, (_, place) => {
      const start = place * window.strides[axis] - window.begins[axis];
      const [low, high] = includePad ? [-window.begins[axis], spatial[axis] + window.ends[axis]] : [0, spatial[axis]];
      return Math.min(start + extentOf(window, axis), high) - Math.max(start, low);
    }),
  );
  const strides = stridesOf(places);
  const product = (flat: number): number => alongAxis.reduce((total, counts, axis) => total * counts[Math.floor(flat / strides[axis]) % places[axis]], 1);
  return float32(Float32Array.from({ length: sizeOf(places) }, (_, flat) => product(flat)), [1, 1, ...places]);
}

/** The number that all counts are; undefined when they differ. */
const uniform = ({ data }: Tensor<'float32'>): number | undefined => (data.every((count) => count === data[0]) ? data[0] : undefined);
