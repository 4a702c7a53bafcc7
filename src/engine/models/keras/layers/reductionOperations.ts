import type { ValueInfo } from '../../../graph/graph';
import { asFloat, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { Settings } from '../settings';
import { acrossExamples, axisOf } from './exampleAxes';

/** Over `axis`, which stays with length 1 where `keepdims` says so. */
const reduction =
  (formula: (call: LayerCall, x: ValueInfo, axes: readonly number[]) => ValueInfo): Layer =>
  (call) => {
    const { emit, settings } = call;
    const x = asFloat(call, single(call));
    if (settings.raw('axis') === undefined) throw acrossExamples(settings);
    const axes = settings.axes('axis', x.shape.length);
    if (axes.includes(0)) throw acrossExamples(settings);
    const kept = formula(call, x, axes);
    return settings.flag('keepdims', false) ? kept : emit.reshape(kept, x.shape.filter((_, axis) => !axes.includes(axis)));
  };

const reduced =
  (op: string) =>
  ({ emit }: LayerCall, x: ValueInfo, axes: readonly number[]): ValueInfo =>
    emit.op(op, [x], { axes, keepdims: 1 });

const variance = ({ math }: LayerCall, x: ValueInfo, axes: readonly number[]): ValueInfo => math.mean(math.square(math.sub(x, math.mean(x, axes))), axes);

const norm = ({ math, settings }: LayerCall, x: ValueInfo, axes: readonly number[]): ValueInfo => {
  if (![undefined, 2, 'fro'].includes(settings.raw('ord') as number | string | undefined)) throw settings.unsupported('a norm other than the Euclidean is not supported');
  return math.sqrt(math.sum(math.square(x), axes));
};

/** At each place of an axis, the sum of it and those before it. */
const cumulative: Layer = (call) => {
  const { emit, settings } = call;
  const x = asFloat(call, single(call));
  if (settings.raw('axis') === undefined) throw acrossExamples(settings);
  return emit.op('CumSum', [x, emit.indices([axisOf(settings, 'axis', x.shape.length)], [])]);
};

/** x / max(|x|, epsilon) */
const normalize: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = asFloat(call, single(call));
  if (settings.integer('order', 2) !== 2) throw settings.unsupported('an order other than 2 is not supported');
  const least = settings.raw('epsilon') === undefined ? 1e-7 : settings.number('epsilon');
  const square = math.sum(math.square(x), [axisOf(settings, 'axis', x.shape.length, -1)]);
  return math.div(x, math.sqrt(emit.op('Max', [square, emit.scalar(least * least)])));
};

/** Whether anything along the axis is true. */
const any: Layer = (call) => {
  const { emit, math, settings } = call;
  const value = single(call);
  const own = settings.raw('axis') === undefined ? new Settings(settings.subject, { axis: call.option('axis') }) : settings;
  if (own.raw('axis') === undefined) throw acrossExamples(settings);
  const isKept = settings.flag('keepdims', false) || call.option('keepdims') === true;
  return math.greater(emit.op('ReduceMax', [math.mask(value)], { axes: [axisOf(own, 'axis', value.shape.length)], keepdims: isKept ? 1 : 0 }), 0.5);
};

/** Operations of `keras.ops` that sum up axes, by class name. */
export const reductionOperations: LayerTable = {
  Mean: reduction(({ math }, x, axes) => math.mean(x, axes)),
  Sum: reduction(({ math }, x, axes) => math.sum(x, axes)),
  Prod: reduction(({ math }, x, axes) => math.prod(x, axes)),
  Max: reduction(reduced('ReduceMax')),
  Amax: reduction(reduced('ReduceMax')),
  Min: reduction(reduced('ReduceMin')),
  Amin: reduction(reduced('ReduceMin')),
  Cumsum: cumulative,
  Var: reduction(variance),
  Std: reduction((call, x, axes) => call.math.sqrt(variance(call, x, axes))),
  Norm: reduction(norm),
  Logsumexp: reduction(reduced('ReduceLogSumExp')),
  Normalize: normalize,
  Any: any,
};
