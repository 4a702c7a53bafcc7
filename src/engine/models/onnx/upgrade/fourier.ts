import type { ValueInfo } from '../../../graph/graph';
import { flag, integer } from '../../../operators/attributes';
import { axisIn } from '../../../operators/context';
import { generate } from '../../../operators/strided';
import { float32, type Tensor } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/**
 * Discrete Fourier transforms as products with constant matrices: linear maps, so that their derivatives are those of
 * MatMul and Conv. Complex numbers lie in a last axis of two (real, imaginary); one of length 1 is real.
 */
export const fourierUpgrades: Readonly<Record<string, Upgrade>> = {
  DFT: (context) => context.outputs([discreteFourier(context)]),
  STFT: (context) => context.outputs([shortTimeFourier(context)]),
};

/** Elements of one matrix of sines and cosines; longer transforms are made from shorter ones. */
const MAX_MATRIX = 2 ** 25;

/** The direction of a transform: the sign of the exponent in e^(±2πi jk / n). */
type Sign = -1 | 1;

/** X[k] = sum over j of x[j] e^(-2πi jk / n), or the inverse of that; over `dft_length` elements of one axis, x cut or filled up with zeros. */
function discreteFourier(context: NodeContext): ValueInfo {
  const { node, math } = context;
  const x = context.typed(0, 'float32');
  const rank = x.shape.length;
  const parts = x.shape.at(-1);
  if (rank < 2 || (parts !== 1 && parts !== 2)) throw context.invalid(`the input must end in an axis of 1 (real) or 2 (complex), got shape [${x.shape.join(', ')}]`);
  const axis = axisIn(node, context.opset < 20 ? integer(node, 'axis', 1) : (context.numbers(2, 'its axis')?.[0] ?? -2), rank);
  if (axis === rank - 1) throw context.invalid('the axis must not be the last one, which holds real and imaginary parts');
  const [isInverse, isOneSided] = [flag(node, 'inverse'), flag(node, 'onesided')];
  const given = context.numbers(1, 'dft_length')?.[0];
  const length = given ?? (isInverse && isOneSided ? 2 * (x.shape[axis] - 1) : x.shape[axis]);
  if (!Number.isInteger(length) || length < 1) throw context.invalid(`dft_length must be positive, got ${length}`);
  const half = Math.floor(length / 2) + 1;
  const moved = x.shape.map((_, index) => index).filter((index) => index !== axis && index !== rank - 1);
  const order = [...moved, axis, rank - 1];
  const signal = resized(context, math.transpose(x, order), isInverse && isOneSided ? half : length);
  const back = (value: ValueInfo): ValueInfo => math.transpose(value, order.map((_, index) => order.indexOf(index)));
  if (!isInverse) return back(transform(context, signal, isOneSided ? half : length, -1));
  const spectrum = isOneSided ? hermitian(context, signal, length) : signal;
  const result = math.mul(transform(context, spectrum, length, 1), 1 / length);
  return back(isOneSided ? math.slice(result, rank - 1, 0, 1) : result);
}

/** The transforms of all frames of `frame_length` samples, `frame_step` apart, weighted by the window: one convolution. [batch, frames, frequencies, 2] */
function shortTimeFourier(context: NodeContext): ValueInfo {
  const { math } = context;
  const signal = context.ranked(0, 2, 3);
  const [batch, samples, parts = 1] = signal.shape;
  const step = context.numbers(1, 'frame_step')?.[0] ?? 0;
  const window = context.numbers(2, 'its window');
  const length = context.numbers(3, 'frame_length')?.[0] ?? window?.length ?? 0;
  if (step < 1 || length < 1) throw context.invalid(`frame_step and frame_length must be positive, got ${step} and ${length}`);
  if (window && window.length !== length) throw context.invalid(`the window must have frame_length (${length}) elements, got ${window.length}`);
  if (samples < length) throw context.invalid(`the signal must have frame_length (${length}) samples or more, got ${samples}`);
  const bins = flag(context.node, 'onesided', 1) ? Math.floor(length / 2) + 1 : length;
  requireSize(context, length, parts, bins);
  const wave = waves(length, -1);
  const kernel = context.constantOfTensor(
    generate({ dtype: 'float32', shape: [bins * 2, parts, length] }, (index) => {
      const [row, part, sample] = [Math.floor(index / (parts * length)), Math.floor(index / length) % parts, index % length];
      return (window?.[sample] ?? 1) * wave((sample * Math.floor(row / 2)) % length, part, row % 2);
    }),
  );
  const channels = parts === 1 ? math.reshape(signal, [batch, 1, samples]) : math.transpose(signal, [0, 2, 1]);
  const frames = math.transpose(context.emit('Conv', [channels, kernel], { kernel_shape: [length], strides: [step] }), [0, 2, 1]);
  return math.reshape(frames, [batch, frames.shape[1], bins, 2]);
}

/**
 * The first `bins` frequencies of x [..., n, 1 or 2], not normalised: a matrix product, or for long x those of a split
 * n = pq (Cooley & Tukey, "An algorithm for the machine calculation of complex Fourier series", 1965).
 */
