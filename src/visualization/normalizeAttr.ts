import { LensError } from '../protocol/errors';
import { AbsoluteSums } from './absoluteSums';
import { withSign, type AttributionSign } from './sign';

/** Captum's default share of the total magnitude that saturates the colour scale, in percent. */
export const DEFAULT_OUTLIER_PERC = 2;

/** Scale factors of a smaller magnitude than this are divided by, but reported. */
const TINY_SCALE = 1e-5;
const TINY_SCALE_WARNING =
  'Attempting to normalize by value approximately 0, visualized results may be misleading. This likely means that attribution values are all close to 0.';

/** Attributions over a picture: height x width x channels, row-major, channels last. */
export interface AttributionShape {
  height: number;
  width: number;
  channels: number;
}

export interface NormalizedAttr {
  /** In [-1, 1] for sign `all`, else in [0, 1]; H x W, or H x W x C when no axis was reduced. */
  values: Float32Array;
  /** The attribution that reads as 1: negative for sign `negative`. */
  scaleFactor: number;
  /** Set when the scale factor is so small that noise may fill the picture. */
  warning?: string;
}

/**
 * Captum's `_normalize_attr`: sums over the channels, keeps the chosen sign, and divides by the scale factor, clipped to
 * [-1, 1]. The scale factor is the magnitude at which the *cumulative sum* of the sorted magnitudes reaches
 * `(100 - outlierPerc)` percent of the total, so outliers are counted by their weight, not by their number.
 *
 * @param reductionAxis 2 sums over the channels first (as `visualize_image_attr` does); null keeps them.
 * @throws LensError `invalid-argument` when lengths disagree, the percentage is outside 0..100, or the scale factor is 0
 * (all attributions of the chosen sign are 0); `not-finite` when an attribution is NaN or infinite.
 */
export function normalizeAttr(
  attr: ArrayLike<number>,
  shape: AttributionShape,
  sign: AttributionSign,
  outlierPerc: number = DEFAULT_OUTLIER_PERC,
  reductionAxis: 2 | null = 2,
): NormalizedAttr {
  const combined = reductionAxis === 2 ? sumOverChannels(attr, shape) : checkedCopy(attr, shape);
  const sums = AbsoluteSums.of(combined, sign);
  if (sums.nonFinite > 0) {
    throw new LensError('not-finite', `Attributions must be finite, got ${sums.nonFinite} of ${combined.length} that are NaN or infinite`);
  }
  const scaleFactor = scaleFactorOf(sums, sign, outlierPerc);
  if (scaleFactor === 0) {
    throw new LensError('invalid-argument', `Cannot normalize by scale factor = 0: no attribution is left for sign '${sign}'`);
  }
  const values = normalizeBy(combined, sign, scaleFactor);
  return Math.abs(scaleFactor) < TINY_SCALE ? { values, scaleFactor, warning: TINY_SCALE_WARNING } : { values, scaleFactor };
}

/** Sums H x W x C attributions over C, as Captum does before it looks at signs. Throws `invalid-argument` on a wrong length. */
export function sumOverChannels(attr: ArrayLike<number>, shape: AttributionShape): Float32Array {
  checkLength(attr, shape);
  const { channels } = shape;
  const sums = new Float32Array(shape.height * shape.width);
  for (let pixel = 0, from = 0; pixel < sums.length; pixel++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += attr[from++];
    sums[pixel] = sum;
  }
  return sums;
}

/**
 * The signed scale factor for an outlier percentage: 0 when nothing of the chosen sign is left.
 * Throws `invalid-argument` when the percentage is outside 0..100.
 */
export function scaleFactorOf(sums: AbsoluteSums, sign: AttributionSign, outlierPerc: number): number {
  if (!(outlierPerc >= 0 && outlierPerc <= 100)) {
    throw new LensError('invalid-argument', `The outlier percentage must be between 0 and 100 inclusive, got ${outlierPerc}`);
  }
  const threshold = sums.threshold(100 - outlierPerc);
  return sign === 'negative' && threshold !== 0 ? -threshold : threshold;
}

/** Keeps the chosen sign, divides by a scale factor that is not 0, and clips to [-1, 1]; what is not finite becomes NaN. */
export function normalizeBy(
  attr: ArrayLike<number>,
  sign: AttributionSign,
  scaleFactor: number,
  out: Float32Array = new Float32Array(attr.length),
): Float32Array {
  for (let i = 0; i < out.length; i++) {
    const value = attr[i];
    out[i] = Number.isFinite(value) ? Math.max(-1, Math.min(1, withSign(value, sign) / scaleFactor)) : NaN;
  }
  return out;
}

function checkedCopy(attr: ArrayLike<number>, shape: AttributionShape): Float32Array {
  checkLength(attr, shape);
  return Float32Array.from(attr);
}

function checkLength(attr: ArrayLike<number>, { height, width, channels }: AttributionShape): void {
  if (attr.length !== height * width * channels) {
    throw new LensError('invalid-argument', `Attributions of ${height} x ${width} x ${channels} need ${height * width * channels} values, got ${attr.length}`);
  }
}
