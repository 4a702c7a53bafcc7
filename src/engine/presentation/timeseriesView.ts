import type { TimeseriesView } from '../../protocol/output';
import { base64FromFloats } from '../../visualization/base64';
import { channelsFirst } from '../../visualization/channelsFirst';
import type { Shape } from '../tensor';
import type { InputHints } from './hints';

/** More values than this are joined into blocks, so that an output stays near a megabyte. */
const MAX_VALUES = 2 ** 17;
/** More channels than this do not look like a time series. */
const MOST_CHANNELS = 8;
const FEWEST_POINTS = 8;

/** One example of a batch of time series. */
export interface TimeseriesLayout {
  readonly channels: number;
  readonly length: number;
  readonly channelsLast: boolean;
}

/** How a tensor of this shape is a time series for each example; undefined when it does not look like one. */
export function timeseriesLayoutOf(shape: Shape, hinted: InputHints['layout']): TimeseriesLayout | undefined {
  if (shape.length !== 3) return undefined;
  const [, first, last] = shape;
  if (hinted === 'NCL') return { channels: first, length: last, channelsLast: false };
  if (hinted === 'NLC') return { channels: last, length: first, channelsLast: true };
  const [channels, length] = [Math.min(first, last), Math.max(first, last)];
  const isSeries = hinted === undefined && channels <= MOST_CHANNELS && length >= FEWEST_POINTS && length >= 2 * channels;
  return isSeries ? { channels, length, channelsLast: last < first } : undefined;
}

/** The view of one example. Of very long ones, neighbouring points are joined: the mean of their values, the sum of their attributions. */
export function timeseriesView(name: string, attributions: Float32Array, values: Float32Array, { channels, length, channelsLast }: TimeseriesLayout, { features }: InputHints): TimeseriesView {
  const block = Math.ceil((channels * length) / MAX_VALUES);
  const count = Math.ceil(length / block);
  const joined = (given: Float32Array): Float32Array => {
    const ordered = channelsLast ? channelsFirst(given, channels, length) : given;
    if (block === 1) return ordered;
    const sums = new Float32Array(channels * count);
    for (const [index, value] of ordered.entries()) sums[Math.floor(index / length) * count + Math.floor((index % length) / block)] += value;
    return sums;
  };
  const sizeOfBlock = (index: number): number => Math.min(block, length - (index % count) * block);
  return {
    kind: 'timeseries',
    name,
    channels: Array.from({ length: channels }, (_, channel) => features?.[channel] ?? `Channel ${channel}`),
    length: count,
    ...(block > 1 ? { x: Array.from({ length: count }, (_, index) => index * block + (sizeOfBlock(index) - 1) / 2) } : {}),
    values: base64FromFloats(joined(values).map((sum, index) => sum / (block > 1 ? sizeOfBlock(index) : 1))),
    attributions: base64FromFloats(joined(attributions)),
  };
}
