import { LensError } from '../../protocol/errors';
import { base64FromFloats } from '../../visualization/base64';
import { channelsFirst } from '../../visualization/channelsFirst';
import type { AttributionSign } from '../../visualization/sign';
import { TIMESERIES_METHODS, type TimeseriesMethod } from '../../visualization/timeseries';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { Figure } from '../presentation/figure';
import { hintsOf } from '../presentation/hints';
import { formatShape, toNumbers } from '../tensor';
import { oneOf, originOf, readFigureOptions, readSign, requireOptions, type FigureOptions } from './figureOptions';

export interface TimeseriesFigureOptions extends FigureOptions {
  /** Where the points are; must ascend. Default: 0, 1, 2, ... */
  xValues?: readonly number[];
  /** `overlay_individual`, `overlay_combined` or `colored_graph`. Default: `overlay_individual`. */
  method?: TimeseriesMethod;
  /** `all`, `positive`, `negative` or `absolute_value`. Default: `absolute_value`. */
  sign?: AttributionSign;
  /** The names of the channels. Default: `Channel 0`, `Channel 1`, ... */
  channelLabels?: readonly string[];
  /** Whether the channels are the last axis, [points, channels]; else [channels, points]. Default: true. */
  channelsLast?: boolean;
}

/**
 * Draws the attributions of a time series as Captum's `visualize_timeseries_attr`; method, sign, outliers and colours can be
 * changed in the notebook. `overlay_combined` sums the attributions over the channels first.
 *
 * @param attr Attributions [points, channels], or with a batch axis of 1 before.
 * @param data The time series, of the same shape.
 * @throws LensError `invalid-argument` or `shape-mismatch` that names what does not fit.
 */
export async function visualizeTimeseriesAttr(attr: TensorLike, data: TensorLike, options: TimeseriesFigureOptions = {}): Promise<Figure> {
  requireOptions(options, "{ method: 'overlay_combined', sign: 'all' }");
  const { xValues, channelLabels, channelsLast = true, title } = options;
  const method = oneOf(options.method ?? 'overlay_individual', TIMESERIES_METHODS, 'method');
  const sign = readSign(options.sign ?? 'absolute_value');
  const initialView = { ...readFigureOptions(options), timeseries: method, sign };
  const attributions = await readSeries(attr, 'attr', channelsLast);
  const { values, channels, length } = await readSeries(data, 'data', channelsLast);
  if (attributions.channels !== channels || attributions.length !== length) {
    throw new LensError('shape-mismatch', `attr and data must have the same shape, got ${attributions.length} points of ${attributions.channels} channels and ${length} of ${channels}`);
  }
  if (xValues && (xValues.length !== length || xValues.some((x, index) => !(index === 0 || x > xValues[index - 1])))) {
    throw new LensError('invalid-argument', `xValues must be ${length} ascending numbers, one for each point, got ${xValues.length}${xValues.length === length ? ' that do not ascend' : ''}`);
  }
  if (channelLabels && channelLabels.length !== channels) throw new LensError('invalid-argument', `channelLabels must have one name for each of the ${channels} channels, got ${channelLabels.length}`);
  const { title: known, ...origin } = originOf(attr);
  return new Figure({
    name: 'visualizeTimeseriesAttr',
    title: title ?? known ?? 'Attributions',
    summary: `${title ?? known ?? 'Attributions'} of a time series of ${length} points and ${channels} ${channels === 1 ? 'channel' : 'channels'}: ${method} (${sign}).`,
    ...origin,
    initialView,
    views: [
      {
        kind: 'timeseries',
        name: hintsOf(data).name ?? 'time series',
        channels: Array.from({ length: channels }, (_, channel) => channelLabels?.[channel] ?? `Channel ${channel}`),
        length,
        ...(xValues ? { x: [...xValues] } : {}),
        values: base64FromFloats(values),
        attributions: base64FromFloats(attributions.values),
      },
    ],
  });
}

async function readSeries(given: TensorLike, subject: string, channelsLast: boolean): Promise<{ values: Float32Array; channels: number; length: number }> {
  const { tensor } = await toTensor(given, subject);
  const shape = tensor.shape.length === 3 && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  if (shape.length !== 2 || shape.includes(0)) throw new LensError('shape-mismatch', `${subject} must have the shape ${channelsLast ? '[points, channels]' : '[channels, points]'}, got ${formatShape(tensor.shape)}`);
  const [length, channels] = channelsLast ? shape : [shape[1], shape[0]];
  const values = Float32Array.from(toNumbers(tensor));
  return { values: channelsLast ? channelsFirst(values, channels, length) : values, channels, length };
}
