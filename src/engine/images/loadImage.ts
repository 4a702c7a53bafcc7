import path from 'node:path';
import { LensError } from '../../protocol/errors';
import { withHints } from '../presentation/hints';
import type { Model } from '../models/model';
import { float32, type Tensor } from '../tensor';
import { decodeImageFile, type Picture } from './decodeImage';
import { imageInputOf, type ImageInput } from './imageInput';
import { resizeCover } from './resize';

/** What {@link loadImage} takes besides the file: a model that knows its input, or the description itself. */
export interface LoadImageOptions extends ImageInput {
  /** A model whose folder describes its input; else the shape of its input gives layout, size and channels. */
  for?: { readonly imageInput?: ImageInput } & Partial<Pick<Model, 'inputs' | 'format'>>;
}

/**
 * Reads a PNG or JPEG file as a model's input of shape [1, C, H, W] (or [1, H, W, C]): scaled to cover width x height,
 * the centre cut out, then `(pixel - mean) / std`. Without a size the picture keeps its own. Attributions of the result
 * are drawn on the picture. Throws `not-found` or `invalid-argument`.
 */
export async function loadImage(file: string, { for: model, ...given }: LoadImageOptions = {}): Promise<Tensor<'float32'>> {
  const wanted = { ...(model && inputOf(model)), ...given };
  const picture = await decodeImageFile(file);
  const { width = picture.width, height = picture.height } = wanted;
  for (const [name, value] of Object.entries({ width, height })) {
    if (!Number.isInteger(value) || value < 1 || value > 8192) throw new LensError('invalid-argument', `loadImage: ${name} must be an integer from 1 to 8192, got ${value}`);
  }
  return toTensor(await resizeCover(picture, width, height), wanted, path.basename(file));
}

function toTensor({ width, height, rgba }: Picture, { layout = 'NCHW', channels = 3, range = [0, 1], mean, std }: ImageInput, name: string): Tensor<'float32'> {
  const pixels = width * height;
  const data = new Float32Array(pixels * channels);
  const [low, high] = range;
  for (let channel = 0; channel < channels; channel++) {
    const shift = mean?.[channel] ?? 0;
    const scale = std?.[channel] ?? 1;
    const at = (pixel: number): number => (layout === 'NCHW' ? channel * pixels + pixel : pixel * channels + channel);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const byte = channels === 1 ? luma(rgba, pixel * 4) : rgba[pixel * 4 + channel];
      data[at(pixel)] = (low + (byte / 255) * (high - low) - shift) / scale;
    }
  }
  const shape = layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
  const perChannel = (values: readonly number[] | undefined, fallback: number): number[] => Array.from({ length: channels }, (_, channel) => values?.[channel] ?? fallback);
  return withHints(float32(data, shape), {
    name,
    layout,
    mean: perChannel(mean, 0).map((value) => (value - low) / (high - low)),
    std: perChannel(std, 1).map((value) => value / (high - low)),
  });
}

/** What a model says of its picture. */
const inputOf = ({ imageInput, inputs = [], format = 'function' }: NonNullable<LoadImageOptions['for']>): ImageInput => imageInput ?? imageInputOf({ inputs, format });

/** ITU-R BT.601 luma of a pixel, 0..255. */
const luma = (rgba: Uint8Array, offset: number): number => 0.299 * rgba[offset] + 0.587 * rgba[offset + 1] + 0.114 * rgba[offset + 2];
