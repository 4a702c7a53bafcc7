import { LensError } from '../../protocol/errors';
import { float32, isFloat32, sizeOf, type Tensor } from '../tensor';
import type { RandomSource } from './random';
import { repeated } from './samples';

/** A standard deviation for all inputs, or one for each. */
export type Stdevs = number | readonly number[];

/** @throws LensError `invalid-argument` unless there is one standard deviation of at least 0 for each input. */
export function readStdevs(given: Stdevs, inputs: number): readonly number[] {
  const stdevs = typeof given === 'number' ? Array.from({ length: inputs }, () => given) : given;
  if (Array.isArray(stdevs) && stdevs.length === inputs && stdevs.every((stdev) => Number.isFinite(stdev) && stdev >= 0)) return stdevs;
  throw new LensError('invalid-argument', `stdevs must be a number of at least 0, or one for each of the ${inputs} inputs, got ${JSON.stringify(given)}`);
}

/** Each example `times` times in a row, with normal noise added. */
export function noisy(inputs: readonly Tensor[], stdevs: readonly number[], times: number, random: RandomSource): Tensor<'float32'>[] {
  return inputs.map((input, index) => {
    if (!isFloat32(input)) throw new LensError('invalid-argument', `Noise needs float32 inputs, got ${input.dtype}`, 'Add noise to an embedding instead.');
    const { data, shape } = repeated(input, times);
    const noise = random.normal(shape, stdevs[index]);
    return float32(Float32Array.from({ length: sizeOf(shape) }, (_, place) => data[place] + noise[place]), shape);
  });
}
