import type { ValueInfo } from '../../../graph/graph';
import { float32, sizeOf, type Tensor } from '../../../tensor';
import { asFloat, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';

/** gamma (x - mean) / sqrt(variance + epsilon) + beta along one axis, with the moving averages of training. */
const batchNormalization: Layer = (call) => {
  const { emit, settings, weights } = call;
  const x = asFloat(call, single(call));
  const rank = x.shape.length;
  const [axis, ...others] = settings.axes('axis', rank, -1);
  if (others.length > 0 || axis === 0) throw settings.unsupported('only one axis, and not that of the examples, is supported');
  const size = x.shape[axis];
  const uniform = (value: number): Tensor => float32(new Float32Array(size).fill(value), [size]);
  const gamma = settings.flag('scale', true) ? weights.next('gamma', [size]) : uniform(1);
  const beta = settings.flag('center', true) ? weights.next('beta', [size]) : uniform(0);
  const parameters = [gamma, beta, weights.next('moving_mean', [size]), weights.next('moving_variance', [size])];
  const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  const perm = [0, axis, ...Array.from({ length: rank }, (_, index) => index).filter((index) => index !== 0 && index !== axis)];
  const back = perm.map((_, index) => perm.indexOf(index));
  const y = emit.op('BatchNormalization', [emit.transpose(x, perm), ...parameters.map((value, index) => emit.weight(value, names[index]))], { epsilon: settings.number('epsilon', 1e-3) });
  return emit.transpose(y, back);
};

/** gamma (x - mean) / sqrt(variance + epsilon) + beta over the last axes of each example. */
const layerNormalization: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = asFloat(call, single(call));
  const rank = x.shape.length;
  const axes = settings.axes('axis', rank, -1);
  if (axes.includes(0)) throw settings.unsupported('the axis of the examples cannot be normalised over');
  const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1));
  const [gamma, beta] = scaling(call, axes.map((axis) => x.shape[axis]));
  const isRms = settings.flag('rms_scaling', false);
  const centred = isRms ? x : math.sub(x, math.mean(x, axes));
  const isTrailing = axes[0] === rank - axes.length;
  if (!isRms && isTrailing && gamma) return emit.op('LayerNormalization', beta ? [x, gamma, beta] : [x, gamma], { axis: axes[0], epsilon: settings.number('epsilon', 1e-3) });
  const variance = math.mean(math.square(isRms ? math.sub(x, math.mean(x, axes)) : centred), axes);
  return scaled(call, math.div(centred, math.sqrt(math.add(variance, settings.number('epsilon', 1e-3)))), [gamma, beta], shape);
};

/** As {@link layerNormalization}, over the channels of each group and all of space (Wu & He, "Group Normalization", 2018). */
const groupNormalization: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = asFloat(call, single(call));
  const rank = x.shape.length;
  const [axis, ...others] = settings.axes('axis', rank, -1);
  if (others.length > 0 || axis === 0) throw settings.unsupported('only one axis, and not that of the examples, is supported');
  const channels = x.shape[axis];
  const given = settings.integer('groups', 32);
  const groups = given === -1 ? channels : given;
  if (groups < 1 || channels % groups !== 0) throw settings.invalid(`groups must divide the ${channels} channels, got ${given}`);
  const perm = [0, axis, ...Array.from({ length: rank }, (_, index) => index).filter((index) => index !== 0 && index !== axis)];
  const first = emit.transpose(x, perm);
  const flat = emit.reshape(first, [x.shape[0], groups, sizeOf(x.shape.slice(1)) / groups]);
  const centred = math.sub(flat, math.mean(flat, [2]));
  const normal = math.div(centred, math.sqrt(math.add(math.mean(math.square(centred), [2]), settings.number('epsilon', 1e-3))));
  const restored = emit.transpose(emit.reshape(normal, first.shape), perm.map((_, index) => perm.indexOf(index)));
  return scaled(call, restored, scaling(call, [channels]), x.shape.map((dim, index) => (index === axis ? dim : 1)));
};

/** x / sqrt(max(sum(x²), 1e-12)). */
const unitNormalization: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = asFloat(call, single(call));
  const square = math.sum(math.square(x), settings.axes('axis', x.shape.length, -1));
  return math.div(x, math.sqrt(emit.op('Max', [square, emit.scalar(call.major < 3 ? 1e-12 : 1e-24)])));
};

/** x / sqrt(mean(x²) + epsilon) * scale (Zhang & Sennrich, "Root Mean Square Layer Normalization", 2019). */
const rmsNormalization: Layer = (call) => {
  const { emit, math, settings, weights } = call;
  const x = asFloat(call, single(call));
  const axes = settings.axes('axis', x.shape.length, -1);
  const scale = emit.weight(weights.next('scale', axes.map((axis) => x.shape[axis])), 'scale');
  const normal = math.div(x, math.sqrt(math.add(math.mean(math.square(x), axes), settings.number('epsilon', 1e-6))));
  return math.mul(normal, emit.reshape(scale, x.shape.map((dim, axis) => (axes.includes(axis) ? dim : 1))));
};

type Scaling = readonly [gamma: ValueInfo | undefined, beta: ValueInfo | undefined];

function scaling({ emit, settings, weights }: LayerCall, shape: readonly number[]): Scaling {
  const isRms = settings.flag('rms_scaling', false);
  const gamma = settings.flag('scale', true) || isRms ? emit.weight(weights.next('gamma', shape), 'gamma') : undefined;
  return [gamma, settings.flag('center', true) && !isRms ? emit.weight(weights.next('beta', shape), 'beta') : undefined];
}

function scaled({ emit, math }: LayerCall, x: ValueInfo, [gamma, beta]: Scaling, shape: readonly number[]): ValueInfo {
  const product = gamma ? math.mul(x, emit.reshape(gamma, shape)) : x;
  return beta ? math.add(product, emit.reshape(beta, shape)) : product;
}

export const normalizationLayers: LayerTable = {
  BatchNormalization: batchNormalization,
  BatchNormalizationV1: batchNormalization,
  SyncBatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  GroupNormalization: groupNormalization,
  UnitNormalization: unitNormalization,
  RMSNormalization: rmsNormalization,
};
