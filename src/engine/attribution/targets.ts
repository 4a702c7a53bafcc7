import { LensError } from '../../protocol/errors';
import { formatShape, sizeOf, toNumbers, type Shape } from '../tensor';
import type { TargetIndex } from './explanation';
import { describeValue, isTensor, toTensor, type TensorLike } from './tensorLike';

/**
 * Which output is attributed, in Captum's forms:
 * - a number: the same class for all examples (counted from the end when it is negative);
 * - a list of numbers: one class for each example, when the output is [N, classes]; an index into the axes after the
 *   first, the same for all examples, when the output has more axes;
 * - a list of lists: one such index for each example;
 * - a tensor of one element (the same for all) or of one for each example.
 */
export type Target = number | readonly number[] | readonly (readonly number[])[] | TensorLike;

/**
 * The selected output of each example as a full index into the output's axes after the first; undefined when the output
 * is one number for each example. `output` is the shape of the model's output for the whole batch.
 *
 * @throws LensError `invalid-argument` when a target is missing or has the wrong form, `target-out-of-range`.
 */
export async function readTargets(given: Target | undefined, output: Shape, examples: number): Promise<TargetIndex[] | undefined> {
  const axes = output.slice(1);
  if (given === undefined || given === null) {
    if (sizeOf(axes) === 1) return undefined;
    throw new LensError(
      'invalid-argument',
      `Target not provided when necessary, cannot take gradient with respect to multiple outputs: the output has the shape ${formatShape(output)}`,
      'Choose one output of each example with the option target.',
    );
  }
  const indices = await indicesOf(given, output, examples);
  return indices.map((index, example) => complete(index, axes, output, example));
}

async function indicesOf(given: unknown, output: Shape, examples: number): Promise<TargetIndex[]> {
  const same = (index: TargetIndex): TargetIndex[] => Array.from({ length: examples }, () => index);
  if (typeof given === 'number') return same([given]);
  if (isTensor(given)) {
    const { tensor } = await toTensor(given, 'target');
    const values = toNumbers(tensor);
    if (values.length === 1) return same(values);
    if (tensor.shape.length === 1 && values.length === examples) return onePerExample(values, output);
    throw new LensError('invalid-argument', `target: a tensor must hold one element, or one for each of the ${examples} examples, got shape ${formatShape(tensor.shape)}`);
  }
  if (!Array.isArray(given)) throw new LensError('invalid-argument', `target must be a number, a list or a tensor, got ${describeValue(given)}`);
  const list: unknown[] = given;
  if (isNumbers(list) && output.length > 2) return same(list);
  if (list.length !== examples) {
    throw new LensError('invalid-argument', `Target list length does not match output! The output ${formatShape(output)} has ${examples} example(s), the list has ${list.length} target(s)`);
  }
  if (isNumbers(list)) return onePerExample(list, output);
  return list.map((index) => {
    if (Array.isArray(index) && isNumbers(index)) return index;
    throw new LensError('invalid-argument', `target: a list must hold numbers, or lists of numbers, got ${describeValue(index)}`);
  });
}

function onePerExample(classes: readonly number[], output: Shape): TargetIndex[] {
  if (output.length !== 2) throw new LensError('invalid-argument', `target: the output must be 2D to select a class for each example, got ${formatShape(output)}`);
  return classes.map((index) => [index]);
}

/** An index with one entry for each axis; axes of length 1 at the end need none. */
function complete(index: TargetIndex, axes: Shape, output: Shape, example: number): TargetIndex {
  if (index.length > axes.length) {
    throw new LensError('invalid-argument', `target: cannot choose [${index.join(', ')}] of the output ${formatShape(output)}, which has ${axes.length} axes after the first`);
  }
  const rest = axes.slice(index.length);
  if (sizeOf(rest) !== 1) {
    throw new LensError('invalid-argument', `target: [${index.join(', ')}] selects ${sizeOf(rest)} numbers of the output ${formatShape(output)}, one is needed for each example`, `Give ${axes.length} indices.`);
  }
  const full = index.map((value, axis) => {
    const resolved = value < 0 ? value + axes[axis] : value;
    if (Number.isInteger(value) && resolved >= 0 && resolved < axes[axis]) return resolved;
    throw new LensError('target-out-of-range', `target of example ${example}: must be a whole number from 0 to ${axes[axis] - 1} on axis ${axis + 1} of the output ${formatShape(output)}, got ${value}`);
  });
  return [...full, ...rest.map(() => 0)];
}

/** Where an index points to in the row-major elements of one example. */
export const offsetOf = (index: TargetIndex, axes: Shape): number => index.reduce((offset, value, axis) => offset * axes[axis] + value, 0);

const isNumbers = (list: readonly unknown[]): list is number[] => list.length > 0 && list.every((item) => typeof item === 'number');
