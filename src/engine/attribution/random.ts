import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { LensError } from '../../protocol/errors';
import { sizeOf, type Shape } from '../tensor';

/** Where algorithms draw their random numbers from; tests replay recorded draws. */
export interface RandomSource {
  /** Normal numbers with mean 0, in the order of a tensor of this shape. */
  normal(shape: Shape, standardDeviation: number): ArrayLike<number>;
  /** Numbers from 0 to below 1. */
  uniform(count: number): ArrayLike<number>;
  /** Whole numbers from 0 to below `from`, each as likely as the others at every draw. */
  choice(count: number, from: number): ArrayLike<number>;
  /** The numbers from 0 to below `count` in random order. */
  permutation(count: number): ArrayLike<number>;
}

/** What the option `seed` takes: a whole number, the same of which draws the same, or a source of one's own. */
export type Seed = number | RandomSource;

/**
 * The random numbers of a seed (generator: xoroshiro128+).
 *
 * @throws LensError `invalid-argument` for a seed that is not a whole number.
 */
export function randomSource(seed: Seed = 0): RandomSource {
  if (typeof seed === 'object') return seed;
  if (!Number.isSafeInteger(seed)) throw new LensError('invalid-argument', `seed must be a whole number, got ${seed}`);
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(generator);
  return {
    normal: (shape, standardDeviation) => normals(sizeOf(shape), standardDeviation, uniform),
    uniform: (count) => Float64Array.from({ length: count }, uniform),
    choice: (count, from) => Int32Array.from({ length: count }, () => uniformInt(generator, 0, from - 1)),
    permutation(count) {
      const order = Int32Array.from({ length: count }, (_, index) => index);
      for (let last = count - 1; last > 0; last--) {
        const other = uniformInt(generator, 0, last);
        [order[last], order[other]] = [order[other], order[last]];
      }
      return order;
    },
  };
}

/** Box and Muller's method ("A Note on the Generation of Random Normal Deviates", 1958). */
function normals(count: number, standardDeviation: number, uniform: () => number): Float64Array {
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 2) {
    const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    values[index] = radius * Math.cos(angle);
    if (index + 1 < count) values[index + 1] = radius * Math.sin(angle);
  }
  return values;
}
