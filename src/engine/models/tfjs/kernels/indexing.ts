import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { generate } from '../../../operators/strided';
import { sizeOf, tensor } from '../../../tensor';
import type { Emitter } from '../emitter';
import { fromTfjsType } from '../tfjs';
import { frontAxis, input, type Converter, type ConverterTable } from './kernel';

/** Rows of x along an axis. With batch axes, each of those has its own indices: rows of the flattened batch. */
const gather: Converter<tfjs.GatherV2Attrs> = (call, { axis, batchDims }) => {
  const { emit } = call;
  const [x, indices] = [input(call, 'x'), input(call, 'indices')];
  const front = frontAxis(axis, x.shape.length);
  const batchAxes = frontAxis(batchDims ?? 0, indices.shape.length);
  if (batchAxes === 0) return emit.op('Gather', [x, emit.cast(indices, 'int64')], { axis: front });
  const order = [...x.shape.keys()].filter((index) => index !== front);
  const moved = emit.transpose(x, [...order.slice(0, batchAxes), front, ...order.slice(batchAxes)]);
  const rows = gatherRows(emit, moved, indices, batchAxes);
  const inner = order.length - batchAxes;
  const between = front - batchAxes;
  const own = indices.shape.length;
  const axes = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);
  return emit.transpose(rows, [...axes(0, batchAxes), ...axes(own, between), ...axes(batchAxes, own - batchAxes), ...axes(own + between, inner - between)]);
};

/** x [...batch, rows, ...inner] and indices [...batch, ...picked] give [...batch, ...picked, ...inner]. */
function gatherRows(emit: Emitter, x: ValueInfo, indices: ValueInfo, batchAxes: number): ValueInfo {
  const batch = sizeOf(x.shape.slice(0, batchAxes));
  const rows = x.shape[batchAxes];
  const inner = x.shape.slice(batchAxes + 1);
  const starts = emit.indices(Array.from({ length: batch }, (_, index) => index * rows), [batch, 1]);
  const flat = emit.op('Add', [emit.cast(emit.reshape(indices, [batch, sizeOf(indices.shape) / batch]), 'int64'), starts]);
  const picked = emit.op('Gather', [emit.reshape(x, [batch * rows, ...inner]), flat], { axis: 0 });
  return emit.reshape(picked, [...indices.shape, ...inner]);
}

/** `onValue` at the index, `offValue` elsewhere; an index outside [0, depth) gives no `onValue`. */
const oneHot: Converter<tfjs.OneHotAttrs> = (call, { depth, dtype, onValue, offValue }) => {
  const { emit } = call;
  const indices = input(call, 'indices');
  const type = fromTfjsType(dtype, 'OneHot');
  const places = emit.constant(tensor('int32', Int32Array.from({ length: depth }, (_, index) => index), [depth]), 'places');
  const hot = emit.op('Equal', [emit.reshape(emit.cast(indices, 'int32'), [...indices.shape, 1]), places]);
  const constant = (value: number): ValueInfo => emit.constant(generate({ dtype: type, shape: [] }, () => value), 'constant');
  return emit.op('Where', [hot, constant(onValue), constant(offValue)]);
};

export const indexing: ConverterTable = {
  GatherNd: (call) => call.emit.op('GatherND', [input(call, 'params'), call.emit.cast(input(call, 'indices'), 'int64')]),
  GatherV2: gather,
  OneHot: oneHot,
  TensorScatterUpdate: (call) =>
    call.emit.op('ScatterND', [input(call, 'tensor'), call.emit.cast(input(call, 'indices'), 'int64'), input(call, 'updates')]),
  ScatterNd: (call, { shape }: tfjs.ScatterNdAttrs) => {
    const updates = input(call, 'updates');
    const zeros = call.emit.constant(generate({ dtype: updates.dtype, shape }, () => 0), 'zeros');
    return call.emit.op('ScatterND', [zeros, call.emit.cast(input(call, 'indices'), 'int64'), updates], { reduction: 'add' });
  },
};
