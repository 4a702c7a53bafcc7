import { LensError } from '../protocol/errors';
import { overlayTable, type ColorScheme } from './colorSchemes';
import { colormapIndex } from './colormaps';
import type { AttributionSign } from './sign';

/** Captum's `ImageVisualizationMethod`. */
export const IMAGE_MODES = ['heat_map', 'blended_heat_map', 'original_image', 'masked_image', 'alpha_scaling'] as const;
export type ImageMode = (typeof IMAGE_MODES)[number];

/** Modes that draw the input, so they need it. */
export const needsImage = (mode: ImageMode): boolean => mode !== 'heat_map';

/** Modes that use the strength alone, so they refuse sign `all`. */
export const needsOneSign = (mode: ImageMode): boolean => mode === 'masked_image' || mode === 'alpha_scaling';

export interface ComposeRequest {
  mode: ImageMode;
  sign: AttributionSign;
  scheme: ColorScheme;
  /** Normalized attributions, one for each pixel; NaN leaves the pixel transparent. */
  norm: Float32Array;
  /** The input as RGBA bytes; its alpha is ignored. */
  image?: Uint8ClampedArray;
  /** {@link grayOf} of the image, when it is kept between calls. */
  gray?: Uint8Array;
}

/**
 * Draws attributions as `visualize_image_attr` does, one RGBA pixel for each attribution:
 * - `heat_map`: the colormap alone;
 * - `blended_heat_map`: the input in gray (mean of the channels, stretched to its own range) under the overlay of the scheme;
 * - `original_image`: the input;
 * - `masked_image`: the input times the strength;
 * - `alpha_scaling`: the input with the strength as its opacity.
 *
 * @throws LensError `invalid-argument` when a mode that shows strength gets sign `all`, when the input is missing, or when lengths disagree.
 */
export function composeImage(request: ComposeRequest, out = new Uint8ClampedArray(request.norm.length * 4)): Uint8ClampedArray {
  const { mode, sign, norm } = request;
  if (needsOneSign(mode) && sign === 'all') {
    throw new LensError(
      'invalid-argument',
      `Cannot display ${mode === 'masked_image' ? 'masked image' : 'alpha scaling'} with both positive and negative attributions, choose a different sign option.`,
    );
  }
  if (out.length !== norm.length * 4) throw new LensError('invalid-argument', `${norm.length} pixels need ${norm.length * 4} bytes, got ${out.length}`);
  switch (mode) {
    case 'heat_map':
      drawHeatMap(request, out);
      break;
    case 'blended_heat_map':
      drawBlended(request, request.gray ?? grayOf(imageOf(request)), out);
      break;
    case 'original_image':
      out.set(imageOf(request));
      for (let to = 3; to < out.length; to += 4) out[to] = 255;
      break;
    case 'masked_image':
      drawMasked(imageOf(request), norm, out);
      break;
    case 'alpha_scaling':
      drawAlphaScaling(imageOf(request), norm, out);
      break;
  }
  return out;
}

/** The mean of red, green and blue, stretched so that the darkest pixel is 0 and the brightest 255; a flat picture is 0. */
export function grayOf(image: Uint8ClampedArray): Uint8Array {
  const pixels = image.length / 4;
  let min = Infinity;
  let max = -Infinity;
  for (let from = 0; from < image.length; from += 4) {
    const sum = image[from] + image[from + 1] + image[from + 2];
    if (sum < min) min = sum;
    if (sum > max) max = sum;
  }
  const gray = new Uint8Array(pixels);
  if (max <= min) return gray;
  for (let pixel = 0, from = 0; pixel < pixels; pixel++, from += 4) {
    gray[pixel] = colormapIndex((image[from] + image[from + 1] + image[from + 2] - min) / (max - min), false);
  }
  return gray;
}

function imageOf({ mode, image, norm }: ComposeRequest): Uint8ClampedArray {
  if (!image) throw new LensError('invalid-argument', `${mode} needs the original image`);
  if (image.length !== norm.length * 4) throw new LensError('invalid-argument', `The image has ${image.length / 4} pixels, the attributions ${norm.length}`);
  return image;
}

function drawHeatMap({ norm, sign, scheme }: ComposeRequest, out: Uint8ClampedArray): void {
  const { rgb } = scheme.colormaps[sign];
  const diverging = sign === 'all';
  for (let pixel = 0, to = 0; pixel < norm.length; pixel++, to += 4) {
    const from = 3 * colormapIndex(norm[pixel], diverging);
    out[to] = rgb[from];
    out[to + 1] = rgb[from + 1];
    out[to + 2] = rgb[from + 2];
    out[to + 3] = Number.isNaN(norm[pixel]) ? 0 : 255;
  }
}

function drawBlended({ norm, sign, scheme }: ComposeRequest, gray: Uint8Array, out: Uint8ClampedArray): void {
  const { rgb, alpha, grayRange } = overlayTable(scheme, sign);
  const [black, white] = grayRange;
  const contrast = (white - black) / 255;
  const diverging = sign === 'all';
  for (let pixel = 0, to = 0; pixel < norm.length; pixel++, to += 4) {
    const index = colormapIndex(norm[pixel], diverging);
    const cover = alpha[index];
    const under = (black + gray[pixel] * contrast) * (1 - cover);
    out[to] = under + rgb[3 * index] * cover;
    out[to + 1] = under + rgb[3 * index + 1] * cover;
    out[to + 2] = under + rgb[3 * index + 2] * cover;
    out[to + 3] = Number.isNaN(norm[pixel]) ? 0 : 255;
  }
}

function drawMasked(image: Uint8ClampedArray, norm: Float32Array, out: Uint8ClampedArray): void {
  for (let pixel = 0, to = 0; pixel < norm.length; pixel++, to += 4) {
    for (let c = to; c < to + 3; c++) out[c] = Math.floor(image[c] * norm[pixel]);
    out[to + 3] = Number.isNaN(norm[pixel]) ? 0 : 255;
  }
}

function drawAlphaScaling(image: Uint8ClampedArray, norm: Float32Array, out: Uint8ClampedArray): void {
  for (let pixel = 0, to = 0; pixel < norm.length; pixel++, to += 4) {
    for (let c = to; c < to + 3; c++) out[c] = image[c];
    out[to + 3] = Number.isNaN(norm[pixel]) ? 0 : Math.floor(norm[pixel] * 255);
  }
}
