import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { formatShape, sizeOf, tensor, type Tensor } from '../tensor';
import { ablate, type AblationTask, type ElementGroups, type Replacement } from './ablation';
import { Attribution, type Findings, type Task } from './attribution';
import type { PerturbationOptions } from './featureAblation';
import { readFeatures, type FeatureMask } from './featureMask';
import { randomSource, type RandomSource, type Seed } from './random';
import { blank } from './rows';

export interface FeaturePermutationOptions extends PerturbationOptions {
  /** Which elements are shuffled together. Default: each for itself. */
  featureMask?: FeatureMask | null;
  /** The same seed shuffles the same. Default: 0. */
  seed?: Seed;
}

/**
 * Shuffles a feature among the examples of one input. `featureMask` is true at the feature's elements, its first axis
 * is 1; of what is returned, a tensor of the input's shape and type, only these elements are taken.
 */
export type PermFunc = (input: Tensor, featureMask: Tensor<'bool'>) => Tensor | Promise<Tensor>;

/** How permutations are made. */
export interface PermutationConstruction {
  /** Default: all elements of the feature are taken from another example, in an order of the examples that is drawn. */
  permFunc?: PermFunc;
}

/**
 * Feature permutation (Breiman, "Random Forests", 2001; Fisher, Rudin, Dominici, "All Models are Wrong, but Many are
 * Useful", 2019): what the output loses when the values of a feature are shuffled among the examples of the batch,
 *
 *     attribution_i = F(x) - F(x with the feature of i taken from another example).
 *
 * Every feature gets its own order of the examples in each input that it is in, never the given one. A batch of one has
 * nothing to shuffle: its attributions are zero.
 */
export class FeaturePermutation extends Attribution<FeaturePermutationOptions> {
  override readonly name = 'FeaturePermutation';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'featureMask', 'perturbationsPerEval', 'seed'];
  override readonly needsTarget = false;

  constructor(
    model: ModelSource,
    private readonly construction: PermutationConstruction = {},
  ) {
    super(model);
  }

  protected override async explain(task: Task<FeaturePermutationOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const features = await readFeatures(options.featureMask, inputs, model);
    return { attributions: await permute(task, features, this.construction.permFunc, options) };
  }
}

/** Feature permutation of the inputs of a task, or of the first of them. */
export async function permute(task: AblationTask, features: ElementGroups, permFunc: PermFunc | undefined, { seed, perturbationsPerEval }: FeaturePermutationOptions): Promise<Tensor<'float32'>[]> {
  const { inputs, attributed } = task;
  const examples = inputs[0].shape[0];
  const groups = examples > 1 ? features : nothing(features);
  const replacement = permFunc ? await byFunction(permFunc, inputs.slice(0, attributed), groups) : byOrders(inputs, attributed ?? inputs.length, groups, randomSource(seed));
  return ablate(task, groups, replacement, perturbationsPerEval);
}

function byOrders(inputs: readonly Tensor[], attributed: number, groups: ElementGroups, random: RandomSource): Replacement {
  const examples = inputs[0].shape[0];
  const isIn = (group: number, input: number): boolean => Array.from({ length: groups.isShared ? 1 : examples }, (_, example) => groups.elementsOf(group, input, example).length).some((length) => length > 0);
  const orders = Array.from({ length: groups.count }, (_, group) => Array.from({ length: attributed }, (_, input) => (isIn(group, input) ? shuffled(examples, random) : [])));
  return (group, example, input) => ({ tensors: inputs, example: orders[group][input][example] });
}

/** Every element belongs to one feature: one tensor holds the permuted elements of all. */
async function byFunction(permFunc: PermFunc, inputs: readonly Tensor[], groups: ElementGroups): Promise<Replacement> {
  if (!groups.isShared) throw new LensError('invalid-argument', 'featureMask: with a permFunc all examples need the same mask', 'Give a mask whose first axis is 1.');
  const tensors = inputs.map(({ dtype, shape }) => blank(dtype, shape));
  for (const [input, given] of inputs.entries()) {
    const size = sizeOf(given.shape.slice(1));
    const into: { [index: number]: unknown } = tensors[input].data;
    for (let group = 0; group < groups.count; group++) {
      const elements = groups.elementsOf(group, input, 0);
      if (elements.length === 0) continue;
      const mask = new Uint8Array(size);
      for (const element of elements) mask[element] = 1;
      const { data } = checked(await permFunc(given, tensor('bool', mask, [1, ...given.shape.slice(1)])), given);
      for (let offset = 0; offset < data.length; offset += size) for (const element of elements) into[offset + element] = data[offset + element];
    }
  }
  return (_, example) => ({ tensors, example });
}

function checked(made: Tensor, { shape, dtype }: Tensor): Tensor {
  if (made.dtype === dtype && formatShape(made.shape) === formatShape(shape)) return made;
  throw new LensError('shape-mismatch', `permFunc must return a tensor as it got, ${dtype} of shape ${formatShape(shape)}, got ${made.dtype} of shape ${formatShape(made.shape)}`);
}

const nothing = ({ noun, isShared }: ElementGroups): ElementGroups => ({ noun, isShared, count: 0, elementsOf: () => new Int32Array(0) });

/** An order of the examples in which at least two have changed places. */
export function shuffled(examples: number, random: RandomSource): ArrayLike<number> {
  for (;;) {
    const order = random.permutation(examples);
    if (Array.from(order).some((example, place) => example !== place)) return order;
  }
}
