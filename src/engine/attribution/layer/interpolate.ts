import { LensError } from '../../../protocol/errors';
import { tapsOf, type Interpolation } from '../../operators/resize/interpolation';
import { float32, formatShape, sizeOf, type Tensor } from '../../tensor';

export type InterpolateMode = 'nearest' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear';

/** The number of axes that each mode is for; nearest takes any. */
const AXES: Readonly<Record<Exclude<InterpolateMode, 'nearest'>, number>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

/**
 * Attributions of a layer at another size of their spatial axes (those after examples and channels), as PyTorch's
 * `interpolate` does with `align_corners` unset: nearest takes the element at floor(i * from / to), the others put
 * the centres of the elements onto each other (bicubic: a = -0.75).
 *
 * @throws LensError `invalid-argument` when the mode is not for this many axes, or sizes are missing.
 */
export function interpolate(attributions: Tensor<'float32'>, size: number | readonly number[], mode: InterpolateMode = 'nearest'): Tensor<'float32'> {
  const axes = attributions.shape.length - 2;
  const sizes = typeof size === 'number' ? Array.from({ length: axes }, () => size) : size;
  if (axes < 1 || sizes.length !== axes || !sizes.every((length) => Number.isInteger(length) && length > 0)) {
    throw new LensError('invalid-argument', `interpolate: attributions of shape ${formatShape(attributions.shape)} need ${Math.max(axes, 0)} sizes of at least 1, got ${formatShape(sizes)}`);
  }
  if (mode !== 'nearest' && AXES[mode] !== axes) {
    throw new LensError('invalid-argument', `interpolate: ${mode} must be ${['nearest', ...Object.keys(AXES)].join(', ')} with fitting axes, attributions have ${axes} after examples and channels`);
  }
  return sizes.reduce((result, to, index) => resized(result, index + 2, to, mode), attributions);
}

function resized({ data, shape }: Tensor<'float32'>, axis: number, to: number, mode: InterpolateMode): Tensor<'float32'> {
  const from = shape[axis];
  const way: Interpolation = {
    mode: mode === 'nearest' ? 'nearest' : mode === 'bicubic' ? 'cubic' : 'linear',
    coordinates: mode === 'nearest' ? 'asymmetric' : 'half_pixel',
    nearest: 'floor',
    cubicA: -0.75,
    excludeOutside: false,
  };
  const taps = tapsOf(way, { from, to, scale: to / from, region: [0, 1] });
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
