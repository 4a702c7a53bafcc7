import type { ValueInfo } from '../../../graph/graph';
import { sizeOf } from '../../../tensor';
import { asFloat, ranked, single, type Layer, type LayerCall, type LayerTable } from '../layerCall';
import { channelsLast } from '../../tfjs/kernels/spatial';
import { resampled } from './resampling';
import { inChannelsFirst, isChannelsLast } from './windows';

const flatten: Layer = (call) => {
  const { emit } = call;
  const x = single(call);
  const last = isChannelsLast(call) || x.shape.length < 3 ? x : channelsLast(emit, x);
  return emit.reshape(last, [x.shape[0], sizeOf(x.shape.slice(1))]);
};

const reshape: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const target = settings.numbers('target_shape') ?? [];
  const size = sizeOf(x.shape.slice(1));
  const known = sizeOf(target.filter((dim) => dim !== -1));
  const shape = target.map((dim) => (dim === -1 ? size / known : dim));
  const fits = target.filter((dim) => dim === -1).length <= 1 && shape.every((dim) => Number.isSafeInteger(dim) && dim > 0) && sizeOf(shape) === size;
  if (!fits) throw settings.invalid(`target_shape [${target.join(', ')}] does not hold the ${size} elements of [${x.shape.slice(1).join(', ')}]`);
  return emit.reshape(x, [x.shape[0], ...shape]);
};

const permute: Layer = (call) => {
  const { emit, settings } = call;
  const x = single(call);
  const dims = settings.numbers('dims') ?? [];
  const fits = dims.length === x.shape.length - 1 && [...dims].sort((a, b) => a - b).every((dim, index) => dim === index + 1);
  if (!fits) throw settings.invalid(`dims must be the axes 1 to ${x.shape.length - 1} in any order, got ${dims.join(', ')}`);
  return emit.transpose(x, [0, ...dims]);
};

const repeatVector: Layer = (call) => {
  const { emit, math, settings } = call;
  const x = ranked(call, 2);
  return math.expand(emit.reshape(x, [x.shape[0], 1, x.shape[1]]), [x.shape[0], settings.integer('n', undefined, 1), x.shape[1]]);
};

/** `padding` or `cropping` as [before, after] for each axis of space; one number stands for both. */
function pairs({ settings }: LayerCall, key: string, space: number): [number, number][] {
  const given = settings.raw(key);
  const list: unknown[] = space === 1 ? [given] : Array.isArray(given) ? given : new Array<unknown>(space).fill(given);
  if (list.length !== space) throw settings.invalid(`${key} must have ${space} entries`);
  return list.map((entry) => {
    const [before, after]: unknown[] = Array.isArray(entry) ? entry : [entry, entry];
    if (!Number.isSafeInteger(before) || !Number.isSafeInteger(after) || Number(before) < 0 || Number(after) < 0) throw settings.invalid(`${key} must be numbers from 0, got ${JSON.stringify(given)?.slice(0, 100)}`);
    return [Number(before), Number(after)];
  });
}

/** The axes of space, by `data_format`. */
const spaceAxis = (call: LayerCall): number => (isChannelsLast(call) ? 1 : 2);

const zeroPadding =
  (space: number): Layer =>
  (call) => {
    const x = ranked(call, space + 2);
    const first = spaceAxis(call);
    const around = pairs(call, 'padding', space);
    const pads = [0, 1].flatMap((end) => x.shape.map((_, axis) => around[axis - first]?.[end] ?? 0));
    return call.math.pad(x, pads);
  };

const cropping =
  (space: number): Layer =>
  (call) => {
    const x = ranked(call, space + 2);
    const first = spaceAxis(call);
    return pairs(call, 'cropping', space).reduce((value, [before, after], index) => {
      const size = x.shape[first + index];
      if (before + after >= size) throw call.settings.invalid(`cropping takes ${before} and ${after} off an axis of ${size}, nothing is left`);
      return before + after === 0 ? value : call.math.slice(value, first + index, before, size - after);
    }, x);
  };

const upSampling =
  (space: number): Layer =>
  (call) => {
    const { settings } = call;
    const factors = settings.integers('size', space, 2);
    const mode = space === 2 ? settings.choice('interpolation', INTERPOLATIONS, 'nearest') : 'nearest';
    return inChannelsFirst(call, asFloat(call, ranked(call, space + 2)), (x) => resized(call, x, factors.map((factor, axis) => factor * x.shape[axis + 2]), mode));
  };

export const INTERPOLATIONS = ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'] as const;

/** [batch, channels, ...space] at another size, element centres aligned. */
export function resized(call: LayerCall, x: ValueInfo, sizes: readonly number[], mode: (typeof INTERPOLATIONS)[number], antialias = false): ValueInfo {
  const { emit } = call;
  if (mode !== 'nearest' && (mode !== 'bilinear' || antialias)) return resampled(call, x, sizes, mode, antialias);
  const attributes = { coordinate_transformation_mode: 'half_pixel', mode: mode === 'bilinear' ? 'linear' : 'nearest', nearest_mode: 'round_prefer_ceil' };
  return emit.op('Resize', [x, undefined, undefined, emit.integers([...x.shape.slice(0, 2), ...sizes])], attributes);
}

export const reshapingLayers: LayerTable = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
  ...Object.fromEntries(
    [1, 2, 3].flatMap((space): [string, Layer][] => [
      [`ZeroPadding${space}D`, zeroPadding(space)],
      [`Cropping${space}D`, cropping(space)],
      [`UpSampling${space}D`, upSampling(space)],
    ]),
  ),
};
