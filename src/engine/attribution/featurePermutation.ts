import type { ModelSource } from '../models/modelOf';
import { ablate, type ElementGroups } from './ablation';
import { Attribution, type Findings, type Task } from './attribution';
import type { PerturbationOptions } from './featureAblation';
import { readFeatures, type FeatureMask } from './featureMask';
import { randomSource, type RandomSource, type Seed } from './random';

export interface FeaturePermutationOptions extends PerturbationOptions {
  /** Which elements are shuffled together. Default: each for itself. */
  featureMask?: FeatureMask | null;
  /** The same seed shuffles the same. Default: 0. */
  seed?: Seed;
}

/**
 * Feature permutation (Breiman, "Random Forests", 2001; Fisher, Rudin, Dominici, "All Models are Wrong, but Many are
 * Useful", 2019): what the output loses when the values of a feature are shuffled among the examples of the batch,
 *
 *     attribution_i = F(x) - F(x with the feature of i taken from another example).
 *
 * Every feature gets its own order of the examples, never the given one. A batch of one has nothing to shuffle: its
 * attributions are zero.
 */
export class FeaturePermutation extends Attribution<FeaturePermutationOptions> {
  override readonly name = 'FeaturePermutation';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'featureMask', 'perturbationsPerEval', 'seed'];
  protected override readonly needsTarget = false;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<FeaturePermutationOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const random = randomSource(options.seed);
    const features = await readFeatures(options.featureMask, inputs, model);
    const examples = inputs[0].shape[0];
    const groups = examples > 1 ? features : nothing(features);
    const orders = Array.from({ length: groups.count }, () => shuffled(examples, random));
    const taken = (group: number, example: number): { tensors: typeof inputs; example: number } => ({ tensors: inputs, example: orders[group][example] });
    return { attributions: await ablate(task, groups, taken, options.perturbationsPerEval) };
  }
}

const nothing = ({ noun, isShared }: ElementGroups): ElementGroups => ({ noun, isShared, count: 0, elementsOf: () => new Int32Array(0) });

/** An order of the examples in which at least two have changed places. */
export function shuffled(examples: number, random: RandomSource): ArrayLike<number> {
  for (;;) {
    const order = random.permutation(examples);
    if (Array.from(order).some((example, place) => example !== place)) return order;
  }
}
