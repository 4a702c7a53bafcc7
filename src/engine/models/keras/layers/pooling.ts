import { asFloat, ranked, single, type Layer, type LayerTable } from '../layerCall';
import { MAX_STEPS } from '../limits';
import { inChannelsFirst, isChannelsLast, slidingOf, windowAttributes } from './windows';

/** Padded elements take no part in the maximum, nor in the mean and its count. */
const pool =
  (op: 'MaxPool' | 'AveragePool', space: number): Layer =>
  (call) => {
    const sliding = slidingOf(call, space, { sizeKey: 'pool_size' });
    return inChannelsFirst(call, asFloat(call, ranked(call, space + 2)), (x) => call.emit.op(op, [x], windowAttributes(sliding, x.shape.slice(2))));
  };

/** Over all of space. A mask, which only a mean over steps takes, leaves steps out. */
const globalPool =
  (op: 'ReduceMax' | 'ReduceMean', space: number): Layer =>
  (call) => {
    const { emit, math, settings } = call;
    const x = asFloat(call, ranked(call, space + 2));
    const first = isChannelsLast(call) ? 1 : 2;
    const axes = Array.from({ length: space }, (_, axis) => axis + first);
    const keepdims = settings.flag('keepdims', false) ? 1 : 0;
    const mask = op === 'ReduceMean' && space === 1 ? call.inputs[0].mask : undefined;
    if (!mask) return emit.op(op, [x], { axes, keepdims });
    const counted = math.mask(emit.reshape(mask, first === 1 ? [...mask.shape, 1] : [mask.shape[0], 1, mask.shape[1]]));
    const mean = math.div(math.sum(math.mul(x, counted), axes), math.sum(counted, axes));
    return keepdims === 1 ? mean : emit.reshape(mean, mean.shape.filter((_, axis) => !axes.includes(axis)));
  };

/** So many windows along each axis, over floor(i n / m) to ceil((i + 1) n / m). */
const adaptivePool =
  (op: 'ReduceMax' | 'ReduceMean', space: number): Layer =>
  (call) => {
    const { math, emit, settings } = call;
    const counts = settings.integers('output_size', space);
    return inChannelsFirst(call, asFloat(call, ranked(call, space + 2)), (x) =>
      counts.reduce((value, count, index) => {
        if (count > MAX_STEPS) throw settings.unsupported(`at most ${MAX_STEPS} windows along an axis are supported, got ${count}`);
        const axis = index + 2;
        const length = value.shape[axis];
        const windows = Array.from({ length: count }, (_, place) => math.slice(value, axis, Math.floor((place * length) / count), Math.ceil(((place + 1) * length) / count)));
        return math.concat(windows.map((window) => emit.op(op, [window], { axes: [axis], keepdims: 1 })), axis);
      }, x),
    );
  };

const DIMENSIONS = [1, 2, 3];

export const poolingLayers: LayerTable = Object.fromEntries(
  DIMENSIONS.flatMap((space): [string, Layer][] => [
    [`MaxPooling${space}D`, pool('MaxPool', space)],
    [`MaxPool${space}D`, pool('MaxPool', space)],
    [`AveragePooling${space}D`, pool('AveragePool', space)],
    [`AvgPool${space}D`, pool('AveragePool', space)],
    [`GlobalMaxPooling${space}D`, globalPool('ReduceMax', space)],
    [`GlobalMaxPool${space}D`, globalPool('ReduceMax', space)],
    [`GlobalAveragePooling${space}D`, globalPool('ReduceMean', space)],
    [`GlobalAvgPool${space}D`, globalPool('ReduceMean', space)],
    [`AdaptiveMaxPooling${space}D`, adaptivePool('ReduceMax', space)],
    [`AdaptiveAveragePooling${space}D`, adaptivePool('ReduceMean', space)],
  ]),
);

/** A pool over as many axes of space as the input has. */
const spatial =
  (poolOver: (space: number) => Layer): Layer =>
  (call) =>
    poolOver(single(call).shape.length - 2)(call);

/** Pools as operations of `keras.ops`, by class name. */
export const poolingOperations: LayerTable = {
  MaxPool: spatial((space) => pool('MaxPool', space)),
  AveragePool: spatial((space) => pool('AveragePool', space)),
  AdaptiveMaxPool: spatial((space) => adaptivePool('ReduceMax', space)),
  AdaptiveAveragePool: spatial((space) => adaptivePool('ReduceMean', space)),
};
