import { LensError } from '../../protocol/errors';
import { throwIfCancelled, type Job } from '../attribution/job';
import type { ModelSource } from '../models/modelOf';
import { InfluenceFunction, type HessianProduct, type InfluenceFunctionConstruction } from './influenceFunction';
import type { LabelledExamples } from './labelledExamples';
import { requireCount } from './mostInfluential';
import { topEigen, type TopEigenOptions } from './topEigen';

/** More parameters than this make a Hessian of more than 128 MB, whose eigenvectors take many minutes. */
const MOST_PARAMETERS = 4096;

/**
 * Influence functions with the whole Hessian, for small models or few layers: H is computed column by column and
 * decomposed, H = V diag(l) V^T, and R = V diag(l)^(-1/2) of its `projectionDim` largest eigenvalues.
 */
export class NaiveInfluenceFunction extends InfluenceFunction {
  private readonly options: Required<TopEigenOptions>;

  /** `hessianReg` defaults to 1e-6, `hessianInverseTol` to 1e-5. */
  constructor(model: ModelSource, trainDataset: LabelledExamples, construction: InfluenceFunctionConstruction & TopEigenOptions = {}) {
    super(model, trainDataset, construction);
    const { projectionDim = 50, hessianReg = 1e-6, hessianInverseTol = 1e-5 } = construction;
    requireCount('projectionDim', projectionDim);
    this.options = { projectionDim, hessianReg, hessianInverseTol };
  }

  protected override async inverseRoot(product: HessianProduct, size: number, job: Job): Promise<Float64Array[]> {
    if (size > MOST_PARAMETERS) throw new LensError('invalid-argument', `NaiveInfluenceFunction: the Hessian of at most ${MOST_PARAMETERS} parameters is computed, these are ${size}`, 'Choose layers with the option layers, or use ArnoldiInfluenceFunction.');
    const columns: Float64Array[] = [];
    for (let column = 0; column < size; column++) {
      throwIfCancelled(job);
      columns.push(await product(new Float64Array(size).fill(1, column, column + 1), job, 'example'));
      job.onProgress?.({ fraction: (column + 1) / size, message: `column ${column + 1} of ${size} of the Hessian` });
    }
    const { values, vectors } = topEigen(columns, this.options, 'Hessian');
    return vectors.map((vector, index) => vector.map((element) => element / Math.sqrt(values[index])));
  }
}
