import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { sizeOf, type Shape } from '../../../tensor';
import type { Emitter } from '../emitter';
import { allInputs, frontAxis, input, unsupported, type Converter, type ConverterTable } from './kernel';
import { inChannelsFirst } from './spatial';

/** The extent of one axis with -1 solved, as Reshape allows it. */
const solved = (shape: readonly number[], size: number): number[] => {
  const known = shape.reduce((product, dim) => (dim < 0 ? product : product * dim), 1);
  return shape.map((dim) => (dim < 0 ? size / known : dim));
};

const inserted = (shape: Shape, axis: number): number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];

const pack: Converter<tfjs.PackAttrs> = (call, { axis }) => {
  const parts = allInputs(call);
  const front = frontAxis(axis, parts[0].shape.length + 1);
  return join(call.emit, parts.map((part) => call.emit.reshape(part, inserted(part.shape, front))), front);
};

const join = (emit: Emitter, parts: readonly ValueInfo[], axis: number): ValueInfo => {
  const filled = parts.filter((part) => sizeOf(part.shape) > 0);
  if (filled.length === 0) return parts[0];
  return filled.length === 1 ? filled[0] : emit.op('Concat', filled, { axis });
};

/** x cut along an axis into pieces of the given sizes. */
const cut = (emit: Emitter, x: ValueInfo, axis: number, sizes: readonly number[]): ValueInfo[] =>
  sizes.length === 1 ? [x] : emit.split('Split', [x, emit.integers(sizes)], { axis }, sizes.length);

const unpack: Converter<tfjs.UnpackAttrs> = (call, { axis }) => {
  const x = input(call, 'value');
  const front = frontAxis(axis, x.shape.length);
  const shape = x.shape.filter((_, index) => index !== front);
  return cut(call.emit, x, front, new Array<number>(x.shape[front]).fill(1)).map((part) => call.emit.reshape(part, shape));
};

const split: Converter<tfjs.SplitVAttrs> = (call, { numOrSizeSplits, axis }) => {
  const x = input(call, 'x');
  const front = frontAxis(axis, x.shape.length);
  const sizes = call.tf.backend_util.prepareSplitSize({ shape: [...x.shape], dtype: 'float32', dataId: {} }, numOrSizeSplits, front);
  return cut(call.emit, x, front, sizes);
};

const depthToSpace: Converter<tfjs.DepthToSpaceAttrs> = (call, { blockSize, dataFormat }) => {
  const apply = (x: ValueInfo): ValueInfo => call.emit.op('DepthToSpace', [x], { blocksize: blockSize, mode: 'DCR' });
  return dataFormat === 'NCHW' ? apply(input(call, 'x')) : inChannelsFirst(call.emit, input(call, 'x'), apply);
};

/** Moves blocks of the batch axis into space, then crops: as TensorFlow.js does it, by Reshape, Transpose, Reshape and Slice. */
const batchToSpace: Converter<tfjs.BatchToSpaceNDAttrs> = (call, { blockShape, crops }) => {
  const { emit, tf } = call;
  const x = input(call, 'x');
  const blocks = sizeOf(blockShape);
  const shape = [...x.shape];
  const split = emit.reshape(x, tf.backend_util.getReshaped(shape, blockShape, blocks));
  const moved = emit.transpose(split, tf.backend_util.getPermuted(split.shape.length, blockShape.length));
  const joined = tf.backend_util.getReshapedPermuted(shape, blockShape, blocks);
  const begin = tf.backend_util.getSliceBeginCoords(crops, blockShape.length);
  const size = tf.backend_util.getSliceSize(joined, crops, blockShape.length);
  const inner = joined.slice(begin.length);
  return sliced(emit, emit.reshape(moved, joined), [...begin, ...inner.map(() => 0)], [...size, ...inner]);
};

/** The inverse of {@link batchToSpace}: pads, then moves blocks of space into the batch axis. */
const spaceToBatch: Converter<tfjs.SpaceToBatchNDAttrs> = (call, { blockShape, paddings }) => {
  const { emit, tf } = call;
  const x = input(call, 'x');
  const blocks = sizeOf(blockShape);
  const around = x.shape.map((_, axis) => (axis >= 1 && axis <= paddings.length ? paddings[axis - 1] : [0, 0]));
  const padded = pad(emit, x, around, 0);
  const shape = [...padded.shape];
  const split = emit.reshape(padded, tf.backend_util.getReshaped(shape, blockShape, blocks, false));
  const moved = emit.transpose(split, tf.backend_util.getPermuted(split.shape.length, blockShape.length, false));
  return emit.reshape(moved, tf.backend_util.getReshapedPermuted(shape, blockShape, blocks, false));
};

