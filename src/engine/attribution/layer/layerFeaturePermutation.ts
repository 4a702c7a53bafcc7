import type { ModelSource } from '../../models/modelOf';
import { Attribution, type Findings, type LayerOptions, type Task } from '../attribution';
import type { PerturbationOptions } from '../featureAblation';
import { readFeatures, type FeatureMask } from '../featureMask';
import { permute, type PermutationConstruction } from '../featurePermutation';
import type { LayerNames } from '../place';
import type { ToLayers } from '../results';
import type { Seed } from '../random';
import { reentered } from './reentered';

export interface LayerFeaturePermutationOptions extends PerturbationOptions, LayerOptions {
  /** Which elements of the layer are shuffled together: of the layer's shape, or with axes of length 1 to repeat. Default: each for itself. */
  layerMask?: FeatureMask | null;
  /** The same seed shuffles the same. Default: 0. */
  seed?: Seed;
}

/**
 * Feature permutation of a layer h, for models F(x) = g(h(x)) (Breiman, "Random Forests", 2001, at a layer): what the
 * output loses when elements of the layer are shuffled among the examples of the batch,
 *
 *     attribution_i = g(h(x)) - g(h(x) with the feature of i taken from another example).
 *
 * The result has the layer's shape. A batch of one has nothing to shuffle: its attributions are zero.
 */
export class LayerFeaturePermutation<L extends LayerNames = LayerNames> extends Attribution<LayerFeaturePermutationOptions, ToLayers<L>> {
  override readonly name = 'LayerFeaturePermutation';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'layerMask', 'perturbationsPerEval', 'seed'];
  override readonly needsTarget = false;

  constructor(
    model: ModelSource,
    layer: L,
    private readonly construction: PermutationConstruction = {},
  ) {
    super(model);
    this.layer = layer;
  }

  protected override async explain(task: Task<LayerFeaturePermutationOptions>): Promise<Findings> {
    const { values, model, task: onward, examplesFirst } = await reentered(task);
    const features = await readFeatures(await examplesFirst(task.options.layerMask, 'layerMask'), values, model, 'layerMask');
    return { attributions: await permute(onward, features, this.construction.permFunc, task.options) };
  }
}