function transform(context: NodeContext, x: ValueInfo, bins: number, sign: Sign): ValueInfo {
  const { reshape, matMul, transpose, slice } = context.math;
  const dims = x.shape.slice(0, -2);
  const [length, parts] = x.shape.slice(-2);
  const p = length * parts * bins * 2 <= MAX_MATRIX ? 1 : factorOf(length);
  if (p === 1) {
    requireSize(context, length, parts, bins);
    return reshape(matMul(reshape(x, [...dims, length * parts]), context.constantOfTensor(matrix(length, parts, bins, sign))), [...dims, bins, 2]);
  }
  const q = length / p;
  const rank = dims.length;
  const swapped = (value: ValueInfo): ValueInfo => transpose(value, [...dims.map((_, axis) => axis), rank + 1, rank, rank + 2]);
  // x[q a + b] becomes X[c + p d]: over a first, then turned by e^(±2πi bc / n), then over b
  const inner = transform(context, swapped(reshape(x, [...dims, p, q, parts])), p, sign);
  const outer = transform(context, swapped(turned(context, inner, length, sign)), q, sign);
  const whole = reshape(swapped(outer), [...dims, length, 2]);
  return bins === length ? whole : slice(whole, rank, 0, bins);
}

/** x [..., q, p, 2] with element [b, c] multiplied by e^(±2πi bc / n). */
function turned(context: NodeContext, x: ValueInfo, length: number, sign: Sign): ValueInfo {
  const { mul, add } = context.math;
  const [q, p] = x.shape.slice(-3);
  const wave = waves(length, sign);
  const factors = (other: boolean): ValueInfo =>
    context.constantOfTensor(
      generate({ dtype: 'float32', shape: [q, p, 2] }, (index) => {
        const to = index % 2;
        return wave(Math.floor(index / (2 * p)) * (Math.floor(index / 2) % p), other ? 1 - to : to, to);
      }),
    );
  const exchanged = context.emit('Gather', [x, context.integers([1, 0])], { axis: x.shape.length - 1 });
  return add(mul(x, factors(false)), mul(exchanged, factors(true)));
}

/** All n frequencies of a real signal from the first n / 2 + 1 (n / 2 rounded down): X[n - k] is the conjugate of X[k]. */
function hermitian(context: NodeContext, x: ValueInfo, length: number): ValueInfo {
  const half = Math.floor(length / 2) + 1;
  const sources = Array.from({ length }, (_, index) => (index < half ? index : length - index));
  const signs = Array.from({ length: 2 * length }, (_, index) => (index % 2 === 1 && Math.floor(index / 2) >= half ? -1 : 1));
  const rank = x.shape.length;
  const both = x.shape[rank - 1] === 2 ? x : context.math.pad(x, [...x.shape.map(() => 0), ...x.shape.map((_, axis) => (axis === rank - 1 ? 1 : 0))]);
  return context.math.mul(context.emit('Gather', [both, context.integers(sources)], { axis: rank - 2 }), context.floats(signs, [length, 2]));
}

/** x cut or filled up with zeros to a length along its last axis but one. */
function resized(context: NodeContext, x: ValueInfo, length: number): ValueInfo {
  const axis = x.shape.length - 2;
  if (x.shape[axis] >= length) return x.shape[axis] === length ? x : context.math.slice(x, axis, 0, length);
  return context.math.pad(x, [...x.shape.map(() => 0), ...x.shape.map((size, index) => (index === axis ? length - size : 0))]);
}

/** What part `from` (0 real, 1 imaginary) of a number gives to part `to` when it is multiplied by e^(±2πi turn / n). */
function waves(length: number, sign: Sign): (turn: number, from: number, to: number) => number {
  const angles = Float64Array.from({ length }, (_, turn) => (2 * Math.PI * turn) / length);
  const [cosines, sines] = [angles.map(Math.cos), angles.map(Math.sin)];
  return (turn, from, to) => (from === to ? cosines[turn] : (to - from) * sign * sines[turn]);
}

/** [length * parts, bins * 2] */
function matrix(length: number, parts: number, bins: number, sign: Sign): Tensor {
  const wave = waves(length, sign);
  const values = new Float32Array(length * parts * bins * 2);
  let at = 0;
  for (let row = 0; row < length * parts; row++) {
    const [sample, part] = [Math.floor(row / parts), row % parts];
    for (let bin = 0; bin < bins; bin++) for (const to of [0, 1]) values[at++] = wave((sample * bin) % length, part, to);
  }
  return float32(values, [length * parts, bins * 2]);
}

/** The largest factor of n up to its square root. */
function factorOf(n: number): number {
  let factor = Math.floor(Math.sqrt(n));
  while (n % factor !== 0) factor--;
  return factor;
}

function requireSize(context: NodeContext, length: number, parts: number, bins: number): void {
  const elements = length * parts * bins * 2;
  if (elements > MAX_MATRIX) throw context.invalid(`a transform of ${length} elements needs a matrix of ${elements}, at most ${MAX_MATRIX} are possible`, 'Use a length with small factors.');
}
