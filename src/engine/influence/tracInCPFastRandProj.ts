import { LensError } from '../../protocol/errors';
import { randomSource, type RandomSource, type Seed } from '../attribution/random';
import type { ModelSource } from '../models/modelOf';
import { float32, type Tensor } from '../tensor';
import type { Checkpoint } from './checkpoints';
import type { InfluenceOptions } from './dataInfluence';
import { dot } from './exampleGradients';
import type { ExampleLoss } from './exampleLoss';
import type { LabelledExamples } from './labelledExamples';
import { requireCount } from './mostInfluential';
import type { TracInConstruction } from './tracIn';
import { TracInCPFast, type FinalLayer } from './tracInCPFast';

export interface RandProjConstruction extends TracInConstruction {
  /** The most numbers that an example is kept as at each checkpoint. Default: as many as its gradient has. */
  projectionDim?: number;
  /** The same seed projects the same. Default: 0. */
  seed?: Seed;
}

/** Projections of the two factors of a gradient, [features][projected]. */
interface Projections {
  readonly jacobian: Float64Array[];
  readonly input: Float64Array[];
}

/**
 * {@link TracInCPFast} by embeddings: the outer product of dLoss/d(layer's output) and the layer's input, times the root
 * of the learning rate, of all checkpoints in a row. The inner product of two embeddings is the influence. With
 * `projectionDim`, both factors are first multiplied by random matrices with elements N(0, 1 / columns), so that
 * influence is only kept in expectation (Johnson, Lindenstrauss, 1984), and embeddings are short.
 *
 * The embeddings of the training examples are kept after the first use: for many calls on one training set.
 */
export class TracInCPFastRandProj extends TracInCPFast {
  private readonly projectionDim: number | undefined;
  private readonly random: RandomSource;
  private projections: Projections | undefined;
  private trained: Promise<Float32Array[]> | undefined;

  constructor(model: ModelSource, finalFcLayer: string, trainDataset: LabelledExamples, checkpoints: readonly Checkpoint[], construction: RandProjConstruction = {}) {
    super(model, finalFcLayer, trainDataset, checkpoints, construction);
    if (construction.projectionDim !== undefined) requireCount('projectionDim', construction.projectionDim);
    this.projectionDim = construction.projectionDim;
    this.random = randomSource(construction.seed);
  }

  /** Not for projections, which only approximate it without sparing anything. @throws LensError `invalid-argument` */
  override selfInfluence(): Promise<never> {
    return Promise.reject(new LensError('invalid-argument', '`TracInCPFastRandProj` should not be used for self influence scores. Instead, please use `TracInCPFast`'));
  }

  /** The embeddings of examples: [examples, numbers]. */
  async computeIntermediateQuantities(examples: LabelledExamples): Promise<Tensor<'float32'>> {
    await this.trainEmbeddings(); // draws the projections first
    const rows = await this.embeddings(this.lossFn, examples, 'example');
    return float32(Float32Array.from(rows.flatMap((row) => [...row])), [rows.length, rows[0].length]);
  }

  protected override async scores(tests: LabelledExamples, _options: InfluenceOptions): Promise<Tensor<'float32'>> {
    const train = await this.trainEmbeddings();
    const test = await this.embeddings(this.testLossFn, tests, 'test example');
    return float32(test.flatMap((row) => train.map((other) => dot(row, other))), [test.length, train.length]);
  }

  private trainEmbeddings(): Promise<Float32Array[]> {
    const embeddings = this.trained ?? this.embeddings(this.lossFn, this.trainDataset, 'training example');
    this.trained = embeddings;
    embeddings.catch(() => (this.trained = undefined)); // a call that was cancelled does not keep the next from trying
    return embeddings;
  }

  private async embeddings(loss: ExampleLoss, examples: LabelledExamples, noun: string): Promise<Float32Array[]> {
    const parts: number[][] = [];
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const root = Math.sqrt(learningRate);
      const layers = await this.finalLayers(model, loss, examples, job, noun);
      this.projections ??= this.project(layers[0]);
      for (const [example, { jacobian, input }] of layers.entries()) {
        const [left, right] = [projected(jacobian, this.projections?.jacobian), projected(input, this.projections?.input)];
        const embedding = (parts[example] ??= []);
        for (const a of left) for (const b of right) embedding.push(root * a * b);
      }
    });
    return parts.map((part) => Float32Array.from(part));
  }

  /** Random matrices that bring the factors to the root of projectionDim each; none when the gradient is not longer. */
  private project({ jacobian, input }: FinalLayer): Projections | undefined {
    if (this.projectionDim === undefined || jacobian.length * input.length <= this.projectionDim) return undefined;
    const most = Math.floor(Math.sqrt(this.projectionDim));
    return { jacobian: this.matrix(jacobian.length, Math.min(most, jacobian.length)), input: this.matrix(input.length, Math.min(most, input.length)) };
  }

  private matrix(rows: number, columns: number): Float64Array[] {
    const values = this.random.normal([rows, columns], 1 / Math.sqrt(columns));
    return Array.from({ length: columns }, (_, column) => Float64Array.from({ length: rows }, (_, row) => values[row * columns + column]));
  }
}

const projected = (factor: Float32Array, columns: readonly Float64Array[] | undefined): ArrayLike<number> & Iterable<number> => (columns ? columns.map((column) => dot(factor, column)) : factor);
