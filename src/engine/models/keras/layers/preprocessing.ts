import { sizeOf } from '../../../tensor';
import { asFloat, ranked, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { inChannelsFirst } from './windows';
import { resized } from './reshaping';
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
  for (const key of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) if (settings.flag(key, false)) throw settings.unsupported(`${key} is not supported`);
  const mode = settings.choice('interpolation', ['nearest', 'bilinear'], 'bilinear');
  const sizes = [settings.integer('height', undefined, 1), settings.integer('width', undefined, 1)];
  return inChannelsFirst(call, asFloat(call, ranked(call, 4)), (x) => resized(call, x, sizes, mode));
};

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
  CategoryEncoding: categoryEncoding,
};
