import type { ModelSource } from '../../models/modelOf';
import { ablate } from '../ablation';
import { Attribution, type Findings, type LayerOptions, type Task } from '../attribution';
import { readReferences, type Baselines } from '../baselines';
import type { PerturbationOptions } from '../featureAblation';
import { readFeatures, type FeatureMask } from '../featureMask';
import type { LayerNames } from '../place';
import type { ToLayers } from '../results';
import { reentered } from './reentered';

export interface LayerFeatureAblationOptions extends PerturbationOptions, LayerOptions {
  /** What removed elements of the layer are replaced by. Default: zero. */
  layerBaselines?: Baselines;
  /** Which elements of the layer are removed together: of the layer's shape, or with axes of length 1 to repeat. Default: each for itself. */
  layerMask?: FeatureMask | null;
}

/**
 * Feature ablation of a layer h, for models F(x) = g(h(x)): what the output loses when elements of the layer are replaced
 * by their baseline,
 *
 *     attribution_i = g(h(x)) - g(h(x) with all elements of the feature of i at the baseline).
 *
 * The result has the layer's shape. Needs no gradients. Without a target every output is attributed, as in
 * FeatureAblation.
 */
export class LayerFeatureAblation<L extends LayerNames = LayerNames> extends Attribution<LayerFeatureAblationOptions, ToLayers<L>> {
  override readonly name = 'LayerFeatureAblation';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'layerBaselines', 'layerMask', 'perturbationsPerEval'];
  override readonly needsTarget = false;

  constructor(model: ModelSource, layer: L) {
    super(model);
    this.layer = layer;
  }

  protected override async explain(task: Task<LayerFeatureAblationOptions>): Promise<Findings> {
    const { layerBaselines, layerMask, perturbationsPerEval } = task.options;
    const { values, model, task: onward, examplesFirst } = await reentered(task);
    const features = await readFeatures(await examplesFirst(layerMask, 'layerMask'), values, model, 'layerMask');
    const { tensors, name } = await readReferences(await examplesFirst(layerBaselines, 'layerBaselines'), values, model);
    return { attributions: await ablate(onward, features, (_, example) => ({ tensors, example }), perturbationsPerEval), baselineName: name };
  }
}
