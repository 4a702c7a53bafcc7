import { rowsPerChunk, defaultBudget } from '../attribution/chunkPlan';
import { sharedEngine } from '../attribution/engine';
import { currentJob, partOf, type Job } from '../attribution/job';
import { hessianProductModel } from '../models/derived/parameterGradientModel';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, type Tensor } from '../tensor';
import { DataInfluence, type InfluenceOptions } from './dataInfluence';
import { dot, ExampleGradients } from './exampleGradients';
import { requireLoss, type ExampleLoss } from './exampleLoss';
import type { LabelledExamples } from './labelledExamples';

export interface InfluenceFunctionConstruction {
  /** The loss that the model was trained with. Default: `cross_entropy`. */
  lossFn?: ExampleLoss;
  /** The loss of test examples. Default: `lossFn`. */
  testLossFn?: ExampleLoss;
  /** The layers whose parameters count. Default: all. */
  layers?: readonly string[];
  /** The examples that the Hessian is computed from. Default: the training examples. */
  hessianDataset?: LabelledExamples;
}

/** The product of the Hessian with a vector over parameters. */
export type HessianProduct = (vector: Float64Array, job: Job, noun: string) => Promise<Float64Array>;

/**
 * Influence functions (Koh, Liang, "Understanding Black-box Predictions via Influence Functions", ICML 2017): how much
 * upweighting a training example z lowers the loss of a test example z' at a minimum of the training loss,
 *
 *     influence(z, z') = grad loss(z')^T H^-1 grad loss(z),
 *
 * with the Hessian H of the loss summed over the training examples. Subclasses approximate H^-1 by R R^T; the embedding
 * of an example is R^T grad loss, and influence the inner product of two embeddings.
 */
export abstract class InfluenceFunction extends DataInfluence {
  private readonly lossFn: ExampleLoss;
  private readonly testLossFn: ExampleLoss;
  private columns: Promise<Float64Array[]> | undefined;

  protected constructor(
    private readonly model: ModelSource,
    private readonly trainDataset: LabelledExamples,
    private readonly construction: InfluenceFunctionConstruction,
  ) {
    super();
    const { lossFn = 'cross_entropy', testLossFn = lossFn } = construction;
    requireLoss('lossFn', lossFn);
    requireLoss('testLossFn', testLossFn);
    [this.lossFn, this.testLossFn] = [lossFn, testLossFn];
  }

  /** The columns of R, with R R^T near H^-1, for parameters of `size` elements. */
  protected abstract inverseRoot(product: HessianProduct, size: number, job: Job): Promise<Float64Array[]>;

  /** How much an example influences itself, |R^T grad loss|^2: [examples]. Large for outliers and wrong labels. */
  async selfInfluence(examples: LabelledExamples = this.trainDataset): Promise<Tensor<'float32'>> {
    const rows = await this.inTurn(async (job) => this.embeddings(this.lossFn, examples, partOf(job, 1, 2), await this.root(partOf(job, 0, 2))));
    return float32(rows.map((row) => dot(row, row)), [rows.length]);
  }

  /** The embeddings of examples, [examples, columns of R]; those of test examples (`test`) are by `testLossFn`. */
  async computeIntermediateQuantities(examples: LabelledExamples, { test = false }: { test?: boolean } = {}): Promise<Tensor<'float32'>> {
    const loss = test ? this.testLossFn : this.lossFn;
    const rows = await this.inTurn(async (job) => this.embeddings(loss, examples, partOf(job, 1, 2), await this.root(partOf(job, 0, 2))));
    return float32(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, rows[0].length]);
  }

  protected override scores(tests: LabelledExamples, _options: InfluenceOptions): Promise<Tensor<'float32'>> {
    return this.inTurn(async (job) => {
      const root = await this.root(partOf(job, 0, 3));
      const test = await this.embeddings(this.testLossFn, tests, partOf(job, 1, 3), root);
      const train = await this.embeddings(this.lossFn, this.trainDataset, partOf(job, 2, 3), root);
      return float32(test.flatMap((row) => train.map((other) => dot(row, other))), [test.length, train.length]);
    });
  }

  private async inTurn<T>(action: (job: Job) => Promise<T>): Promise<T> {
    const [engine, model] = await Promise.all([sharedEngine(), modelOf(this.model)]);
    const job = currentJob();
    return engine.inTurn(model, () => action(job));
  }

  /** The columns of R, computed once. */
  private root(job: Job): Promise<Float64Array[]> {
    const columns = this.columns ?? this.computeRoot(job);
    this.columns = columns;
    columns.catch(() => (this.columns = undefined)); // a call that was cancelled does not keep the next from trying
    return columns;
  }

  private async computeRoot(job: Job): Promise<Float64Array[]> {
    const gradients = await ExampleGradients.of(await modelOf(this.model), this.lossFn, this.construction.layers, this.construction.hessianDataset ?? this.trainDataset);
    return this.inverseRoot(await hessianProductOf(gradients), gradients.size, job);
  }

  private async embeddings(loss: ExampleLoss, examples: LabelledExamples, job: Job, root: readonly Float64Array[]): Promise<Float64Array[]> {
    const gradients = await ExampleGradients.of(await modelOf(this.model), loss, this.construction.layers, examples);
    const rows: Float64Array[] = [];
    await gradients.forEach({ start: 0, count: gradients.count, job, noun: 'example' }, (example, gradient) => (rows[example] = Float64Array.from(root, (column) => dot(gradient, column))));
    return rows;
  }
}

/** Products with the Hessian of the sum of the losses; as many examples at once as the memory holds, one of a loss that reduces them. */
async function hessianProductOf({ losses, parameters, size }: ExampleGradients): Promise<HessianProduct> {
  const engine = await sharedEngine();
  const model = hessianProductModel(losses.model, parameters);
  const specs = [...losses.tensors.map(({ shape, dtype }) => ({ shape: [1, ...shape.slice(1)], dtype })), { shape: [1, size], dtype: 'float32' as const }];
  const { graph } = await engine.functionOf(losses.base).of(model).forward(specs);
  const { outputShape } = await engine.functionOf(losses.base).of(losses.model).forward(losses.tensors.map(({ shape, dtype }) => ({ shape: [2, ...shape.slice(1)], dtype })));
  const most = outputShape[0] === 2 ? rowsPerChunk(losses.count, graph, defaultBudget()) : 1;
  return async (vector, job, noun) => {
    const sum = new Float64Array(size);
    for (let start = 0; start < losses.count; start += most) {
      const count = Math.min(most, losses.count - start);
      const { rows, passes } = await losses.visit({ start, count, job: { signal: job.signal }, noun }, model, [float32(Float32Array.from(vector), [1, size])]);
      await passes.outputs(rows, (_, product) => product.forEach((value, index) => (sum[index] += value)), { unit: count });
    }
    return sum;
  };
}
