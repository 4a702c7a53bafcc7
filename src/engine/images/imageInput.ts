import type { Model } from '../models/model';

/** What a model expects of its picture; the `input` of a model folder's `model.json`. */
export interface ImageInput {
  /** Default `NCHW`. */
  layout?: 'NCHW' | 'NHWC';
  width?: number;
  height?: number;
  /** 3 (colour, default) or 1 (gray, the mean of the colours weighted as luma). */
  channels?: 1 | 3;
  /** The values that black and white become before mean and std are applied. Default [0, 1]. */
  range?: readonly [number, number];
  /** Subtracted from and divided into each channel. Default 0 and 1. */
  mean?: readonly number[];
  std?: readonly number[];
}

/**
 * What the shape of a model's input says of its picture: layout, size and channels. What is free stays as in the picture.
 *
 * @param input The index of the input; default: the first one with four axes.
 */
export function imageInputOf({ inputs, format }: Pick<Model, 'inputs' | 'format'>, input = inputs.findIndex(({ shape }) => shape.length === 4)): ImageInput {
  const shape = inputs[input]?.shape ?? [];
  if (shape.length !== 4) return {};
  const isChannels = (dim: number): dim is 1 | 3 => dim === 1 || dim === 3;
  const layout = isChannels(shape[1]) ? 'NCHW' : isChannels(shape[3]) ? 'NHWC' : format === 'onnx' ? 'NCHW' : 'NHWC';
  const [channels, height, width] = layout === 'NCHW' ? shape.slice(1) : [shape[3], shape[1], shape[2]];
  return { layout, ...(isChannels(channels) ? { channels } : {}), ...(height > 0 ? { height } : {}), ...(width > 0 ? { width } : {}) };
}
