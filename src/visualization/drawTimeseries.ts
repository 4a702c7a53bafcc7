import { scaleLinear } from 'd3-scale';
import type { InitialView, TimeseriesView } from '../protocol/output';
import { floatsFromBase64 } from './base64';
import { colorSchemeOf, DEFAULT_COLOR_SCHEME } from './colorSchemes';
import { parseHex } from './colormaps';
import { DEFAULT_OUTLIER_PERC } from './normalizeAttr';
import { Raster } from './raster';
import { strengthTable, tintOf } from './strengthColors';
import { CHANNEL_COLORS, TimeseriesNormalizer } from './timeseries';

const WIDTH = 720;
const GAP = 10;
const LINE = [40, 40, 40] as const;
const WHITE = [255, 255, 255] as const;
/** Of what is coloured as a line, so that weak attributions can be seen on white. */
const PALE = [205, 205, 205] as const;
const MAX_GRAPHS = 16;

/** The graphs of a time series, drawn as the reader first sees them. */
export function drawTimeseries(view: TimeseriesView, { sign = 'all', timeseries: method = 'overlay_individual', scheme: id, outlierPerc = DEFAULT_OUTLIER_PERC }: InitialView): Raster {
  const { length } = view;
  const channels = Math.min(view.channels.length, MAX_GRAPHS);
  const values = floatsFromBase64(view.values, view.channels.length * length);
  const { values: norm } = new TimeseriesNormalizer(floatsFromBase64(view.attributions, view.channels.length * length), length).normalize(method, sign, outlierPerc);
  const combined = method === 'overlay_combined';
  const graphs = combined ? 1 : channels;
  const height = combined ? 260 : Math.max(60, Math.min(160, Math.floor(640 / graphs)));
  const raster = new Raster(WIDTH, graphs * (height + GAP) - GAP);
  const table = strengthTable(id === undefined ? DEFAULT_COLOR_SCHEME : colorSchemeOf(id), sign);
  const x = scaleOf(view.x ?? Array.from({ length }, (_, index) => index), [6, WIDTH - 6]);
  for (let graph = 0; graph < graphs; graph++) {
    const top = graph * (height + GAP);
    const own = combined ? values : values.subarray(graph * length, (graph + 1) * length);
    const y = scaleOf(own, [top + height - 8, top + 8]);
    const at = (point: number): number => x(view.x?.[point] ?? point);
    raster.fill(0, top, WIDTH, height, WHITE);
    for (let point = 0; method !== 'colored_graph' && point < length; point++) {
      const from = point === 0 ? at(0) : (at(point - 1) + at(point)) / 2;
      const to = point === length - 1 ? at(point) + 1 : (at(point) + at(point + 1)) / 2;
      raster.fill(Math.floor(from), top, Math.max(1, Math.ceil(to) - Math.floor(from)), height, tintOf(norm[graph * length + point], table, sign, WHITE));
    }
    for (let channel = combined ? 0 : graph; channel < (combined ? channels : graph + 1); channel++) {
      for (let point = 1; point < length; point++) {
        const [before, after] = [values[channel * length + point - 1], values[channel * length + point]];
        if (!Number.isFinite(before) || !Number.isFinite(after)) continue;
        const color = method === 'colored_graph' ? tintOf(norm[channel * length + point], table, sign, PALE) : combined ? parseHex(CHANNEL_COLORS[channel % CHANNEL_COLORS.length]) : LINE;
        raster.line(at(point - 1), y(before), at(point), y(after), method === 'colored_graph' ? 3 : 2, color);
      }
    }
  }
  return raster;
}

function scaleOf(values: ArrayLike<number>, range: [number, number]): (value: number) => number {
  const finite = Array.from(values).filter(Number.isFinite);
  const [low, high] = finite.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  return scaleLinear(low < high ? [low, high] : [low - 1, low + 1], range);
}