function pad(emit: Emitter, x: ValueInfo, paddings: readonly (readonly number[])[], value: number): ValueInfo {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const pads = emit.integers([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return emit.op('Pad', [x, pads, emit.scalarLike(x, value)], { mode: 'constant' });
}

/** Reflections are gathered axis by axis; `symmetric` repeats the border. */
const mirrorPad: Converter<tfjs.MirrorPadAttrs> = (call, { paddings, mode }) => {
  const border = mode === 'reflect' ? 0 : 1;
  const mirrored = (place: number, size: number): number => (place < 0 ? -place - border : place >= size ? 2 * (size - 1) - place + border : place);
  return paddings.reduce((x, [before, after], axis) => {
    if (before === 0 && after === 0) return x;
    const size = x.shape[axis];
    const places = Array.from({ length: before + size + after }, (_, index) => mirrored(index - before, size));
    return call.emit.op('Gather', [x, call.emit.indices(places)], { axis });
  }, input(call, 'x'));
};

/** `size` elements from `begin` along each axis. */
export function sliced(emit: Emitter, x: ValueInfo, begin: readonly number[], size: readonly number[]): ValueInfo {
  const axes = x.shape.flatMap((dim, axis) => (begin[axis] === 0 && size[axis] === dim ? [] : [axis]));
  if (axes.length === 0) return x;
  return emit.op('Slice', [x, emit.integers(axes.map((axis) => begin[axis])), emit.integers(axes.map((axis) => begin[axis] + size[axis])), emit.integers(axes)]);
}

const slice: Converter<tfjs.SliceAttrs> = (call, { begin, size }) => {
  const x = input(call, 'x');
  const shape = { shape: [...x.shape], dtype: 'float32' as const, dataId: {} };
  const [from, extent] = call.tf.slice_util.parseSliceParams(shape, begin, size);
  return sliced(call.emit, x, from, extent);
};

/** Before the first element, as the end of a slice that runs backwards. */
const BEFORE_FIRST = -(2 ** 31);

const stridedSlice: Converter<tfjs.StridedSliceAttrs> = (call, attributes) => {
  const { emit, tf } = call;
  const x = input(call, 'x');
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const info = tf.slice_util.sliceInfo([...x.shape], begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  if (info.finalShape.some((dim) => dim === 0)) throw unsupported(call, 'an empty slice is not supported');
  const axes = x.shape.map((_, axis) => axis);
  const ends = axes.map((axis) => (info.strides[axis] < 0 && info.end[axis] < 0 ? BEFORE_FIRST : info.end[axis]));
  const cut = emit.op('Slice', [x, emit.integers(info.begin), emit.integers(ends), emit.integers(axes), emit.integers(info.strides)]);
  return emit.reshape(cut, info.finalShape);
};

const reverse = (emit: Emitter, x: ValueInfo, axes: readonly number[]): ValueInfo => {
  if (axes.length === 0) return x;
  const all = (value: number): ValueInfo => emit.integers(axes.map(() => value));
  return emit.op('Slice', [x, all(-1), all(BEFORE_FIRST), emit.integers(axes), all(-1)]);
};

/** Kernels that move elements, and compute nothing. */
export const layout: ConverterTable = {
  BatchToSpaceND: batchToSpace,
  Concat: (call, { axis }: tfjs.ConcatAttrs) => join(call.emit, allInputs(call), frontAxis(axis, allInputs(call)[0].shape.length)),
  DepthToSpace: depthToSpace,
  ExpandDims: (call, { dim }: tfjs.ExpandDimsAttrs) => {
    const x = input(call, 'input');
    return call.emit.reshape(x, inserted(x.shape, frontAxis(dim, x.shape.length + 1)));
  },
  FlipLeftRight: (call) => reverse(call.emit, input(call, 'image'), [2]),
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: (call, { paddings, constantValue }: tfjs.PadV2Attrs) => pad(call.emit, input(call, 'x'), paddings, constantValue),
  Reshape: (call, { shape }: tfjs.ReshapeAttrs) => call.emit.reshape(input(call, 'x'), solved(shape, sizeOf(input(call, 'x').shape))),
  Reverse: (call, { dims }: tfjs.ReverseAttrs) => reverse(call.emit, input(call, 'x'), call.tf.util.parseAxisParam(dims, [...input(call, 'x').shape])),
  Slice: slice,
  SpaceToBatchND: spaceToBatch,
  SplitV: split,
  StridedSlice: stridedSlice,
  Tile: (call, { reps }: tfjs.TileAttrs) => (reps.every((count) => count === 1) ? input(call, 'x') : call.emit.op('Tile', [input(call, 'x'), call.emit.integers(reps)])),
  Transpose: (call, { perm }: tfjs.TransposeAttrs) => call.emit.transpose(input(call, 'x'), perm),
  Unpack: unpack,
};
