import type { TargetInfo } from '../src/protocol/output';
import { formatNumber, MINUS } from '../src/visualization/formatNumber';
import type { AttributionSign } from '../src/visualization/sign';
import type { ImageMode } from '../src/visualization/composeImage';
import type { TimeseriesMethod } from '../src/visualization/timeseries';

/** {@link formatNumber} with its sign written out: `+0.0213`. */
export const formatSigned = (value: number, digits = 3): string => (value > 0 ? `+${formatNumber(value, digits)}` : formatNumber(value, digits));

/** Formats the numbers of a column with equally many decimals, so that the largest has `digits` significant ones. */
export function columnFormat(values: readonly number[], digits: number): (value: number) => string {
  const largest = values.reduce((max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max), 0);
  const decimals = digits - 1 - Math.floor(Math.log10(largest));
  if (largest === 0 || decimals < 0 || decimals > 8) return (value) => formatSigned(value, digits);
  return (value) => (Number.isFinite(value) && value !== 0 ? `${value > 0 ? '+' : MINUS}${Math.abs(value).toFixed(decimals)}` : formatNumber(value));
}

/** `20 ms`, `0.8 s`, `4 s`, `95 s`, `12 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))}\u00a0ms`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)}\u00a0s`;
  if (seconds < 120) return `${Math.round(seconds)}\u00a0s`;
  return `${Math.round(seconds / 60)}\u00a0min`;
}

/** `50 passes, about 1.3 s`. */
export function formatCost({ passes, seconds }: { passes: number; seconds?: number }): string {
  const count = `${passes.toLocaleString('en')}\u00a0${passes === 1 ? 'pass' : 'passes'}`;
  return seconds === undefined ? count : `${count}, about ${formatSeconds(seconds)}`;
}

/** `190 MB`. */
export function formatBytes(bytes: number): string {
  const megabytes = bytes / 2 ** 20;
  return megabytes < 1000 ? `${Math.max(1, Math.round(megabytes))}\u00a0MB` : `${(megabytes / 1024).toFixed(1)}\u00a0GB`;
}

/** `1 × 3 × 224 × 224`. */
export const formatDimensions = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join('\u00a0×\u00a0'));

/** What a target is called: its label, `output 3`, `output [1, 3]`, or `the output` when there is just one. */
export function targetName({ index, label }: TargetInfo): string {
  if (label) return label;
  if (index.length === 0) return 'the output';
  return index.length === 1 ? `output ${index[0]}` : `output [${index.join(', ')}]`;
}

/** `class 967, p = 0.83` or `score 12.4`. */
export function targetDetail({ index, label, score, probability }: TargetInfo): string {
  const parts = label && index.length === 1 ? [`class ${index[0]}`] : [];
  parts.push(probability === undefined ? `score ${formatNumber(score)}` : `p = ${formatNumber(probability, 2)}`);
  return parts.join(', ');
}

export const SIGN_LABELS: Record<AttributionSign, string> = {
  all: 'All',
  positive: 'Positive',
  negative: 'Negative',
  absolute_value: 'Absolute',
};

export const MODE_LABELS: Record<ImageMode, string> = {
  heat_map: 'Heat map',
  blended_heat_map: 'Blended heat map',
  original_image: 'Original image',
  masked_image: 'Masked image',
  alpha_scaling: 'Alpha scaling',
};

export const TIMESERIES_LABELS: Record<TimeseriesMethod, string> = {
  overlay_individual: 'Overlay, each channel',
  overlay_combined: 'Overlay, combined',
  colored_graph: 'Coloured graph',
};
