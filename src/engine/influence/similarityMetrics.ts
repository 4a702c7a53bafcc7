import { float32, sizeOf, type Tensor } from '../tensor';

/** Compares each of some examples with each of others: [examples, ...] and [sources, ...] give [examples, sources]. */
export type SimilarityMetric = (test: Tensor<'float32'>, train: Tensor<'float32'>) => Tensor<'float32'> | Promise<Tensor<'float32'>>;

/** The Euclidean distance of every pair; 0 for equal examples. */
export const euclideanDistance: SimilarityMetric = (test, train) =>
  pairwise(test, train, (left, right) => {
    let squares = 0;
    for (let index = 0; index < left.length; index++) squares += (left[index] - right[index]) ** 2;
    return Math.sqrt(squares);
  });

/**
 * The cosine of the angle of every pair. A vector of zeros has no direction: Captum puts `replaceNan` in place of all
 * its elements divided by its length, and so do we.
 */
export const cosineSimilarity = (test: Tensor<'float32'>, train: Tensor<'float32'>, replaceNan = 0): Tensor<'float32'> =>
  pairwise(normalized(test, replaceNan), normalized(train, replaceNan), (left, right) => {
    let sum = 0;
    for (let index = 0; index < left.length; index++) sum += left[index] * right[index];
    return sum;
  });

/** Whether all elements of each example are zero. */
export const areZero = ({ data, shape }: Tensor<'float32'>): boolean[] => Array.from({ length: shape[0] }, (_, row) => rowOf(data, shape, row).every((value) => value === 0));

function pairwise(test: Tensor<'float32'>, train: Tensor<'float32'>, compare: (left: Float32Array, right: Float32Array) => number): Tensor<'float32'> {
  const [rows, columns] = [test.shape[0], train.shape[0]];
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const left = rowOf(test.data, test.shape, row);
    for (let column = 0; column < columns; column++) result[row * columns + column] = compare(left, rowOf(train.data, train.shape, column));
  }
  return float32(result, [rows, columns]);
}

function normalized(value: Tensor<'float32'>, replaceNan: number): Tensor<'float32'> {
  const result = Float32Array.from(value.data);
  for (let row = 0; row < value.shape[0]; row++) {
    const part = rowOf(result, value.shape, row);
    const length = Math.sqrt(part.reduce((sum, element) => sum + element * element, 0));
    for (const [index, element] of part.entries()) part[index] = length === 0 ? replaceNan : element / length;
  }
  return float32(result, value.shape);
}

function rowOf(data: Float32Array, shape: readonly number[], row: number): Float32Array {
  const size = sizeOf(shape.slice(1));
  return data.subarray(row * size, (row + 1) * size);
}
