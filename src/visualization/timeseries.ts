import type { AttributionSign } from './sign';
import { ViewNormalizer, type ViewNorm } from './viewNormalizer';

/**
 * Captum's `TimeseriesVisualizationMethod`:
 * - `overlay_individual`: each channel in a graph of its own, its attributions as colours behind the line;
 * - `overlay_combined`: all channels in one graph, the attributions summed over the channels behind them;
 * - `colored_graph`: each channel in a graph of its own, its line in the colours of its attributions.
 */
export const TIMESERIES_METHODS = ['overlay_individual', 'overlay_combined', 'colored_graph'] as const;
export type TimeseriesMethod = (typeof TIMESERIES_METHODS)[number];

/** Attributions of a time series that can be normalised again and again; sums and sorted magnitudes are kept. */
export class TimeseriesNormalizer {
  private readonly individual: ViewNormalizer;
  private readonly combined: ViewNormalizer;

  /** @param attributions channels x length, row-major. */
  constructor(
    attributions: Float32Array,
    readonly length: number,
  ) {
    this.individual = new ViewNormalizer(attributions);
    this.combined = new ViewNormalizer(sumOverRows(attributions, length));
  }

  /** All channels on one scale, channels x length; for `overlay_combined` those of their sum, 1 x length. */
  normalize(method: TimeseriesMethod, sign: AttributionSign, outlierPerc: number): ViewNorm {
    return this.of(method).normalize(sign, outlierPerc);
  }

  /** The attributions that {@link normalize} brings to a scale. */
  of(method: TimeseriesMethod): ViewNormalizer {
    return method === 'overlay_combined' ? this.combined : this.individual;
  }
}

function sumOverRows(values: Float32Array, length: number): Float32Array {
  const sums = new Float32Array(length);
  for (const [index, value] of values.entries()) sums[index % length] += value;
  return sums;
}

/** The lines of several channels in one graph, told apart also with a colour blindness (Okabe and Ito's palette). */
export const CHANNEL_COLORS = ['#222222', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'] as const;
