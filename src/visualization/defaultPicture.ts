import { PNG } from 'pngjs';
import type { AttributionOutput, AttributionView, ImagePanel, ImageView, InitialView } from '../protocol/output';
import { bytesFromBase64, floatsFromBase64 } from './base64';
import { colorSchemeOf, DEFAULT_COLOR_SCHEME, overlayTable, type ColorScheme } from './colorSchemes';
import { composeImage, needsImage } from './composeImage';
import { drawTimeseries } from './drawTimeseries';
import { drawTokenGrid } from './drawTokenGrid';
import { encodePng } from './encodePng';
import { DEFAULT_OUTLIER_PERC } from './normalizeAttr';
import { Raster } from './raster';
import type { AttributionSign } from './sign';
import { ViewNormalizer } from './viewNormalizer';

/** The longer side of a picture is enlarged to at least this. */
const MIN_SIDE = 224;
const GAP = 8;
const RAMP_HEIGHT = 8;
const MAX_ROWS = 4;
const MAX_BARS = 48;
const BAR_AREA = 220;
const AXIS = [150, 150, 150] as const;
const GRAY = 128;

/**
 * The default picture of an output as a PNG file, for every place that does not run the renderer: the input beside its
 * blended heat map with the colour ramp below (images), the graphs of a time series, a heat map of tokens against output
 * tokens, or a signed bar for each token or feature. Shows the first view of the first {@link MAX_ROWS} examples as the
 * output's `initialView` says. For Node only.
 */
export function defaultPicture(output: AttributionOutput): Uint8Array {
  const rows = output.examples.slice(0, MAX_ROWS).flatMap((example) => example.views.slice(0, 1).map((view) => drawView(view, output.initialView ?? {})));
  const picture = below(rows);
  return encodePng(picture.rgba, picture.width, picture.height);
}

function below(rows: readonly Raster[]): Raster {
  const width = Math.max(1, ...rows.map((row) => row.width));
  const height = rows.reduce((sum, row) => sum + row.height + GAP, -GAP);
  const picture = new Raster(width, Math.max(1, height));
  let top = 0;
  for (const row of rows) {
    picture.draw(row.rgba, row.width, row.height, 0, top, 1);
    top += row.height + GAP;
  }
  return picture;
}

function drawView(view: AttributionView, initial: InitialView): Raster {
  switch (view.kind) {
    case 'image':
      return view.panels || initial.mode ? drawPanels(view, view.panels ?? [{ mode: initial.mode ?? 'heat_map', sign: initial.sign ?? 'all' }], initial) : drawImage(view);
    case 'text':
      return view.outputs ? drawTokenGrid([view.attributions, ...view.outputs.attributions]) : drawColumns(view.attributions);
    case 'tabular':
      return drawBars(view.attributions);
    case 'timeseries':
      return drawTimeseries(view, initial);
    case 'records':
      return below(view.records.slice(0, MAX_ROWS).map(({ attributions }) => drawColumns(attributions)));
  }
}

/** Pictures of the same attributions side by side, each in its mode and sign, with its ramp below. */
function drawPanels(view: ImageView, panels: readonly ImagePanel[], { outlierPerc = DEFAULT_OUTLIER_PERC, scheme: id }: InitialView): Raster {
  const { width, height } = view;
  const scheme = id === undefined ? DEFAULT_COLOR_SCHEME : colorSchemeOf(id);
  const normalizer = new ViewNormalizer(floatsFromBase64(view.attributions, width * height));
  const image = view.image === undefined ? undefined : decodeImage(view.image);
  const scale = Math.max(1, Math.ceil(MIN_SIDE / Math.max(width, height)));
  const pitch = width * scale + GAP;
  const raster = new Raster(panels.length * pitch - GAP, height * scale + GAP + RAMP_HEIGHT);
  for (const [index, { mode: wanted, sign }] of panels.entries()) {
    const mode = needsImage(wanted) && !image ? 'heat_map' : wanted;
    const { values: norm } = normalizer.normalize(sign, outlierPerc);
    raster.draw(composeImage({ mode, sign, scheme, norm, image }), width, height, index * pitch, 0, scale);
    if (mode !== 'original_image') drawRamp(raster, index * pitch, height * scale + GAP, width * scale, mode === 'blended_heat_map', scheme, sign);
  }
  return raster;
}

