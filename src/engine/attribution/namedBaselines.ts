import { LensError } from '../../protocol/errors';
import type { BaselineChoice } from '../../protocol/output';
import { hintsOf } from '../presentation/hints';
import { imageLayoutOf } from '../presentation/imageView';
import { float32, formatShape, sizeOf, type Tensor } from '../tensor';

/** Standard deviation of the blur, relative to the longer side: 20 pixels of 299, as Sturmfels et al. use. */
const BLUR = 20 / 299;

/** One example as channels over positions: rows and columns of an image, or the steps of a sequence (one row). */
interface Positions {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  offset(channel: number, row: number, column: number): number;
}

/**
 * A baseline made from the input itself (Sturmfels, Lundberg, Lee, "Visualizing the Impact of Feature Attribution
 * Baselines", Distill 2020), example by example:
 * - `zero`: zeros, in the numbers that the model sees;
 * - `mean`: each channel's mean (images: over pixels, [N, T, C] sequences: over steps). Rows of features get the mean
 *   over the examples of the batch, a single row the mean over its features;
 * - `blurred`: a Gaussian blur of an image or sequence, with a standard deviation of 20/299 of its longer side;
 * - `noise`: uniform between the example's least and largest value; the same at every call.
 */
export function namedBaseline(choice: BaselineChoice, input: Tensor<'float32'>, subject: string): Tensor<'float32'> {
  switch (choice) {
    case 'zero':
      return float32(new Float32Array(input.data.length), input.shape);
    case 'mean':
      return positionsOf(input) ? byExample(input, meanOverPositions) : meanOfRows(input);
    case 'blurred':
      if (!positionsOf(input)) throw new LensError('invalid-argument', `${subject}: only images and sequences can be blurred, got shape ${formatShape(input.shape)}`, 'Choose the mean or zero as the baseline.');
      return byExample(input, blurred);
    case 'noise':
      return noise(input);
  }
}

/** Whether an input has positions, so that it can be blurred. */
export const canBeBlurred = (input: Tensor<'float32'>): boolean => positionsOf(input) !== undefined;

function positionsOf(input: Tensor<'float32'>): Positions | undefined {
  const { shape } = input;
  if (shape.length === 4) {
    const layout = imageLayoutOf(shape, hintsOf(input).layout, false);
    if (!layout) return undefined;
    const { channels, height, width, strides } = layout;
    return { channels, rows: height, columns: width, offset: (channel, row, column) => channel * strides.channel + row * strides.row + column * strides.column };
  }
  if (shape.length !== 3) return undefined;
  const [, steps, channels] = shape;
  return { channels, rows: 1, columns: steps, offset: (channel, _, step) => step * channels + channel };
}

function byExample(input: Tensor<'float32'>, make: (example: Float32Array, positions: Positions) => Float32Array): Tensor<'float32'> {
  const positions = positionsOf(input);
  const size = sizeOf(input.shape.slice(1));
  const data = new Float32Array(input.data.length);
  for (let start = 0; positions && start < data.length; start += size) data.set(make(input.data.subarray(start, start + size), positions), start);
  return float32(data, input.shape);
}

function meanOverPositions(example: Float32Array, { channels, rows, columns, offset }: Positions): Float32Array {
  const result = new Float32Array(example.length);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) sum += example[offset(channel, row, column)];
    const mean = sum / (rows * columns);
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[offset(channel, row, column)] = mean;
  }
  return result;
}

function meanOfRows({ data, shape }: Tensor<'float32'>): Tensor<'float32'> {
  const [batch] = shape;
  const size = data.length / batch;
  if (batch === 1) return float32(new Float32Array(size).fill(data.reduce((sum, value) => sum + value, 0) / size), shape);
  const means = Float32Array.from({ length: size }, (_, feature) => {
    let sum = 0;
    for (let example = 0; example < batch; example++) sum += data[example * size + feature];
    return sum / batch;
  });
  return float32(Float32Array.from(data, (_, index) => means[index % size]), shape);
}

/** Separable: rows, then columns; beyond the edge the edge's value goes on. */
function blurred(example: Float32Array, { channels, rows, columns, offset }: Positions): Float32Array {
  const sigma = Math.max(rows, columns) * BLUR;
  const along = (source: Float32Array, length: number, lines: number, at: (channel: number, line: number, position: number) => number): Float32Array => {
    const kernel = gaussian(sigma);
    const radius = kernel.length - 1;
    const result = new Float32Array(source.length);
    for (let channel = 0; channel < channels; channel++) {
      for (let line = 0; line < lines; line++) {
        for (let position = 0; position < length; position++) {
          let sum = 0;
          for (let shift = -radius; shift <= radius; shift++) sum += kernel[Math.abs(shift)] * source[at(channel, line, Math.min(length - 1, Math.max(0, position + shift)))];
          result[at(channel, line, position)] = sum;
        }
      }
    }
    return result;
  };
  const horizontal = columns > 1 ? along(example, columns, rows, offset) : example;
  return rows > 1 ? along(horizontal, rows, columns, (channel, column, row) => offset(channel, row, column)) : horizontal;
}

/** Weights at distances 0, 1, ... up to three standard deviations, that sum to 1 over both sides. */
function gaussian(sigma: number): number[] {
  const weights = Array.from({ length: Math.ceil(3 * sigma) + 1 }, (_, distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2)));
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - weights[0];
  return weights.map((weight) => weight / total);
}

function noise({ data, shape }: Tensor<'float32'>): Tensor<'float32'> {
  const size = sizeOf(shape.slice(1));
  const random = mulberry32(1);
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += size) {
    const example = data.subarray(start, start + size);
    const least = example.reduce((left, right) => Math.min(left, right), Infinity);
    const largest = example.reduce((left, right) => Math.max(left, right), -Infinity);
    for (let index = 0; index < size; index++) result[start + index] = least + (largest - least) * random();
  }
  return float32(result, shape);
}

/** Tommy Ettinger's 32-bit generator: uniform in [0, 1), reproducible. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
