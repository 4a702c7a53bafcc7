import { float32, sizeOf, type Tensor } from '../tensor';
import type { Task } from './attribution';
import { PerturbedCopies } from './perturbedCopies';
import { Responses } from './responses';

/** Sets of elements of the inputs; each set is perturbed as one. */
export interface ElementGroups {
  readonly count: number;
  /** What one group is called in progress: `feature`, `window`. */
  readonly noun: string;
  /** Whether all examples have the same groups. */
  readonly isShared: boolean;
  /** The elements of a group within one example of an input. */
  elementsOf(group: number, input: number, example: number): Int32Array;
}

/** What stands in for the elements of a group in one input: an example of tensors with the inputs' shapes. */
export type Replacement = (group: number, example: number, input: number) => { readonly tensors: readonly Tensor[]; readonly example: number };

/** What is ablated. */
export interface AblationTask extends Omit<Task<unknown>, 'options'> {
  /** How many of the inputs, from the first, are perturbed and attributed to. Default: all. */
  readonly attributed?: number;
}

/**
 * f(x) - f(x with a group replaced), written to all elements of the group; the mean for elements of several groups.
 * The first axis counts the numbers that f returns for the batch.
 */
export async function ablate(task: AblationTask, groups: ElementGroups, replacement: Replacement, perturbationsPerEval: number | undefined): Promise<Tensor<'float32'>[]> {
  const { inputs, attributed = inputs.length } = task;
  const responses = await Responses.of(task, groups.isShared, perturbationsPerEval);
  const sizes = inputs.slice(0, attributed).map(({ shape }) => sizeOf(shape.slice(1)));
  const sums = sizes.map((size) => new Float64Array(responses.count * size));
  const coverage = sizes.map((size) => new Uint32Array(responses.count * size));

  const copies = new PerturbedCopies(inputs, groups.count, groups.noun, (group, example, input, write) => {
    if (input >= attributed) return;
    const { tensors, example: source } = replacement(group, example, input);
    for (const element of groups.elementsOf(group, input, example)) write(element, tensors[input], source);
  });
  await responses.visit(copies, (group, response, value) => {
    const difference = responses.atInputs[response] - value;
    for (const [input, size] of sizes.entries()) {
      for (const element of groups.elementsOf(group, input, responses.exampleOf(response))) {
        sums[input][response * size + element] += difference;
        coverage[input][response * size + element]++;
      }
    }
  });
  return sums.map((sum, input) => float32(Float32Array.from(sum, (value, index) => value / Math.max(1, coverage[input][index])), [responses.count, ...inputs[input].shape.slice(1)]));
}
