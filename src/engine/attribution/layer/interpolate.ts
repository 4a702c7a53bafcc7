import { LensError } from '../../../protocol/errors';
import { tapsOf, type Interpolation } from '../../operators/resize/interpolation';
import { float32, formatShape, sizeOf, type Tensor } from '../../tensor';

export type InterpolateMode = 'nearest' | 'nearest-exact' | 'area' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear';

/** The number of axes that each mode is for; undefined takes any. */
const AXES: Readonly<Record<InterpolateMode, number | undefined>> = { nearest: undefined, 'nearest-exact': undefined, area: undefined, linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

type Taps = ReadonlyMap<number, number> | undefined;

/**
 * Attributions of a layer at another size of their spatial axes (those after examples and channels), as PyTorch's
 * `interpolate` does with `align_corners` unset: nearest takes the element at floor(i * from / to), nearest-exact that
 * at floor((i + 0.5) * from / to), area the mean of all elements from floor(i * from / to) to before
 * ceil((i + 1) * from / to); the others put the centres of the elements onto each other (bicubic: a = -0.75).
 *
 * @throws LensError `invalid-argument` when the mode is not for this many axes, or sizes are missing.
 */
export function interpolate(attributions: Tensor<'float32'>, size: number | readonly number[], mode: InterpolateMode = 'nearest'): Tensor<'float32'> {
  const axes = attributions.shape.length - 2;
  const sizes = typeof size === 'number' ? Array.from({ length: axes }, () => size) : size;
  if (axes < 1 || sizes.length !== axes || !sizes.every((length) => Number.isInteger(length) && length > 0)) {
    throw new LensError('invalid-argument', `interpolate: attributions of shape ${formatShape(attributions.shape)} need ${Math.max(axes, 0)} sizes of at least 1, got ${formatShape(sizes)}`);
  }
  if (!Object.hasOwn(AXES, mode) || (AXES[mode] ?? axes) !== axes) {
    throw new LensError('invalid-argument', `interpolate: the mode must be one of ${Object.keys(AXES).join(', ')} and fit the ${axes} axes after examples and channels, got '${String(mode)}'`);
  }
  return sizes.reduce((result, to, index) => resized(result, index + 2, to, mode), attributions);
}

function resized({ data, shape }: Tensor<'float32'>, axis: number, to: number, mode: InterpolateMode): Tensor<'float32'> {
  const from = shape[axis];
  const taps = mode === 'area' ? meansOf(from, to) : tapsOf(wayOf(mode), { from, to, scale: to / from, region: [0, 1] });
  const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const result = new Float32Array(before * to * after);
  for (let outer = 0; outer < before; outer++) {
    for (let place = 0; place < to; place++) {
      for (const [source, weight] of taps[place] ?? []) {
        for (let inner = 0; inner < after; inner++) result[(outer * to + place) * after + inner] += weight * data[(outer * from + source) * after + inner];
      }
    }
  }
  return float32(result, shape.map((dim, index) => (index === axis ? to : dim)));
}

const wayOf = (mode: InterpolateMode): Interpolation => ({
  mode: mode.startsWith('nearest') ? 'nearest' : mode === 'bicubic' ? 'cubic' : 'linear',
  coordinates: mode === 'nearest' ? 'asymmetric' : 'half_pixel',
  nearest: mode === 'nearest' ? 'floor' : 'round_prefer_ceil',
  cubicA: -0.75,
  excludeOutside: false,
});

/** Equal weights of the elements that each element of the resized axis covers. */
const meansOf = (from: number, to: number): Taps[] =>
  Array.from({ length: to }, (_, index) => {
    const [start, end] = [Math.floor((index * from) / to), Math.ceil(((index + 1) * from) / to)];
    return new Map(Array.from({ length: end - start }, (_, offset) => [start + offset, 1 / (end - start)]));
  });
