import { sizeOf } from '../../../tensor';
import { asFloat, ranked, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { Settings } from '../settings';
import { inChannelsFirst } from './windows';
import { INTERPOLATIONS, resized } from './reshaping';
import type { ValueInfo } from '../../../graph/graph';

const rescaling: Layer = (call) => {
  const { math } = call;
  return math.add(math.mul(asFloat(call, single(call)), constant(call, 'scale')), constant(call, 'offset', 0));
};

function constant({ emit, settings }: LayerCall, key: string, fallback?: number): ValueInfo {
  const values = settings.numbers(key) ?? [settings.number(key, fallback)];
  return values.length === 1 ? emit.scalar(values[0]) : emit.weight({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }, key);
}

/** (x - mean) / sqrt(variance) along `axis`, by settings or by what `adapt` found. */
const normalization: Layer = (call) => {
  const { emit, math, settings, weights } = call;
  const x = asFloat(call, single(call));
  const rank = x.shape.length;
  const axes = settings.raw('axis') === undefined ? [] : settings.axes('axis', rank, -1);
  const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const given = settings.raw('mean') !== undefined;
  const statistic = (name: 'mean' | 'variance'): ValueInfo => {
    if (!given) return emit.reshape(emit.weight(weights.next(name, axes.map((axis) => x.shape[axis])), name), shape);
    const values = settings.numbers(name) ?? [];
    if (values.length !== 1 && values.length !== sizeOf(shape)) throw settings.invalid(`${name} must have 1 or ${sizeOf(shape)} numbers, got ${values.length}`);
    return emit.weight({ dtype: 'float32', shape: values.length === 1 ? [] : shape, data: Float32Array.from(values) }, name);
  };
  const [mean, variance] = [statistic('mean'), statistic('variance')];
  const deviation = emit.op('Max', [math.sqrt(variance), emit.scalar(1e-7)]);
  return settings.flag('invert', false) ? math.add(mean, math.mul(x, deviation)) : math.div(math.sub(x, mean), deviation);
};

const resizing: Layer = (call) => {
  const { settings } = call;
  const [mode, antialias] = [settings.choice('interpolation', INTERPOLATIONS, 'bilinear'), settings.flag('antialias', false)];
  const sizes = sizesOf(call);
  return inChannelsFirst(call, asFloat(call, ranked(call, 4)), (x) => {
    if (settings.flag('crop_to_aspect_ratio', false)) return resized(call, cropped(call, x, inRatio(x, sizes, Math.min)), sizes, mode, antialias);
    return resized(call, settings.flag('pad_to_aspect_ratio', false) ? padded(call, x, inRatio(x, sizes, Math.max)) : x, sizes, mode, antialias);
  });
};

/** The middle of an image; one that is smaller is made larger first. */
const centerCrop: Layer = (call) => {
  const sizes = sizesOf(call);
  return inChannelsFirst(call, asFloat(call, ranked(call, 4)), (x) => {
    const isLarge = sizes.every((size, axis) => x.shape[axis + 2] >= size);
    return isLarge ? cropped(call, x, sizes) : resized(call, cropped(call, x, inRatio(x, sizes, Math.min)), sizes, 'bilinear');
  });
};

/** Outside of training: the middle of an image in the right ratio, made larger or smaller; from 3.8 on, Keras leaves it as it is. */
const randomCrop: Layer = (call) => {
  if (call.isSince(3, 8)) return single(call);
  const sizes = sizesOf(call);
  return inChannelsFirst(call, asFloat(call, ranked(call, 4)), (x) => resized(call, cropped(call, x, inRatio(x, sizes, Math.min)), sizes, 'bilinear'));
};

/** `ops.image.resize(x, size)`. */
const resize: Layer = (call) => {
  const [height, width] = call.settings.integers('size', 2);
  const keys = ['interpolation', 'antialias', 'crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'fill_mode', 'fill_value', 'data_format'];
  return resizing({ ...call, settings: new Settings(call.settings.subject, { ...Object.fromEntries(keys.map((key) => [key, call.settings.raw(key)])), height, width }) });
};

/** Operations of `keras.ops.image`, by class name. */
export const imageOperations: LayerTable = { Resize: resize };

const sizesOf = ({ settings }: LayerCall): number[] => [settings.integer('height', undefined, 1), settings.integer('width', undefined, 1)];

/** The largest part of an image, or the smallest frame around it, with the ratio of height and width of `sizes`. */
const inRatio = ({ shape: [, , height, width] }: ValueInfo, sizes: readonly number[], choose: (a: number, b: number) => number): number[] => [
  choose(height, Math.trunc((width * sizes[0]) / sizes[1])),
  choose(width, Math.trunc((height * sizes[1]) / sizes[0])),
];

const cropped = ({ math }: LayerCall, x: ValueInfo, sizes: readonly number[]): ValueInfo =>
  sizes.reduce((value, size, axis) => {
    const start = Math.trunc((x.shape[axis + 2] - size) / 2);
    return size === x.shape[axis + 2] ? value : math.slice(value, axis + 2, start, start + size);
  }, x);

function padded({ math, settings }: LayerCall, x: ValueInfo, sizes: readonly number[]): ValueInfo {
  if (settings.raw('fill_mode') !== undefined && settings.text('fill_mode') !== 'constant') throw settings.unsupported('a fill_mode other than constant is not supported');
  if (settings.number('fill_value', 0) !== 0) throw settings.unsupported('a fill_value other than 0 is not supported');
  const before = sizes.map((size, axis) => Math.trunc((size - x.shape[axis + 2]) / 2));
  return math.pad(x, [0, 0, ...before, 0, 0, ...sizes.map((size, axis) => size - x.shape[axis + 2] - before[axis])]);
}

/** Integers as vectors of zeros and ones, or of counts. */
const categoryEncoding: Layer = (call) => {
  const { emit, math, settings } = call;
  if (call.inputs.length > 1) throw settings.unsupported('count weights are not supported');
  const mode = settings.choice('output_mode', ['multi_hot', 'one_hot', 'count'], 'multi_hot');
  const tokens = settings.integer('num_tokens', undefined, 1);
  const given = emit.cast(ranked(call, 1, 2), 'int32');
  if (mode === 'one_hot' && given.shape.length === 2 && given.shape[1] !== 1) throw settings.unsupported(`one_hot takes one integer for each example, got ${given.shape[1]}`);
  const ids = emit.reshape(given, [given.shape[0], given.shape[1] ?? 1, 1]);
  const every = emit.weight({ dtype: 'int32', shape: [tokens], data: Int32Array.from({ length: tokens }, (_, index) => index) }, 'tokens');
  const hot = math.mask(emit.op('Equal', [ids, every]));
  return emit.op(mode === 'count' ? 'ReduceSum' : 'ReduceMax', mode === 'count' ? [hot, emit.integers([1])] : [hot], mode === 'count' ? { keepdims: 0 } : { axes: [1], keepdims: 0 });
};

export const preprocessingLayers: LayerTable = {
  Rescaling: rescaling,
  Normalization: normalization,
  Resizing: resizing,
  CenterCrop: centerCrop,
  RandomCrop: randomCrop,
  CategoryEncoding: categoryEncoding,
};
