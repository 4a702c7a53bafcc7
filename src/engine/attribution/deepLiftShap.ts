import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { isFloat32, sizeOf, type Tensor } from '../tensor';
import type { AttributionOptions, Findings, LayerOptions, NeuronOptions, Task } from './attribution';
import { readDistribution, type BaselineDistribution } from './baselineDistribution';
import { DeepLift, type CustomAttributionFunc } from './deepLift';
import { zerosLike, type LayerNames } from './place';
import type { AttributedTo, ToLayers } from './results';
import { repeated, taken } from './samples';

export interface DeepLiftShapOptions extends AttributionOptions {
  /** At least two baselines for each input. */
  baselines: BaselineDistribution;
  /** Takes the place of multiplier * (input - baseline), for all pairs of an input and a baseline. */
  customAttributionFunc?: CustomAttributionFunc;
}

/**
 * DeepSHAP (Lundberg & Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017): the mean of
 * {@link DeepLift} over baselines approximates SHAP values. The convergence delta has one entry for each pair of an
 * example and a baseline, those of an example in a row.
 */
export class DeepLiftShap<O extends AttributionOptions = DeepLiftShapOptions, To extends AttributedTo = 'inputs'> extends DeepLift<O, To> {
  override readonly name: string = 'DeepLiftShap';

  constructor(model: ModelSource, { multiplyByInputs = true }: { multiplyByInputs?: boolean } = {}) {
    super(model, { multiplyByInputs });
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { inputs, model, options, select, output } = task;
    const distribution = await readDistribution((options as unknown as DeepLiftShapOptions).baselines, inputs, model, 2);
    const [examples, perExample] = [inputs[0].shape[0], distribution[0].shape[0]];
    if (distribution.some(({ shape }) => shape[0] !== perExample)) {
      throw new LensError('invalid-argument', `DeepLiftShap: all inputs must have the same number of baselines, got ${distribution.map(({ shape }) => shape[0]).join(' and ')}`);
    }
    const rows = examples * perExample;
    const expanded = inputs.filter(isFloat32).map((input) => repeated(input, perExample));
    const references = distribution.map((part) => taken(part, rows, (row) => row % perExample));
    const { attributions, startValues } = await this.explainPairs(task, expanded, references, perExample);
    const endValues = select(output);
    const delta = startValues.map((start, row) => attributions.reduce((sum, part) => sum + sumOfRow(part, row), 0) - (endValues[Math.floor(row / perExample)] - start));
    return { attributions: attributions.map((part) => meanOf(part, examples)), deltas: [delta], isComplete: false, options: { ...this.used(), baselines: perExample } };
  }
}

function sumOfRow({ data, shape }: Tensor<'float32'>, row: number): number {
  const size = sizeOf(shape.slice(1));
  return data.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value, 0);
}

/** The mean over the rows of each example. */
function meanOf(part: Tensor<'float32'>, examples: number): Tensor<'float32'> {
  const [mean] = zerosLike([part], examples);
  const perExample = part.shape[0] / examples;
  const size = sizeOf(part.shape.slice(1));
  for (const [index, value] of part.data.entries()) mean.data[Math.floor(index / (perExample * size)) * size + (index % size)] += value / perExample;
  return mean;
}

/** {@link DeepLiftShap} at a layer. */
export class LayerDeepLiftShap<L extends LayerNames = LayerNames> extends DeepLiftShap<DeepLiftShapOptions & LayerOptions, ToLayers<L>> {
  override readonly name = 'LayerDeepLiftShap';

  constructor(model: ModelSource, layer: L, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.layer = layer;
  }
}

/** {@link DeepLiftShap} of a neuron in place of the output. */
export class NeuronDeepLiftShap extends DeepLiftShap<Omit<DeepLiftShapOptions, 'target'> & NeuronOptions> {
  override readonly name = 'NeuronDeepLiftShap';

  constructor(model: ModelSource, layer: string, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.neuronLayer = layer;
  }
}