function drawImage(view: ImageView): Raster {
  const { width, height } = view;
  const norm = new ViewNormalizer(floatsFromBase64(view.attributions, width * height)).normalize('all', DEFAULT_OUTLIER_PERC).values;
  const image = view.image === undefined ? undefined : decodeImage(view.image);
  const map = composeImage({ mode: image ? 'blended_heat_map' : 'heat_map', sign: 'all', scheme: DEFAULT_COLOR_SCHEME, norm, image });
  const scale = Math.max(1, Math.ceil(MIN_SIDE / Math.max(width, height)));
  const [shownWidth, shownHeight] = [width * scale, height * scale];
  const left = image ? shownWidth + GAP : 0;
  const raster = new Raster(left + shownWidth, shownHeight + GAP + RAMP_HEIGHT);
  if (image) raster.draw(image, width, height, 0, 0, scale);
  raster.draw(map, width, height, left, 0, scale);
  drawRamp(raster, left, shownHeight + GAP, shownWidth, image !== undefined, DEFAULT_COLOR_SCHEME, 'all');
  return raster;
}

function drawRamp(raster: Raster, left: number, top: number, width: number, blended: boolean, scheme: ColorScheme, sign: AttributionSign): void {
  const { rgb, alpha } = blended ? overlayTable(scheme, sign) : { rgb: scheme.colormaps[sign].rgb, alpha: new Float32Array(256).fill(1) };
  for (let x = 0; x < width; x++) {
    const index = Math.floor((x / width) * 256);
    const color = [0, 1, 2].map((c) => GRAY * (1 - alpha[index]) + rgb[3 * index + c] * alpha[index]);
    raster.fill(left + x, top, 1, RAMP_HEIGHT, color);
  }
}

function decodeImage(base64: string): Uint8ClampedArray {
  const png = PNG.sync.read(Buffer.from(bytesFromBase64(base64)));
  return Uint8ClampedArray.from(png.data);
}

/** A column for each token, in reading order: up for positive, down for negative. */
function drawColumns(attributions: readonly number[]): Raster {
  const pitch = Math.max(3, Math.min(28, Math.floor(640 / Math.max(1, attributions.length))));
  const norm = normalized(attributions);
  const half = Math.floor(BAR_AREA / 4);
  const raster = new Raster(Math.max(MIN_SIDE, pitch * norm.length), 2 * half + 1);
  norm.forEach((value, i) => {
    const length = Math.round(Math.abs(value) * half);
    raster.fill(i * pitch, value > 0 ? half - length : half + 1, pitch - 1, length, barColor(value));
  });
  raster.fill(0, half, raster.width, 1, AXIS);
  return raster;
}

/** A bar for each feature, in order: to the right for positive, to the left for negative; the strongest when there are many. */
function drawBars(attributions: readonly number[]): Raster {
  const weakest = attributions.map(Math.abs).sort((a, b) => b - a)[MAX_BARS - 1] ?? 0;
  const norm = normalized(attributions).filter((_, i) => Math.abs(attributions[i]) >= weakest).slice(0, MAX_BARS);
  const pitch = Math.max(6, Math.min(24, Math.floor(MIN_SIDE / Math.max(1, norm.length))));
  const raster = new Raster(2 * BAR_AREA + 1, Math.max(1, pitch * norm.length));
  norm.forEach((value, i) => {
    const length = Math.round(Math.abs(value) * BAR_AREA);
    raster.fill(value > 0 ? BAR_AREA + 1 : BAR_AREA - length, i * pitch + 1, length, pitch - 2, barColor(value));
  });
  raster.fill(BAR_AREA, 0, 1, raster.height, AXIS);
  return raster;
}

const normalized = (attributions: readonly number[]): number[] =>
  Array.from(new ViewNormalizer(Float32Array.from(attributions)).normalize('all', 0).values, (value) => (Number.isNaN(value) ? 0 : value));

function barColor(value: number): number[] {
  const { rgb } = overlayTable(DEFAULT_COLOR_SCHEME, 'all');
  const from = value > 0 ? 3 * 255 : 0;
  return Array.from(rgb.subarray(from, from + 3));
}

