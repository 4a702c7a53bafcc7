import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { choice, flag, integer, integers } from '../../../operators/attributes';
import { generate } from '../../../operators/strided';
import { sizeOf } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Operators that move elements, in terms of those that opset 17 has everywhere. */
export const rearrangingUpgrades: Readonly<Record<string, Upgrade>> = {
  ReverseSequence: reverseSequence,
  CenterCropPad: centerCropPad,
  Col2Im: columnsToImage,
  AffineGrid: affineGrid,
  MaxUnpool: maxUnpool,
  SpaceToDepth: (context) => {
    if (choice(context.node, 'mode', ['DCR', 'CRD'], 'DCR') === 'DCR') return context.result('SpaceToDepth', context.inputs, context.attributesWithout('mode'));
    const [batch, channels, height, width] = context.ranked(0, 4).shape;
    const block = integer(context.node, 'blocksize');
    if (block < 1 || height % block !== 0 || width % block !== 0) throw context.invalid(`blocksize must divide height and width, ${height} and ${width}, got ${block}`);
    const { reshape, transpose } = context.math;
    const blocks = reshape(context.input(0), [batch, channels, height / block, block, width / block, block]);
    return context.outputs([reshape(transpose(blocks, [0, 1, 3, 5, 2, 4]), [batch, channels * block * block, height / block, width / block])]);
  },
};

/** The first `sequence_lens` elements of each example along the time axis in reverse order. */
function reverseSequence(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const [time, batch] = [integer(context.node, 'time_axis', 0), integer(context.node, 'batch_axis', 1)];
  if (time === batch || ![time, batch].every((axis) => axis === 0 || axis === 1) || x.shape.length < 2) throw context.invalid(`time_axis and batch_axis must be 0 and 1, got ${time} and ${batch}`);
  const along = (axis: number): number[] => x.shape.map((size, index) => (index === axis ? size : 1));
  const { reshape, less, sub, where, expand } = context.math;
  const lengths = reshape(context.emit('Cast', [context.typed(1, 'int64', 'int32')], { to: ONNX_TYPE.int64 }), along(batch));
  const counted = (first: number): ValueInfo => context.constantOfTensor(generate({ dtype: 'int64', shape: along(time) }, (index) => index + first));
  const source = where(less(counted(0), lengths), sub(lengths, counted(1)), counted(0));
  return context.result('GatherElements', [x, expand(source, x.shape)], { axis: time });
}

/** Cuts or pads each of some axes to a size, evenly at both ends; an odd rest goes to the end. */
function centerCropPad(context: NodeContext): ValueInfo[] {
  const rank = context.input(0).shape.length;
  const axes = (integers(context.node, 'axes') ?? context.input(0).shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  const sizes = context.numbers(1, 'its shape') ?? [];
  if (sizes.length !== axes.length || axes.some((axis) => !(axis >= 0 && axis < rank))) throw context.invalid(`the shape must have a size for each of its ${axes.length} axes, got ${sizes.length}`);
  let x = context.input(0);
  const pads = new Array<number>(2 * rank).fill(0);
  for (const [index, axis] of axes.entries()) {
    const missing = sizes[index] - x.shape[axis];
    const before = Math.floor(Math.abs(missing) / 2);
    if (missing < 0) x = context.math.slice(x, axis, before, before + sizes[index]);
    else [pads[axis], pads[axis + rank]] = [before, missing - before];
  }
  return context.outputs([context.math.pad(x, pads)]);
}

/** Adds the blocks [N, C * prod(block), L] up to the image they were taken from: a transposed convolution with one-hot kernels. */
function columnsToImage(context: NodeContext): ValueInfo[] {
  const image = context.numbers(1, 'the image shape') ?? [];
  const block = context.numbers(2, 'the block shape') ?? [];
  const axes = image.map((_, axis) => axis);
  const [strides, dilations] = ['strides', 'dilations'].map((name) => integers(context.node, name) ?? image.map(() => 1));
  const pads = integers(context.node, 'pads') ?? [...image, ...image].map(() => 0);
  const [batch, width] = context.ranked(0, 3).shape;
  const taps = sizeOf(block);
  if (block.length !== image.length || image.length < 1 || width % taps !== 0) throw context.invalid(`the block shape must have ${image.length} axes and divide ${width}, got ${block.join(', ')}`);
  const reach = axes.map((axis) => dilations[axis] * (block[axis] - 1) + 1);
  const counts = axes.map((axis) => Math.floor((image[axis] + pads[axis] + pads[axis + image.length] - reach[axis]) / strides[axis]) + 1);
  const channels = width / taps;
  const { reshape, slice, pad } = context.math;
  const kernels = context.constantOfTensor(generate({ dtype: 'float32', shape: [width, 1, ...block] }, (index) => Math.floor(index / taps) % taps === index % taps));
  let sum = context.emit('ConvTranspose', [reshape(context.input(0), [batch, width, ...counts]), kernels], { strides, dilations, group: channels });
  for (const axis of axes) {
    const missing = pads[axis] + image[axis] - sum.shape[axis + 2];
    const after = new Array<number>(2 * sum.shape.length).fill(0);
    after[sum.shape.length + axis + 2] = Math.max(0, missing);
    sum = slice(pad(sum, after), axis + 2, pads[axis], pads[axis] + image[axis]);
  }
  return context.outputs([sum]);
}

/** Sampling positions for GridSample: the affine map theta [N, 2, 3] or [N, 3, 4] of every position of the output. */
function affineGrid(context: NodeContext): ValueInfo[] {
  const [batch, , ...space] = context.numbers(1, 'its size') ?? [];
  const isAligned = flag(context.node, 'align_corners');
  const rank = space.length;
  const position = (index: number, axis: number): number => {
    const size = space[axis];
    const at = Math.floor(index / sizeOf(space.slice(axis + 1))) % size;
    return isAligned ? (size === 1 ? -1 : (2 * at) / (size - 1) - 1) : (2 * at + 1) / size - 1;
  };
  // each row is (x, y, 1) or (x, y, z, 1): the last axis of the image comes first
  const rows = context.constantOfTensor(
    generate({ dtype: 'float32', shape: [sizeOf(space), rank + 1] }, (index) => {
      const column = index % (rank + 1);
      return column === rank ? 1 : position(Math.floor(index / (rank + 1)), rank - 1 - column);
    }),
  );
  const { matMul, transpose, reshape } = context.math;
  return context.outputs([reshape(matMul(rows, transpose(context.ranked(0, 3), [0, 2, 1])), [batch, ...space, rank])]);
}

/** A larger output shape than the strides lead to is filled up with zeros; the indices are those of the smaller one. */
function maxUnpool(context: NodeContext): ValueInfo[] | undefined {
  const wanted = context.numbers(2, 'its output shape');
  if (!wanted) return undefined;
  const y = context.emit('MaxUnpool', context.inputs.slice(0, 2), context.node.attributes);
  const missing = y.shape.map((size, axis) => wanted[axis] - size);
  if (!missing.every((count) => count >= 0)) throw context.invalid(`the output shape must be at least ${y.shape.join(', ')}, got ${wanted.join(', ')}`);
  return context.outputs([context.math.pad(y, [...missing.map(() => 0), ...missing])]);
}
