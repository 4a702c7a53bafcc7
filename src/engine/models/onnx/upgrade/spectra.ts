import type { ValueInfo } from '../../../graph/graph';
import { flag } from '../../../operators/attributes';
import { float32, formatShape } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** The constants of spectrograms: windows and filter banks. */
export const spectrumUpgrades: Readonly<Record<string, Upgrade>> = {
  /** 1/2 - cos(2πn / N) / 2 */
  HannWindow: (context) => cosineWindow(context, [0.5, -0.5]),
  /** 25/46 - 21/46 cos(2πn / N) */
  HammingWindow: (context) => cosineWindow(context, [25 / 46, -21 / 46]),
  /** 0.42 - cos(2πn / N) / 2 + 0.08 cos(4πn / N) */
  BlackmanWindow: (context) => cosineWindow(context, [0.42, -0.5, 0.08]),
  MelWeightMatrix: melWeights,
};

/** Elements of a window or filter bank. */
const MAX_ELEMENTS = 2 ** 20;

/** A sum of cosines over `size` samples; N is the size, or one less for symmetric windows (periodic = 0). */
function cosineWindow(context: NodeContext, weights: readonly number[]): ValueInfo[] {
  const size = scalar(context, 0, 'size');
  if (!Number.isInteger(size) || size < 0 || size > MAX_ELEMENTS) throw context.invalid(`the size must lie in [0, ${MAX_ELEMENTS}], got ${size}`);
  const period = flag(context.node, 'periodic', 1) ? size : size - 1;
  const sample = (n: number): number => weights.reduce((sum, weight, harmonic) => sum + weight * Math.cos((2 * Math.PI * harmonic * n) / Math.max(1, period)), 0);
  return context.outputs([context.floats(Array.from({ length: size }, (_, n) => sample(n)))]);
}

/** Triangular filters, evenly spaced on the mel scale (2595 log10(1 + f / 700)): [dft_length / 2 + 1, filters]. */
function melWeights(context: NodeContext): ValueInfo[] {
  const [filters, length, rate, low, high] = ['num_mel_bins', 'dft_length', 'sample_rate', 'lower_edge_hertz', 'upper_edge_hertz'].map((name, index) => scalar(context, index, name));
  const bins = Math.floor(length / 2) + 1;
  const isPossible = [filters, length, rate].every((value) => Number.isInteger(value) && value > 0) && low >= 0 && high >= low && filters * bins <= MAX_ELEMENTS;
  if (!isPossible) throw context.invalid(`counts and rates must be positive, edges ascending and the matrix have at most ${MAX_ELEMENTS} elements, got ${formatShape([filters, length, rate, low, high])}`);
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(high) - mel(low)) / (filters + 2);
  const edges = Array.from({ length: filters + 2 }, (_, index) => Math.floor(((length + 1) * 700 * (10 ** ((mel(low) + index * step) / 2595) - 1)) / rate));
  if (edges.some((edge) => edge >= bins)) throw context.invalid(`upper_edge_hertz must lie below half of the sample rate, ${rate / 2}, got ${high}`);
  const weights = new Float32Array(bins * filters);
  for (let filter = 0; filter < filters; filter++) {
    const [left, centre, right] = edges.slice(filter, filter + 3);
    for (let bin = left; bin < right; bin++) weights[bin * filters + filter] = bin < centre ? (bin - left) / (centre - left) : (right - bin) / (right - centre);
    weights[centre * filters + filter] = 1;
  }
  return context.outputs([context.constantOfTensor(float32(weights, [bins, filters]))]);
}

function scalar(context: NodeContext, index: number, what: string): number {
  const values = context.numbers(index, what);
  if (values?.length !== 1) throw context.invalid(`${what} (input ${index}) must be one number, got ${values?.length ?? 0}`);
  return values[0];
}
