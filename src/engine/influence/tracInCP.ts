import { defaultBudget } from '../attribution/chunkPlan';
import { partOf } from '../attribution/job';
import type { ModelSource } from '../models/modelOf';
import { float32, type Tensor } from '../tensor';
import type { Checkpoint } from './checkpoints';
import type { InfluenceOptions } from './dataInfluence';
import { dot, ExampleGradients } from './exampleGradients';
import type { LabelledExamples } from './labelledExamples';
import { Scores, TracInCPBase, type TracInConstruction } from './tracIn';

export interface TracInCPConstruction extends TracInConstruction {
  /** The layers whose parameters count. Default: all. */
  layers?: readonly string[];
}

export interface TracInCPOptions extends InfluenceOptions {
  /** Whether the scores of all test examples are summed, into one row. Default: false. */
  aggregate?: boolean;
}

/**
 * TracInCP (Pruthi, Liu, Kale, Sundararajan, "Estimating Training Data Influence by Tracing Gradient Descent", NeurIPS
 * 2020): how much training on an example z lowered the loss of a test example z', from the checkpoints of the training,
 *
 *     influence(z, z') = sum over checkpoints of learningRate * <grad loss(z), grad loss(z')>,
 *
 * with gradients with respect to the parameters.
 *
 * ```ts
 * const checkpoints = [{ model: 'epoch1.onnx', learningRate: 0.1 }, { model: 'epoch2.onnx', learningRate: 0.05 }];
 * const tracin = new TracInCP(model, { inputs, labels }, checkpoints);
 * const { indices } = await tracin.influence({ inputs: tests, labels: testLabels }, { k: 5 });
 * ```
 */
export class TracInCP extends TracInCPBase<TracInCPOptions> {
  private readonly layers: readonly string[] | undefined;

  constructor(model: ModelSource, trainDataset: LabelledExamples, checkpoints: readonly Checkpoint[], construction: TracInCPConstruction = {}) {
    super(model, trainDataset, checkpoints, construction);
    this.layers = construction.layers;
  }

  /** How much training on an example lowered its own loss, the sum of learningRate * |grad loss|^2: [examples]. Large for outliers and wrong labels. */
  async selfInfluence(examples: LabelledExamples = this.trainDataset): Promise<Tensor<'float32'>> {
    const scores = new Scores();
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const gradients = await ExampleGradients.of(model, this.lossFn, this.layers, examples);
      scores.start(1, gradients.count);
      await gradients.forEach({ start: 0, count: gradients.count, job, noun: 'example' }, (example, gradient) => scores.add(0, example, learningRate * dot(gradient, gradient)));
    });
    const { data } = scores.asTensor();
    return float32(data, [data.length]);
  }

  /** learningRate * grad loss of every example, all checkpoints in a row: [examples, checkpoints * parameters]. */
  async computeIntermediateQuantities(examples: LabelledExamples): Promise<Tensor<'float32'>> {
    const checkpoints: Float32Array[][] = [];
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const gradients = await ExampleGradients.of(model, this.lossFn, this.layers, examples);
      const rows: Float32Array[] = [];
      await gradients.forEach({ start: 0, count: gradients.count, job, noun: 'example' }, (example, gradient) => (rows[example] = gradient.map((value) => learningRate * value)));
      checkpoints.push(rows);
    });
    const [{ length: count, 0: { length: size } }] = checkpoints;
    const found = new Float32Array(count * checkpoints.length * size);
    for (const [index, rows] of checkpoints.entries()) for (const [example, row] of rows.entries()) found.set(row, (example * checkpoints.length + index) * size);
    return float32(found, [count, checkpoints.length * size]);
  }

  protected override async scores(tests: LabelledExamples, { aggregate = false }: TracInCPOptions): Promise<Tensor<'float32'>> {
    const scores = new Scores();
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const test = await ExampleGradients.of(model, this.testLossFn, this.layers, tests);
      const train = await ExampleGradients.of(model, this.lossFn, this.layers, this.trainDataset);
      scores.start(aggregate ? 1 : test.count, train.count);
      // The gradients of as many tests as the memory holds are kept while the training examples pass by.
      const most = aggregate ? test.count : Math.max(1, Math.floor(defaultBudget().bytes / (Float32Array.BYTES_PER_ELEMENT * test.size)));
      const blocks = Math.ceil(test.count / most);
      for (let block = 0; block < blocks; block++) {
        const start = block * most;
        const kept: Float32Array[] = [];
        await test.forEach({ start, count: Math.min(most, test.count - start), job: partOf(job, 2 * block, 2 * blocks), noun: 'test example' }, (_, gradient) => {
          if (!aggregate || kept.length === 0) kept.push(Float32Array.from(gradient));
          else for (const [index, value] of gradient.entries()) kept[0][index] += value;
        });
        await train.forEach({ start: 0, count: train.count, job: partOf(job, 2 * block + 1, 2 * blocks), noun: 'training example' }, (example, gradient) => {
          for (const [row, own] of kept.entries()) scores.add(start + row, example, learningRate * dot(own, gradient));
        });
      }
    });
    return scores.asTensor();
  }
}
