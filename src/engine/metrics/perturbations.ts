import { LensError } from '../../protocol/errors';

/**
 * How many samples of each example run at once, chunk by chunk: all, or as many as `maxExamplesPerBatch` allows.
 *
 * @throws LensError `invalid-argument` for numbers that are not whole numbers of at least 1.
 */
export function samplesPerChunk(nPerturbSamples: number, examples: number, maxExamplesPerBatch: number | null | undefined): number[] {
  for (const [name, value] of [['nPerturbSamples', nPerturbSamples], ['maxExamplesPerBatch', maxExamplesPerBatch ?? 1]] as const) {
    if (!Number.isInteger(value) || value < 1) throw new LensError('invalid-argument', `${name} must be a whole number of at least 1, got ${value}`);
  }
  const most = Math.max(1, Math.floor((maxExamplesPerBatch ?? Infinity) / examples));
  const chunks: number[] = [];
  for (let left = nPerturbSamples; left > 0; left -= most) chunks.push(Math.min(most, left));
  return chunks;
}
