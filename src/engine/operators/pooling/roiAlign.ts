import { LensError } from '../../../protocol/errors';
import type { GraphBuilder } from '../../graph/builder';
import type { GraphNode, ValueInfo } from '../../graph/graph';
import { formatShape, int64 } from '../../tensor';
import { algebra } from '../algebra';
import { choice, integer, real } from '../attributes';
import { input, invalid, mismatch, typedInput } from '../context';
import type { InferContext, Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';
import { regionWeights } from './regionWeights';

/** Bins and samples of a bin along an axis at most: files that ask for more are not meant to be run. */
const [MOST_BINS, MOST_SAMPLES] = [2 ** 12, 2 ** 8];

/** Rows or columns at most of an x with a derivative: it needs their square. */
const MOST_ROWS = 2 ** 12;

/** How RoiAlign cuts regions of interest into bins and samples them. */
export interface RoiAlignSettings {
  /** Bins along height and width. */
  readonly bins: readonly [height: number, width: number];
  /** Samples along each axis of a bin; 0: as many as the bin is long, rounded up. */
  readonly samplingRatio: number;
  /** From the coordinates of the regions to those of x. */
  readonly scale: number;
  /** Whether 0 is the corner of the first element, not its centre. */
  readonly halfPixel: boolean;
}

/**
 * The mean of bilinear samples in each bin of each region of interest (He et al., "Mask R-CNN", 2017): x [N, C, H, W],
 * regions [R, 4] as (x1, y1, x2, y2), the example of each region [R]; y [R, C, height, width].
 *
 * It is linear in x and separable: y[r, c] = A[r] x[n(r), c] B[r]ᵀ, where A [R, height, H] and B [R, width, W] weigh the
 * elements along an axis. So dx[n, c] = sum over the regions r of n of A[r]ᵀ dy[r, c] B[r]. The regions count as fixed:
 * their derivative is zero, as in torchvision. The mode `max` is written out when a model is read.
 */
export const roiAlign: Operator = {
  type: 'RoiAlign',
  infer(context) {
    const x = typedInput(context, 0, 'float32');
    const { bins } = roiAlignSettings(context.node);
    choice(context.node, 'mode', ['avg'], 'avg');
    return [{ dtype: 'float32', shape: [regionsOf(context), x.shape[1], ...bins] }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(0)) return [];
    const { builder, node } = context;
    const [x, rois, examples] = [input(context), input(context, 1), input(context, 2)];
    const [batch, channels, height, width] = x.shape;
    const { bins } = roiAlignSettings(node);
    const regions = dy.shape[0];
    const { reshape, matMul, transpose, mul, mask, equal } = algebra(builder);
    const [rows, columns] = [weightsAlong(builder, node, rois, 1, height, bins[0]), weightsAlong(builder, node, rois, 0, width, bins[1])];
    const spread = matMul(reshape(rows, [regions, 1, height, bins[0]]), dy); // [R, C, H, bins]
    const flat = reshape(transpose(spread, [1, 2, 0, 3]), [1, channels * height, regions * bins[1]]);
    const numbers = builder.constant(int64(Array.from({ length: batch }, (_, index) => index), [batch, 1]), 'examples');
    const isOf = mask(equal(reshape(builder.op('Cast', [examples], { to: 7 }), [1, regions]), numbers));
    const own = mul(reshape(transpose(columns, [0, 2, 1]), [1, regions, bins[1], width]), reshape(isOf, [batch, regions, 1, 1]));
    return [reshape(matMul(flat, reshape(own, [batch, regions * bins[1], width])), x.shape)];
  },
  tfjs(context) {
    const { tf, node } = context;
    const [x, rois, examples] = [0, 1, 2].map((index) => input(context, index));
    const [batch, channels, height, width] = x.shape;
    const settings = roiAlignSettings(node);
    const [high, wide] = settings.bins;
    const [regions] = rois.shape;
    const rows = toTfjs(tf, regionWeights(rois.dataSync(), 1, height, settings));
    const columns = toTfjs(tf, regionWeights(rois.dataSync(), 0, width, settings));
    const isOf = tf.reshape(tf.equal(tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]), tf.reshape(examples, [1, regions])), [batch, 1, regions, 1]);
    const own = tf.mul(tf.transpose(tf.reshape(columns, [1, regions, wide, width]), [0, 3, 1, 2]), tf.cast(isOf, 'float32'));
    const images = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [channels * height, batch * width]);
    const narrow = tf.reshape(tf.matMul(images, tf.reshape(own, [batch * width, regions * wide])), [channels, height, regions, wide]);
    const stacked = tf.reshape(tf.transpose(narrow, [2, 1, 0, 3]), [regions, height, channels * wide]);
    return [tf.transpose(tf.reshape(tf.matMul(rows, stacked), [regions, high, channels, wide]), [0, 2, 1, 3])];
  },
};

