import { scaleLinear } from 'd3-scale';
import { colorSchemeOf } from '../src/visualization/colorSchemes';
import { strengthTable, tintOf } from '../src/visualization/strengthColors';
import { TimeseriesNormalizer } from '../src/visualization/timeseries';
import type { ViewNorm } from '../src/visualization/viewNormalizer';
import type { TimeseriesModel } from './model';
import { cssColor, mix, type Rgb, type Theme } from './theme';
import type { ViewState } from './viewState';

/** How much of an attribution's colour lies behind a line: enough to be seen, little enough to read the line. */
const SPAN_ALPHA = 0.72;
/** Weaker ones would be told from nothing by a shade only. */
const LEAST_STRENGTH = 1 / 128;
const PADDING = 8;
/** Lines of one graph: colours that are not those of attributions, and dashes for those who cannot tell the colours apart. */
const ON_DARK: readonly Rgb[] = [[235, 235, 235], [126, 231, 160], [216, 160, 255], [255, 226, 104], [120, 226, 226], [255, 158, 197]];
const ON_LIGHT: readonly Rgb[] = [[32, 32, 32], [8, 110, 52], [116, 44, 170], [120, 94, 0], [0, 104, 110], [168, 26, 100]];
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2]];

/** Where things are in a graph, in pixels. */
export interface GraphScales {
  x(point: number): number;
  /** The point nearest to a position. */
  pointAt(position: number): number;
  y(value: number): number;
  low: number;
  high: number;
}

/** One graph of a time series: a channel, or all of them. */
export interface Graph {
  /** The channels whose lines are in it. */
  channels: readonly number[];
  /** The row of the normalised attributions that colour it. */
  row: number;
}

/** Paints the graphs of one time series; what is sorted is kept, so that another sign or percentage is quick. */
export class TimeseriesPainter {
  private readonly normalizer: TimeseriesNormalizer;

  constructor(readonly model: TimeseriesModel) {
    this.normalizer = new TimeseriesNormalizer(model.attributions, model.length);
  }

  graphs({ timeseries }: ViewState, most: number): Graph[] {
    const channels = this.model.channels.map((_, channel) => channel).slice(0, most);
    return timeseries === 'overlay_combined' ? [{ channels, row: 0 }] : channels.map((channel) => ({ channels: [channel], row: channel }));
  }

  normalize({ timeseries, sign, outlierPerc }: ViewState): ViewNorm {
    return this.normalizer.normalize(timeseries, sign, outlierPerc);
  }

  /** The attributions that are coloured: those of the channels, or their sums. */
  coloured({ timeseries }: ViewState): Float32Array {
    return this.normalizer.of(timeseries).attributions;
  }

  isZero({ timeseries }: ViewState): boolean {
    return this.normalizer.of(timeseries).sumsOf('absolute_value').total === 0;
  }

  scales({ channels }: Graph, width: number, height: number): GraphScales {
    const { length, x: places, values } = this.model;
    const finite = channels.flatMap((channel) => Array.from(values.subarray(channel * length, (channel + 1) * length))).filter(Number.isFinite);
    const [low, high] = finite.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
    const domain = low < high ? [low, high] : low === high ? [low - 1, low + 1] : [0, 1];
    const y = scaleLinear(domain, [height - PADDING, PADDING]);
    const at = (point: number): number => places?.[point] ?? point;
    const half = length > 1 ? (at(length - 1) - at(0)) / (length - 1) / 2 : 0.5;
    const x = scaleLinear([at(0) - half, at(length - 1) + half], [0, width]);
    return { x: (point) => x(at(point)), pointAt: (position) => nearest(x.invert(position), length, at), y, low: domain[0], high: domain[1] };
  }

  /** Draws a graph into a canvas of `width` x `height` CSS pixels. */
  paint(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, graph: Graph, norm: ViewNorm, view: ViewState, theme: Theme, { width, height }: { width: number; height: number }): void {
    const { length } = this.model;
    const scales = this.scales(graph, width, height);
    context.clearRect(0, 0, width, height);
    const own = norm.values.subarray(graph.row * length, (graph.row + 1) * length);
    const table = strengthTable(colorSchemeOf(view.scheme), view.sign);
    if (view.timeseries === 'colored_graph') {
      const weak = mix(theme.background, theme.foreground, 0.5);
      this.line(context, graph.channels[0], scales, (point) => ({ color: cssColor(tintOf(own[point], table, view.sign, weak)), width: 2 + 2 * Math.abs(own[point] || 0) }));
      return;
    }
    const { a: ratio } = context.getTransform();
    const edge = (point: number): number => Math.round(ratio * (point <= 0 ? 0 : point >= length ? width : (scales.x(point - 1) + scales.x(point)) / 2)) / ratio;
    for (let point = 0; point < length; point++) {
      if (!(Math.abs(own[point]) >= LEAST_STRENGTH)) continue;
      context.fillStyle = cssColor(mix(theme.background, tintOf(own[point], table, view.sign, theme.background), SPAN_ALPHA));
      context.fillRect(edge(point), 0, Math.max(edge(point + 1) - edge(point), 1 / ratio), height);
    }
    for (const channel of graph.channels) {
      context.setLineDash([]);
      this.line(context, channel, scales, () => ({ color: cssColor(theme.background), width: 4 }));
      const { color, dash } = lineStyle(graph.channels.length > 1 ? channel : 0, theme);
      context.setLineDash([...dash]);
      this.line(context, channel, scales, () => ({ color: cssColor(color), width: 1.8 }));
      context.setLineDash([]);
    }
  }

  /** A channel's line, in one stroke while the style stays the same. A value that is not finite leaves a gap. */
  private line(context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, channel: number, { x, y }: GraphScales, styleOf: (point: number) => { color: string; width: number }): void {
    const { length, values } = this.model;
    const own = values.subarray(channel * length, (channel + 1) * length);
    context.lineJoin = context.lineCap = 'round';
    let current = '';
    context.beginPath();
    for (let point = 0; point < length; point++) {
      if (!Number.isFinite(own[point])) continue;
      const { color, width } = styleOf(point);
      const style = `${color} ${width.toFixed(1)}`;
      const starts = point === 0 || !Number.isFinite(own[point - 1]);
      if (style !== current) {
        if (current !== '') context.stroke();
        context.beginPath();
        if (!starts) context.moveTo(x(point - 1), y(own[point - 1]));
        [context.strokeStyle, context.lineWidth, current] = [color, width, style];
      }
      if (starts) context.moveTo(x(point), y(own[point]));
      context.lineTo(x(point), y(own[point]));
    }
    context.stroke();
  }
}

/** How the line of a channel looks among others. */
export function lineStyle(channel: number, { background }: Theme): { color: Rgb; dash: readonly number[] } {
  const colors = background[0] + background[1] + background[2] < 384 ? ON_DARK : ON_LIGHT;
  return { color: colors[channel % colors.length], dash: DASHES[Math.floor(channel) % DASHES.length] };
}

function nearest(place: number, length: number, at: (point: number) => number): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < place) low = middle + 1;
    else high = middle;
  }
  return low > 0 && place - at(low - 1) < at(low) - place ? low - 1 : low;
}
