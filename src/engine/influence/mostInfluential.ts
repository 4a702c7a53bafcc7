import { LensError } from '../../protocol/errors';
import { float32, type Tensor } from '../tensor';

/** The training examples that matter most for each test example, the strongest first. */
export interface KMostInfluentialResults {
  /** [test examples][k]: places in the training set. */
  readonly indices: number[][];
  /** [test examples, k] */
  readonly influenceScores: Tensor<'float32'>;
}

/** @throws LensError `invalid-argument` unless an option is a whole number of at least 1. */
export function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new LensError('invalid-argument', `${name} must be a whole number of at least 1, got ${value}`);
}

/** The k largest scores of each row (the smallest, if wished), all when there are fewer; equal ones in their order. */
export function mostInfluential({ data, shape: [rows, columns] }: Tensor<'float32'>, k: number, largest = true): KMostInfluentialResults {
  requireCount('k', k);
  const sign = largest ? 1 : -1;
  const count = Math.min(k, columns);
  const indices = Array.from({ length: rows }, (_, row) => {
    const scores = data.subarray(row * columns, (row + 1) * columns);
    return Array.from(scores.keys()).sort((left, right) => sign * (scores[right] - scores[left]) || left - right).slice(0, count);
  });
  return { indices, influenceScores: float32(indices.flatMap((places, row) => places.map((place) => data[row * columns + place])), [rows, count]) };
}