/** The attributes of a RoiAlign node, checked. */
export function roiAlignSettings(node: GraphNode): RoiAlignSettings {
  const bins = ['output_height', 'output_width'].map((name) => {
    const count = integer(node, name, 1);
    if (count < 1 || count > MOST_BINS) throw invalid(node, `${name} must lie in [1, ${MOST_BINS}], got ${count}`);
    return count;
  });
  const samplingRatio = integer(node, 'sampling_ratio', 0);
  if (samplingRatio < 0 || samplingRatio > MOST_SAMPLES) throw invalid(node, `sampling_ratio must lie in [0, ${MOST_SAMPLES}], got ${samplingRatio}`);
  const scale = real(node, 'spatial_scale', 1);
  if (!(scale > 0)) throw invalid(node, `spatial_scale must be positive, got ${scale}`);
  const halfPixel = choice(node, 'coordinate_transformation_mode', ['half_pixel', 'output_half_pixel'], 'half_pixel') === 'half_pixel';
  return { bins: [bins[0], bins[1]], samplingRatio, scale, halfPixel };
}

/** The number of regions; checks the inputs. */
function regionsOf(context: InferContext): number {
  const { node } = context;
  const [x, rois, examples] = [input(context), typedInput(context, 1, 'float32'), typedInput(context, 2, 'int64')];
  if (x.shape.length !== 4) throw mismatch(node, `x must have shape [N, C, H, W], got ${formatShape(x.shape)}`);
  if (rois.shape.length !== 2 || rois.shape[1] !== 4) throw mismatch(node, `the regions must have shape [R, 4], got ${formatShape(rois.shape)}`);
  if (examples.shape.length !== 1 || examples.shape[0] !== rois.shape[0]) throw mismatch(node, `there must be an example for each of ${rois.shape[0]} regions, got shape ${formatShape(examples.shape)}`);
  return rois.shape[0];
}

/**
 * The weights [R, size, bins] along the axis of the regions' coordinates `first` and `first` + 2: what RoiAlign makes of
 * one column of elements for each channel, where one is 1, in regions one element wide.
 */
function weightsAlong(builder: GraphBuilder, node: GraphNode, rois: ValueInfo, first: 0 | 1, size: number, bins: number): ValueInfo {
  if (size > MOST_ROWS) throw new LensError('out-of-memory', `RoiAlign '${node.name}': has a derivative for at most ${MOST_ROWS} rows and columns, got ${size}`);
  const { slice, concat, reshape } = algebra(builder);
  const [regions] = rois.shape;
  const column = (value: number): ValueInfo => builder.constant(generate({ dtype: 'float32', shape: [regions, 1] }, () => value), 'corners');
  const basis = builder.constant(generate({ dtype: 'float32', shape: [1, size, size, 1] }, (index) => index % (size + 1) === 0), 'basis');
  const upright = concat([column(0), slice(rois, 1, first, first + 1), column(1 / real(node, 'spatial_scale', 1)), slice(rois, 1, first + 2, first + 3)], 1);
  const single = builder.constant(int64(new Array<number>(regions).fill(0), [regions]), 'examples');
  const weights = builder.op('RoiAlign', [basis, upright, single], { ...node.attributes, output_height: bins, output_width: 1 });
  return reshape(weights, [regions, size, bins]);
}
