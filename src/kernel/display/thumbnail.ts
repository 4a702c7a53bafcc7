import { PNG } from 'pngjs';
import type { TensorStatistics } from '../../protocol/kernel';
import type { Numbers } from './statistics';

/** How to find a pixel of a tensor. */
interface Layout {
  height: number;
  width: number;
  /** 1 is drawn in greys, 3 in colours, 4 with opacity. */
  channels: 1 | 3 | 4;
  rowStride: number;
  columnStride: number;
  channelStride: number;
}

/** The longer side of a thumbnail in pixels, enlarged or reduced to it. */
const SIDE = 160;
const STRIP_HEIGHT = 24;

/**
 * A tensor as a picture: H x W, H x W x C, C x H x W, the first example of a batch, a vector as a strip. Values in
 * [0, 1] or [0, 255] of three channels keep their brightness; anything else is spread from its minimum to its maximum.
 * NaN is magenta.
 */
export function thumbnail(shape: readonly number[], values: Numbers): TensorStatistics['thumbnail'] {
  const layout = layoutOf(shape);
  if (!layout) return undefined;
  const { height, width, channels, rowStride, columnStride, channelStride } = layout;
  const scale = SIDE / Math.max(height, width);
  const png = new PNG({
    width: Math.max(1, Math.round(width * scale)),
    height: height === 1 ? STRIP_HEIGHT : Math.max(1, Math.round(height * scale)),
  });
  const [low, span] = brightness(layout, values);
  for (let y = 0; y < png.height; y++) {
    const row = Math.floor((y * height) / png.height) * rowStride;
    for (let x = 0; x < png.width; x++) {
      const at = row + Math.floor((x * width) / png.width) * columnStride;
      const level = (channel: number) => ((Number(values[at + channel * channelStride]) - low) / span) * 255;
      const red = level(0);
      const colour = red !== red ? [255, 0, 255] : channels === 1 ? [red, red, red] : [red, level(1), level(2)];
      png.data.set([...colour.map(toByte), channels === 4 ? toByte(level(3)) : 255], (y * png.width + x) * 4);
    }
  }
  return { png: PNG.sync.write(png), width: png.width, height: png.height };
}

/** Whether a tensor looks like a picture, rather than like numbers that can be drawn. */
export function isImageLike(shape: readonly number[]): boolean {
  const layout = layoutOf(shape);
  return layout !== undefined && Math.min(layout.height, layout.width) >= 8;
}

function layoutOf(shape: readonly number[]): Layout | undefined {
  if (shape.length === 0 || shape.includes(0)) return undefined;
  const [a, b, c] = [1, 1, 1, ...shape].slice(-3) as [number, number, number];
  if (shape.length < 3) return { height: b, width: c, channels: 1, rowStride: c, columnStride: 1, channelStride: 0 };
  // Channels come last or first; where neither axis counts as channels, the two equal axes are the picture.
  const last: Layout = { height: a, width: b, channels: isColour(c) ? c : 1, rowStride: b * c, columnStride: c, channelStride: 1 };
  const first: Layout = { height: b, width: c, channels: isColour(a) ? a : 1, rowStride: c, columnStride: 1, channelStride: b * c };
  if (c === 1 || isColour(c)) return last;
  return a === b && b !== c ? last : first;
}

const isColour = (channels: number): channels is 3 | 4 => channels === 3 || channels === 4;

/** The value that is black, and the distance from there to white. */
function brightness({ height, width, channels, rowStride, columnStride, channelStride }: Layout, values: Numbers): [number, number] {
  let min = Infinity;
  let max = -Infinity;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < Math.min(channels, 3); channel++) {
        const value = Number(values[row * rowStride + column * columnStride + channel * channelStride]);
        if (value < min && value !== -Infinity) min = value;
        if (value > max && value !== Infinity) max = value;
      }
    }
  }
  if (channels > 1 && min >= 0 && max <= 1) return [0, 1];
  if (channels > 1 && min >= 0 && max <= 255) return [0, 255];
  return max > min ? [min, max - min] : [min - 1, 2];
}

const toByte = (level: number): number => Math.max(0, Math.min(255, Math.round(level)));
