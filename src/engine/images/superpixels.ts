import { lab, rgb } from 'd3-color';
import { LensError } from '../../protocol/errors';
import { describeValue, toTensor, type TensorLike } from '../attribution/tensorLike';
import { hintsOf } from '../presentation/hints';
import { byteScale, imageLayoutOf, type ImageLayout } from '../presentation/imageView';
import { formatShape, int64, isFloat32, toNumbers, type Tensor } from '../tensor';

export interface SuperpixelOptions {
  /** About how many superpixels an image is divided into. Default: 100. */
  nSegments?: number;
  /** How strongly nearness counts against likeness of colour: more gives squarer superpixels. Default: 10. */
  compactness?: number;
  /** Default: that of `loadImage`; else channels first, or channels last for TensorFlow.js tensors. */
  layout?: 'NCHW' | 'NHWC';
}

/** Rounds of the clustering; the paper finds that 10 suffice. */
const ROUNDS = 10;
/** The part of an average superpixel that a piece needs to stay one of its own. */
const LEAST_PART = 1 / 4;

/**
 * Divides images into superpixels, connected regions of similar colour, by simple linear iterative clustering (SLIC;
 * Achanta, Shaji, Smith, Lucchi, Fua, Süsstrunk, "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", PAMI
 * 2012): k-means in the space of CIELAB colour and place with centres that begin on a grid of distance S, by the distance
 *
 *     sqrt(|colour difference|^2 + (|distance| / S)^2 * compactness^2),
 *
 * where each centre only competes for pixels less than S rows and columns away. Pieces that are too small join a neighbour.
 *
 * Takes a batch of images with 1, 3 or 4 channels and returns a feature mask for it with one channel, numbered from 0 in
 * each image: with it as `featureMask`, FeatureAblation, ShapleyValueSampling, Lime and KernelShap need as many passes as
 * there are superpixels, not pixels.
 *
 * @throws LensError `invalid-argument` or `shape-mismatch` for what is not an image.
 */
export async function superpixels(images: TensorLike, options: SuperpixelOptions = {}): Promise<Tensor<'int64'>> {
  const { nSegments = 100, compactness = 10 } = options;
  if (!Number.isInteger(nSegments) || nSegments < 1) throw new LensError('invalid-argument', `superpixels: nSegments must be a whole number of at least 1, got ${nSegments}`);
  if (!Number.isFinite(compactness) || compactness <= 0) throw new LensError('invalid-argument', `superpixels: compactness must be a number above 0, got ${compactness}`);
  const { tensor, kind } = await toTensor(images, 'superpixels: the image');
  const hints = typeof images === 'object' ? hintsOf(images) : {};
  const layout = imageLayoutOf(tensor.shape, options.layout ?? hints.layout, kind === 'tfjs');
  if (!layout || ![1, 3, 4].includes(layout.channels)) throw new LensError('shape-mismatch', `superpixels: an image has the shape [N, C, H, W], [N, H, W, C] or [N, H, W] with 1, 3 or 4 channels, got ${formatShape(tensor.shape)}`, 'Give the option layout.');
  const values = isFloat32(tensor) ? tensor.data : toNumbers(tensor);
  if (Array.from(values).some((value) => !Number.isFinite(value))) throw new LensError('not-finite', `superpixels: an image must hold finite numbers, got ${describeValue(values.find((value) => !Number.isFinite(value)))}`);
  const { width, height, channels } = layout;
  const size = channels * width * height;
  const ids = new BigInt64Array(tensor.shape[0] * width * height);
  for (let example = 0; example < tensor.shape[0]; example++) {
    const image = values.slice(example * size, (example + 1) * size);
    const labels = connected(clustered(colorsOf(image, layout, byteScale(image, layout, hints)), layout, nSegments, compactness), layout, nSegments);
    for (const [pixel, label] of labels.entries()) ids[example * labels.length + pixel] = BigInt(label);
  }
  return int64(ids, tensor.shape.map((dim, axis) => (tensor.shape.length === 4 && axis === (layout.strides.channel === 1 ? 3 : 1) ? 1 : dim)));
}

/** L, a and b of each pixel. */
function colorsOf(values: ArrayLike<number>, { channels, width, height, strides }: ImageLayout, toByte: (value: number, channel: number) => number): Float32Array {
  const colors = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const offset = Math.floor(pixel / width) * strides.row + (pixel % width) * strides.column;
    const [red, green, blue] = [0, 1, 2].map((color) => (channels === 1 ? 0 : color)).map((channel) => toByte(values[offset + channel * strides.channel], channel));
    const { l, a, b } = lab(rgb(red, green, blue));
    colors.set([l, a, b], pixel * 3);
  }
  return colors;
}

