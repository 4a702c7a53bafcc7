import { LensError } from '../../protocol/errors';
import { partOf, type Job } from '../attribution/job';
import { PLAIN } from '../attribution/modelFunction';
import { layerValue, type LayerPlace } from '../models/derived/layerValue';
import type { Model } from '../models/model';
import type { ModelSource } from '../models/modelOf';
import { float32, formatShape, type Tensor } from '../tensor';
import type { Checkpoint } from './checkpoints';
import type { InfluenceOptions } from './dataInfluence';
import { dot } from './exampleGradients';
import type { ExampleLoss } from './exampleLoss';
import { ExampleLosses, type LabelledExamples } from './labelledExamples';
import { Scores, TracInCPBase, type TracInConstruction } from './tracIn';

/** What the gradient of a linear layer's weights is the outer product of. */
export interface FinalLayer {
  /** dLoss/d(output of the layer). */
  readonly jacobian: Float32Array;
  /** The input of the layer. */
  readonly input: Float32Array;
}

/**
 * TracInCP with the gradients of the weights of the last fully-connected layer only ("TracIn for last layers" of the
 * same paper). The gradient is the outer product of dLoss/d(layer's output) and the layer's input h, so that
 *
 *     influence(z, z') = sum over checkpoints of learningRate * <dLoss(z), dLoss(z')> * <h(z), h(z')>,
 *
 * which needs no gradients of parameters: many examples run at once. The layer's bias is left out, as Captum does.
 */
export class TracInCPFast<Options extends InfluenceOptions = InfluenceOptions> extends TracInCPBase<Options> {
  constructor(
    model: ModelSource,
    private readonly finalFcLayer: string,
    trainDataset: LabelledExamples,
    checkpoints: readonly Checkpoint[],
    construction: TracInConstruction = {},
  ) {
    super(model, trainDataset, checkpoints, construction);
  }

  /** As `selfInfluence` of TracInCP, of the last layer: the sum of learningRate * |dLoss|^2 |h|^2, [examples]. */
  async selfInfluence(examples: LabelledExamples = this.trainDataset): Promise<Tensor<'float32'>> {
    const scores = new Scores();
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const layers = await this.finalLayers(model, this.lossFn, examples, job, 'example');
      scores.start(1, layers.length);
      for (const [example, { jacobian, input }] of layers.entries()) scores.add(0, example, learningRate * dot(jacobian, jacobian) * dot(input, input));
    });
    const { data } = scores.asTensor();
    return float32(data, [data.length]);
  }

  protected override async scores(tests: LabelledExamples, _options: Options): Promise<Tensor<'float32'>> {
    const scores = new Scores();
    await this.atCheckpoints(async ({ model, learningRate }, job) => {
      const test = await this.finalLayers(model, this.testLossFn, tests, partOf(job, 0, 2), 'test example');
      const train = await this.finalLayers(model, this.lossFn, this.trainDataset, partOf(job, 1, 2), 'training example');
      scores.start(test.length, train.length);
      for (const [row, own] of test.entries()) {
        for (const [column, other] of train.entries()) scores.add(row, column, learningRate * dot(own.jacobian, other.jacobian) * dot(own.input, other.input));
      }
    });
    return scores.asTensor();
  }

  /** The gradient of every example at the last layer, in its two factors. */
  protected async finalLayers(model: Model, loss: ExampleLoss, examples: LabelledExamples, job: Job, noun: string): Promise<FinalLayer[]> {
    const losses = await ExampleLosses.of(model, loss, examples);
    const places: LayerPlace[] = [{ layer: this.finalFcLayer, isInput: false }, { layer: this.finalFcLayer, isInput: true }];
    const graph = await model.graph(losses.inputsOfOne);
    for (const place of places) {
      const { shape } = layerValue(model, place)(graph);
      if (shape.length !== 2) throw new LensError('invalid-argument', `finalFcLayer '${this.finalFcLayer}' must be a fully-connected layer of [examples, features], its ${place.isInput ? 'input' : 'output'} has the shape ${formatShape(shape)} for one example`);
    }
    const found: FinalLayer[] = [];
    const { rows, passes } = await losses.visit({ start: 0, count: losses.count, job, noun }, losses.model);
    await passes.gradients(rows, undefined, (row, _, [jacobian], [, input]) => (found[row] = { jacobian: Float32Array.from(jacobian), input: Float32Array.from(input) }), { ...PLAIN, layers: places });
    return found;
  }
}
