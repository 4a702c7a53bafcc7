import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { integers, real } from '../../../operators/attributes';
import { generate } from '../../../operators/strided';
import { formatShape } from '../../../tensor';
import type { NodeContext } from '../nodeContext';

/** Bins along an axis at most: files that ask for more are not meant to be run. */
const MOST_BINS = 2 ** 8;

/**
 * The largest element in each bin of each region (Girshick, "Fast R-CNN", 2015): x [N, C, H, W], regions [R, 5] as
 * (example, x1, y1, x2, y2), corners included; y [R, C, bins, bins], 0 for a bin without elements. Written out as maxima
 * along the rows of each bin, then along its columns, so that dx = dy at the largest elements, in equal parts where
 * several are. The regions are rounded and have the gradient zero.
 */
export function maxRoiPool(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const [x, rois] = [context.ranked(0, 4), context.ranked(1, 2)];
  const [height, width] = x.shape.slice(2);
  const bins = integers(node, 'pooled_shape') ?? [];
  if (bins.length !== 2 || bins.some((count) => count < 1 || count > MOST_BINS)) throw context.invalid(`pooled_shape must be two numbers in [1, ${MOST_BINS}], got ${formatShape(bins)}`);
  if (rois.shape[1] !== 5) throw context.invalid(`the regions must have shape [R, 5], got ${formatShape(rois.shape)}`);
  const [rows, columns] = [binsAlong(context, rois, 2, height, bins[0]), binsAlong(context, rois, 1, width, bins[1])];
  const examples = context.emit('Cast', [math.reshape(math.slice(rois, 1, 0, 1), [rois.shape[0]])], { to: ONNX_TYPE.int64 });
  const selected = context.emit('Gather', [x, examples], { axis: 0 });
  const inRows = largest(context, selected, columns, 3);
  const inBins = largest(context, inRows, rows, 2);
  return context.result('Where', [math.less(inBins, -3.4e38), context.scalar(0), inBins]);
}

/** For each bin along an axis of `size` elements, whether it has each of these: [R, size]. The coordinates are columns `first` and `first` + 2 of the regions. */
function binsAlong(context: NodeContext, rois: ValueInfo, first: 1 | 2, size: number, bins: number): ValueInfo[] {
  const { add, sub, mul, div, floor, abs, sign, slice, less, and } = context.math;
  const corner = (column: number): ValueInfo => {
    const place = mul(slice(rois, 1, column, column + 1), real(context.node, 'spatial_scale', 1));
    return mul(sign(place), floor(add(abs(place), 0.5))); // halves away from 0
  };
  const start = corner(first);
  const length = context.emit('Max', [add(sub(corner(first + 2), start), 1), context.scalar(1)]);
  const bin = div(length, bins);
  const places = context.constantOfTensor(generate({ dtype: 'float32', shape: [1, size] }, (index) => index));
  return Array.from({ length: bins }, (_, index) => {
    context.countRound(12);
    const from = add(floor(mul(bin, index)), start);
    const to = add(context.emit('Ceil', [mul(bin, index + 1)]), start);
    return and(less(sub(from, 0.5), places), less(places, sub(to, 0.5)));
  });
}

/** The maxima of x [R, C, H, W] over the elements of each bin along an axis, which has one element a bin then. */
function largest(context: NodeContext, x: ValueInfo, bins: readonly ValueInfo[], axis: 2 | 3): ValueInfo {
  const { math } = context;
  const maxima = bins.map((bin) => {
    const [regions, size] = bin.shape;
    const isIn = math.reshape(bin, axis === 2 ? [regions, 1, size, 1] : [regions, 1, 1, size]);
    return context.emit('ReduceMax', [math.where(isIn, x, -Infinity)], { axes: [axis], keepdims: 1 });
  });
  return math.concat(maxima, axis);
}
