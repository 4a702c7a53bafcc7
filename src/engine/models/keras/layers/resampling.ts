import type { ValueInfo } from '../../../graph/graph';
import type { LayerCall } from '../layerCall';

/** The weight of an element at a distance, and how far it reaches. */
type Kernel = (distance: number) => number;

const lanczos =
  (radius: number): Kernel =>
  (x) =>
    x > radius ? 0 : x < 1e-3 ? 1 : (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2;

/** What elements in between are made of, by the names that `interpolation` has. */
const KERNELS = {
  bilinear: (x) => Math.max(0, 1 - x),
  /** Keys, "Cubic Convolution Interpolation for Digital Image Processing" (1981), a = -0.5. */
  bicubic: (x) => (x >= 2 ? 0 : x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1),
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
} satisfies Record<string, Kernel>;

/** As many weights along an axis as 4096 x 4096 need. */
const MAX_WEIGHTS = 2 ** 24;

export type Resampling = keyof typeof KERNELS;

/**
 * [batch, channels, height, width] at another size, element centres aligned: a product with the weights along each axis.
 * Weights of places outside of the image are shared out among those inside.
 *
 * @param antialias widens the kernel where the image becomes smaller.
 */
export function resampled({ emit, math, settings }: LayerCall, x: ValueInfo, [height, width]: readonly number[], mode: Resampling, antialias: boolean): ValueInfo {
  const along = (from: number, to: number, isRows: boolean): ValueInfo => {
    if (from * to > MAX_WEIGHTS) throw settings.unsupported(`an axis of ${from} elements is too long to be made one of ${to} by ${mode} interpolation`);
    const weights = weightsOf(from, to, KERNELS[mode], antialias);
    const shape = isRows ? [to, from] : [from, to];
    const data = Float32Array.from({ length: from * to }, (_, place) => (isRows ? weights[Math.floor(place / from)][place % from] : weights[place % to][Math.floor(place / to)]));
    return emit.weight({ dtype: 'float32', shape, data }, isRows ? 'rows' : 'columns');
  };
  const [, , from, columns] = x.shape;
  return math.matMul(along(from, height, true), math.matMul(x, along(columns, width, false)));
}

/** For each of `to` places, the weights of `from` elements. */
function weightsOf(from: number, to: number, kernel: Kernel, antialias: boolean): number[][] {
  const scale = antialias ? Math.max(from / to, 1) : 1;
  return Array.from({ length: to }, (_, place) => {
    const centre = ((place + 0.5) * from) / to - 0.5;
    const weights = Array.from({ length: from }, (__, index) => kernel(Math.abs(centre - index) / scale));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  });
}
