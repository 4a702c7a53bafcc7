import { LensError } from '../../protocol/errors';
import { throwIfCancelled, type Job } from '../attribution/job';
import { randomSource, type Seed } from '../attribution/random';
import type { ModelSource } from '../models/modelOf';
import { dot } from './exampleGradients';
import { InfluenceFunction, type HessianProduct, type InfluenceFunctionConstruction } from './influenceFunction';
import type { LabelledExamples } from './labelledExamples';
import { requireCount } from './mostInfluential';
import { topEigen, type TopEigenOptions } from './topEigen';

export interface ArnoldiConstruction extends InfluenceFunctionConstruction, TopEigenOptions {
  /** The dimension of the Krylov subspace at most. Default: 200. */
  arnoldiDim?: number;
  /** The iteration ends when what a step adds is shorter than this. Default: 0.1. */
  arnoldiTol?: number;
  /** The same seed begins at the same vector. Default: 0. */
  seed?: Seed;
}

/**
 * Influence functions by Arnoldi iteration (Schioppa, Zablotskaia, Vilar, Sokolov, "Scaling Up Influence Functions",
 * AAAI 2022): an orthonormal basis Q of the Krylov subspace of the Hessian, b, Hb, H^2 b, ... from a random b, is built
 * with products of the Hessian and a vector only; the Hessian within it, Q^T H Q = V diag(l) V^T, is small, and
 * R = Q V diag(l)^(-1/2) of its `projectionDim` largest eigenvalues. For models with many parameters; keeps
 * `arnoldiDim` vectors of their length.
 */
export class ArnoldiInfluenceFunction extends InfluenceFunction {
  private readonly options: Required<TopEigenOptions>;
  private readonly arnoldiDim: number;
  private readonly arnoldiTol: number;
  private readonly seed: Seed | undefined;

  /** `hessianReg` defaults to 1e-3, `hessianInverseTol` to 1e-4. */
  constructor(model: ModelSource, trainDataset: LabelledExamples, construction: ArnoldiConstruction = {}) {
    super(model, trainDataset, construction);
    const { projectionDim = 50, hessianReg = 1e-3, hessianInverseTol = 1e-4, arnoldiDim = 200, arnoldiTol = 0.1, seed } = construction;
    requireCount('projectionDim', projectionDim);
    requireCount('arnoldiDim', arnoldiDim);
    if (!(arnoldiTol >= 0)) throw new LensError('invalid-argument', `arnoldiTol must be at least 0, got ${arnoldiTol}`);
    this.options = { projectionDim, hessianReg, hessianInverseTol };
    [this.arnoldiDim, this.arnoldiTol, this.seed] = [arnoldiDim, arnoldiTol, seed];
  }

  protected override async inverseRoot(product: HessianProduct, size: number, job: Job): Promise<Float64Array[]> {
    const { basis, hessian } = await this.iterate(product, size, job);
    const { values, vectors } = topEigen(hessian, this.options, 'Restriction of Hessian to Krylov subspace');
    return vectors.map((vector, index) => {
      const column = new Float64Array(size);
      for (const [place, q] of basis.entries()) addTo(column, q, vector[place] / Math.sqrt(values[index]));
      return column;
    });
  }

  /** An orthonormal basis of the Krylov subspace, and the Hessian in it. */
  private async iterate(product: HessianProduct, size: number, job: Job): Promise<{ basis: Float64Array[]; hessian: Float64Array[] }> {
    const start = Float64Array.from(randomSource(this.seed).normal([size], 1));
    const basis = [scaled(start, 1 / Math.sqrt(dot(start, start)))];
    const columns: number[][] = [];
    for (let step = 0; step < Math.min(this.arnoldiDim, size); step++) {
      throwIfCancelled(job);
      const next = await product(basis[step], job, 'example');
      columns[step] = basis.map((q) => {
        const coordinate = dot(q, next);
        addTo(next, q, -coordinate);
        return coordinate;
      });
      job.onProgress?.({ fraction: (step + 1) / this.arnoldiDim, message: `Arnoldi iteration ${step + 1} of at most ${this.arnoldiDim}` });
      const length = Math.sqrt(dot(next, next));
      if (length < this.arnoldiTol || basis.length === size) break;
      columns[step].push(length);
      basis.push(scaled(next, 1 / length));
    }
    const count = columns.length;
    return { basis: basis.slice(0, count), hessian: Array.from({ length: count }, (_, row) => Float64Array.from({ length: count }, (_, column) => columns[column][row] ?? 0)) };
  }
}

const scaled = (vector: Float64Array, factor: number): Float64Array => vector.map((element) => element * factor);

function addTo(sum: Float64Array, vector: Float64Array, factor: number): void {
  for (let index = 0; index < sum.length; index++) sum[index] += factor * vector[index];
}
