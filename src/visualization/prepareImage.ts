import type { AttributionShape } from './normalizeAttr';
import { LensError } from '../protocol/errors';

/**
 * RGBA bytes of an H x W x C picture with 1 (gray) or 3 (RGB) channels, by Captum's rule: values of a picture whose
 * maximum is at most 1 are multiplied by 255; then all are truncated and clipped to 0..255. NaN becomes 0.
 *
 * @throws LensError `invalid-argument` for other channel counts and wrong lengths.
 */
export function prepareImage(values: ArrayLike<number>, { height, width, channels }: AttributionShape): Uint8ClampedArray {
  if (channels !== 1 && channels !== 3) throw new LensError('invalid-argument', `A picture needs 1 or 3 channels, got ${channels}`);
  if (values.length !== height * width * channels) {
    throw new LensError('invalid-argument', `A picture of ${height} x ${width} x ${channels} needs ${height * width * channels} values, got ${values.length}`);
  }
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > max) max = values[i];
  const factor = max <= 1 ? 255 : 1;
  const rgba = new Uint8ClampedArray(height * width * 4);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < 3; c++) rgba[4 * pixel + c] = Math.trunc(values[pixel * channels + (channels === 1 ? 0 : c)] * factor);
    rgba[4 * pixel + 3] = 255;
  }
  return rgba;
}
