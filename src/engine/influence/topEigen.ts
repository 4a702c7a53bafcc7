import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { LensError } from '../../protocol/errors';

export interface TopEigenOptions {
  /** The most eigenvectors that are kept. Default: 50. */
  projectionDim?: number;
  /** Added to the diagonal of the Hessian, to make it positive definite. */
  hessianReg?: number;
  /** Eigenvalues up to this are left out, which makes the inverse numerically stable. */
  hessianInverseTol?: number;
}

/**
 * The largest eigenvalues of a symmetric matrix, made positive, and their eigenvectors, each with a positive sum.
 *
 * @throws LensError `invalid-argument` when none is above the tolerance; `what` names the matrix.
 */
export function topEigen(matrix: readonly ArrayLike<number>[], { projectionDim, hessianReg, hessianInverseTol }: Required<TopEigenOptions>, what: string): { values: number[]; vectors: Float64Array[] } {
  const size = matrix.length;
  // Rounding makes it slightly asymmetric.
  const symmetric = Matrix.from1DArray(size, size, Array.from({ length: size * size }, (_, index) => {
    const [row, column] = [Math.floor(index / size), index % size];
    return (matrix[row][column] + matrix[column][row]) / 2 + (row === column ? hessianReg : 0);
  }));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const kept = realEigenvalues.map((value, column) => ({ value, column })).filter(({ value }) => value > hessianInverseTol).sort((left, right) => left.value - right.value).slice(-projectionDim);
  if (kept.length === 0) throw new LensError('invalid-argument', `${what} has no positive eigenvalues, so cannot take its square root`, 'Give more examples, or a larger hessianReg.');
  return {
    values: kept.map(({ value }) => value),
    vectors: kept.map(({ column }) => {
      const vector = Float64Array.from(eigenvectorMatrix.getColumn(column));
      return vector.reduce((sum, value) => sum + value, 0) > 0 ? vector : vector.map((value) => -value);
    }),
  };
}