/** The nearest centre of each pixel. */
function clustered(colors: Float32Array, { width, height }: ImageLayout, nSegments: number, compactness: number): Int32Array {
  const interval = Math.sqrt((width * height) / nSegments);
  const [columns, rows] = [width, height].map((length) => Math.max(1, Math.round(length / interval)));
  const reach = Math.ceil(Math.max(width / columns, height / rows));
  const centers = Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    return calmest(colors, width, height, Math.floor(((row + 0.5) * height) / rows), Math.floor(((column + 0.5) * width) / columns));
  });
  const weight = (compactness / reach) ** 2;
  const labels = new Int32Array(width * height).fill(-1);
  for (let round = 0; round < ROUNDS; round++) {
    const nearest = new Float64Array(width * height).fill(Infinity);
    for (const [label, [l, a, b, y, x]] of centers.entries()) {
      for (let row = Math.max(0, Math.floor(y) - reach); row < Math.min(height, Math.ceil(y) + reach); row++) {
        for (let column = Math.max(0, Math.floor(x) - reach); column < Math.min(width, Math.ceil(x) + reach); column++) {
          const pixel = row * width + column;
          const color = (colors[pixel * 3] - l) ** 2 + (colors[pixel * 3 + 1] - a) ** 2 + (colors[pixel * 3 + 2] - b) ** 2;
          const distance = color + weight * ((row - y) ** 2 + (column - x) ** 2);
          if (distance < nearest[pixel]) [nearest[pixel], labels[pixel]] = [distance, label];
        }
      }
    }
    moveToMeans(centers, labels, colors, width);
  }
  return labels;
}

type Center = [l: number, a: number, b: number, row: number, column: number];

/** A centre beside the grid's place where the colour changes least, so that it does not begin on an edge. */
function calmest(colors: Float32Array, width: number, height: number, row: number, column: number): Center {
  const at = (y: number, x: number): number => (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3;
  const difference = (first: number, second: number): number => [0, 1, 2].reduce((sum, part) => sum + (colors[first + part] - colors[second + part]) ** 2, 0);
  const change = (y: number, x: number): number => difference(at(y + 1, x), at(y - 1, x)) + difference(at(y, x + 1), at(y, x - 1));
  let best = [row, column];
  for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) if (change(y, x) < change(best[0], best[1])) best = [y, x];
  }
  const place = at(best[0], best[1]);
  return [colors[place], colors[place + 1], colors[place + 2], best[0], best[1]];
}

function moveToMeans(centers: Center[], labels: Int32Array, colors: Float32Array, width: number): void {
  const sums = centers.map(() => [0, 0, 0, 0, 0, 0]);
  for (const [pixel, label] of labels.entries()) {
    const sum = sums[label];
    for (let part = 0; part < 3; part++) sum[part] += colors[pixel * 3 + part];
    sum[3] += Math.floor(pixel / width);
    sum[4] += pixel % width;
    sum[5]++;
  }
  for (const [label, [l, a, b, row, column, count]] of sums.entries()) {
    if (count > 0) centers[label] = [l / count, a / count, b / count, row / count, column / count];
  }
}

/** Every connected piece of a label gets a number of its own, from 0; small ones that of the piece before them. */
function connected(labels: Int32Array, { width, height }: ImageLayout, nSegments: number): Int32Array {
  const least = ((width * height) / nSegments) * LEAST_PART;
  const numbers = new Int32Array(labels.length).fill(-1);
  let next = 0;
  for (let start = 0; start < labels.length; start++) {
    if (numbers[start] >= 0) continue;
    const piece = [start];
    let neighbor = -1;
    numbers[start] = next;
    for (let index = 0; index < piece.length; index++) {
      for (const pixel of neighborsOf(piece[index], width, labels.length)) {
        if (numbers[pixel] < 0 && labels[pixel] === labels[start]) {
          numbers[pixel] = next;
          piece.push(pixel);
        } else if (numbers[pixel] >= 0 && numbers[pixel] !== next) neighbor = numbers[pixel];
      }
    }
    if (piece.length < least && neighbor >= 0) for (const pixel of piece) numbers[pixel] = neighbor;
    else next++;
  }
  return numbers;
}

function neighborsOf(pixel: number, width: number, count: number): number[] {
  const column = pixel % width;
  return [column > 0 ? pixel - 1 : -1, column < width - 1 ? pixel + 1 : -1, pixel - width, pixel + width].filter((neighbor) => neighbor >= 0 && neighbor < count);
}
