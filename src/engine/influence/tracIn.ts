import { sharedEngine } from '../attribution/engine';
import { currentJob, partOf, type Job } from '../attribution/job';
import type { ModelSource } from '../models/modelOf';
import { float32, type Tensor } from '../tensor';
import { loadCheckpoints, type Checkpoint, type LoadedCheckpoint } from './checkpoints';
import { DataInfluence, type InfluenceOptions } from './dataInfluence';
import { requireLoss, type ExampleLoss } from './exampleLoss';
import type { LabelledExamples } from './labelledExamples';

export interface TracInConstruction {
  /** The loss that the model was trained with. Default: `cross_entropy`. */
  lossFn?: ExampleLoss;
  /** The loss of test examples. Default: `lossFn`. */
  testLossFn?: ExampleLoss;
}

/** What the methods of the TracIn family have in common: a training set, losses and the checkpoints of the training. */
export abstract class TracInCPBase<Options extends InfluenceOptions = InfluenceOptions> extends DataInfluence<Options> {
  protected readonly lossFn: ExampleLoss;
  protected readonly testLossFn: ExampleLoss;
  private loaded: Promise<LoadedCheckpoint[]> | undefined;

  /** @param model The trained model; checkpoints that only name weights are this model with these. */
  constructor(
    private readonly model: ModelSource,
    readonly trainDataset: LabelledExamples,
    private readonly checkpoints: readonly Checkpoint[],
    { lossFn = 'cross_entropy', testLossFn = lossFn }: TracInConstruction,
  ) {
    super();
    requireLoss('lossFn', lossFn);
    requireLoss('testLossFn', testLossFn);
    [this.lossFn, this.testLossFn] = [lossFn, testLossFn];
  }

  /** Runs an action at each checkpoint, in order and alone on its model. */
  protected async atCheckpoints(action: (checkpoint: LoadedCheckpoint, job: Job, index: number) => Promise<void>): Promise<void> {
    const loading = (this.loaded ??= loadCheckpoints(this.model, this.checkpoints));
    loading.catch(() => (this.loaded = undefined)); // files may be there the next time
    const [job, engine, loaded] = [currentJob(), await sharedEngine(), await loading];
    for (const [index, checkpoint] of loaded.entries()) await engine.inTurn(checkpoint.model, () => action(checkpoint, partOf(job, index, loaded.length), index));
  }
}

/** Scores to which the checkpoints are added one by one: [tests, training examples]. */
export class Scores {
  private values = new Float64Array(0);
  private rows = 0;
  private columns = 0;

  /** Makes room; the same for every checkpoint. */
  start(rows: number, columns: number): void {
    if (this.values.length === 0) this.values = new Float64Array(rows * columns);
    [this.rows, this.columns] = [rows, columns];
  }

  add(row: number, column: number, value: number): void {
    this.values[row * this.columns + column] += value;
  }

  asTensor(): Tensor<'float32'> {
    return float32(Float32Array.from(this.values), [this.rows, this.columns]);
  }
}
