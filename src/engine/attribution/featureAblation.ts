import type { ModelSource } from '../models/modelOf';
import { ablate } from './ablation';
import { Attribution, type AttributionOptions, type Findings, type NeuronOptions, type Task } from './attribution';
import { float32Only, readReferences, type Baselines } from './baselines';
import { readFeatures, type FeatureMask } from './featureMask';

/** Options of the algorithms that evaluate perturbed copies of the inputs. */
export interface PerturbationOptions extends AttributionOptions {
  /** The most perturbed copies of the batch that run at once. Default: as many as fit into memory. Does not change the result. */
  perturbationsPerEval?: number;
  returnConvergenceDelta?: never;
}

export interface FeatureAblationOptions extends PerturbationOptions {
  /** What a removed feature is replaced by. Default: zero. */
  baselines?: Baselines;
  /** Which elements are removed together. Default: each for itself. */
  featureMask?: FeatureMask | null;
}

/**
 * Feature ablation: what the output loses when a feature is replaced by its baseline,
 *
 *     attribution_i = F(x) - F(x with all elements of the feature of i at the baseline).
 *
 * Needs no gradients. Without a target every output is attributed: the first axis of the result then counts examples
 * times outputs. For a model that returns one number for the whole batch its length is 1.
 */
export class FeatureAblation<O extends FeatureAblationOptions = FeatureAblationOptions> extends Attribution<O> {
  override readonly name: string = 'FeatureAblation';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'featureMask', 'perturbationsPerEval'];
  override readonly needsTarget = false;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { inputs, model, options } = task;
    const features = await readFeatures(options.featureMask, inputs, model);
    const { tensors, name } = await readReferences(options.baselines, inputs, model);
    return {
      attributions: await ablate(task, features, (_, example) => ({ tensors, example }), options.perturbationsPerEval),
      baselines: float32Only(tensors),
      baselineName: name,
    };
  }
}

/** Feature ablation of a neuron in place of the output: what the neuron loses when a feature is replaced by its baseline. */
export class NeuronFeatureAblation extends FeatureAblation<FeatureAblationOptions & NeuronOptions> {
  override readonly name = 'NeuronFeatureAblation';

  constructor(model: ModelSource, layer: string) {
    super(model);
    this.neuronLayer = layer;
  }
}
