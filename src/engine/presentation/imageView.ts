import type { ImageView } from '../../protocol/output';
import { base64FromBytes, base64FromFloats } from '../../visualization/base64';
import { encodePng } from '../../visualization/encodePng';
import type { Shape } from '../tensor';
import type { InputHints } from './hints';

/** More pixels than this are drawn in blocks, so that an output stays near a megabyte. */
const MAX_PIXELS = 512 * 512;

/** One example of an image batch: sizes and the distance between neighbours along each axis. */
export interface ImageLayout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly strides: { readonly channel: number; readonly row: number; readonly column: number };
}

/** How a tensor of this shape is an image for each example; undefined when it does not look like one. */
export function imageLayoutOf(shape: Shape, hinted: InputHints['layout'], channelsLast: boolean): ImageLayout | undefined {
  if (shape.length === 3 && shape[1] > 1 && shape[2] > 1) return planar(1, shape[1], shape[2]);
  if (shape.length !== 4) return undefined;
  const isColor = (dim: number): boolean => dim === 1 || dim === 3 || dim === 4;
  const given = hinted === 'NCHW' || hinted === 'NHWC' ? hinted : undefined;
  const layout = given ?? (isColor(shape[1]) === isColor(shape[3]) ? (channelsLast ? 'NHWC' : 'NCHW') : isColor(shape[1]) ? 'NCHW' : 'NHWC');
  if (layout === 'NCHW') return planar(shape[1], shape[2], shape[3]);
  const [, height, width, channels] = shape;
  return { channels, height, width, strides: { channel: 1, row: width * channels, column: channels } };
}

const planar = (channels: number, height: number, width: number): ImageLayout => ({
  channels,
  height,
  width,
  strides: { channel: height * width, row: width, column: 1 },
});

/** The view of one example: attributions summed over channels, on the picture that the model saw. */
export function imageView(name: string, attributions: Float32Array, values: ArrayLike<number> | undefined, layout: ImageLayout, hints: InputHints): ImageView {
  const block = Math.ceil(Math.sqrt((layout.width * layout.height) / MAX_PIXELS));
  const width = Math.ceil(layout.width / block);
  const height = Math.ceil(layout.height / block);
  const sums = new Float32Array(width * height);
  forEachPixel(layout, (row, column, offset) => {
    let sum = 0;
    for (let channel = 0; channel < layout.channels; channel++) sum += attributions[offset + channel * layout.strides.channel];
    sums[Math.floor(row / block) * width + Math.floor(column / block)] += sum;
  });
  const picture = values && isPicture(layout) ? pictureOf(values, layout, hints) : undefined;
  return {
    kind: 'image',
    name,
    width,
    height,
    attributions: base64FromFloats(sums),
    image: picture && base64FromBytes(encodePng(picture(block, width, height), width, height)),
  };
}

const isPicture = ({ channels }: ImageLayout): boolean => channels === 1 || channels === 3 || channels === 4;

function pictureOf(values: ArrayLike<number>, layout: ImageLayout, hints: InputHints): (block: number, width: number, height: number) => Uint8Array {
  const toByte = byteScale(values, layout, hints);
  const colors = Math.min(layout.channels, 3);
  return (block, width, height) => {
    const rgba = new Uint8Array(width * height * 4);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const source = row * block * layout.strides.row + column * block * layout.strides.column;
        for (let color = 0; color < 3; color++) {
          const channel = colors === 1 ? 0 : color;
          rgba[(row * width + column) * 4 + color] = toByte(values[source + channel * layout.strides.channel], channel);
        }
        rgba[(row * width + column) * 4 + 3] = 255;
      }
    }
    return rgba;
  };
}

/** Undoes a known normalisation; else 0..1 and 0..255 are taken as they are, and any other range is stretched. */
export function byteScale(values: ArrayLike<number>, layout: ImageLayout, { mean, std }: InputHints): (value: number, channel: number) => number {
  const clip = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  if (mean && std) return (value, channel) => clip((value * (std[channel] ?? 1) + (mean[channel] ?? 0)) * 255);
  let min = Infinity;
  let max = -Infinity;
  for (let index = 0; index < layout.channels * layout.height * layout.width; index++) {
    if (!Number.isFinite(values[index])) continue;
    min = Math.min(min, values[index]);
    max = Math.max(max, values[index]);
  }
  if (min >= 0 && max <= 1) return (value) => clip(value * 255);
  if (min >= 0 && max <= 255) return clip;
  return (value) => clip(((value - min) / (max - min || 1)) * 255);
}

function forEachPixel({ height, width, strides }: ImageLayout, visit: (row: number, column: number, offset: number) => void): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) visit(row, column, row * strides.row + column * strides.column);
  }
}
