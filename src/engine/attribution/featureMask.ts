import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { formatShape, sizeOf, toNumbers, type Shape, type Tensor } from '../tensor';
import type { ElementGroups } from './ablation';
import { isTuple } from './inputs';
import { toTensor, type TensorLike } from './tensorLike';

/**
 * Which elements form one feature: a tensor of whole numbers for each input, of its shape or broadcast to it (first axis
 * 1: the same for all examples). Elements with the same number are one feature, also across inputs.
 */
export type FeatureMask = TensorLike | readonly (TensorLike | null)[];

/** The feature of each element of an input: one row for all examples, or one for each. */
interface Mask {
  readonly ids: Int32Array;
  readonly rows: number;
  readonly size: number;
}

/** The features of the inputs: groups of elements that are perturbed together. */
export class Features implements ElementGroups {
  readonly noun = 'feature';
  /** The numbers in the masks: input by input, ascending in each. */
  readonly ids: readonly number[];
  /** The places of the numbers in {@link ids}. */
  readonly indexOf: ReadonlyMap<number, number>;
  /** Whether all examples have the same features. */
  readonly isShared: boolean;
  private readonly elements: readonly (readonly ReadonlyMap<number, Int32Array>[])[];

  constructor(private readonly masks: readonly Mask[]) {
    this.isShared = masks.every(({ rows }) => rows === 1);
    this.ids = [...new Set(masks.flatMap(({ ids }) => [...new Set(ids)].sort((left, right) => left - right)))];
    this.indexOf = new Map(this.ids.map((id, index) => [id, index]));
    this.elements = masks.map(({ ids, rows, size }) => Array.from({ length: rows }, (_, row) => elementsById(ids.subarray(row * size, (row + 1) * size))));
  }

  get count(): number {
    return this.ids.length;
  }

  /** The largest number of a mask and one: how many features there are when all numbers from 0 count. */
  get span(): number {
    return 1 + this.ids.reduce((most, id) => Math.max(most, id), 0);
  }

  elementsOf(group: number, input: number, example: number): Int32Array {
    const rows = this.elements[input];
    return rows[rows.length === 1 ? 0 : example].get(this.ids[group]) ?? NO_ELEMENTS;
  }

  /** The numbers of all elements of one example of an input. */
  idsOf(input: number, example: number): Int32Array {
    const { ids, rows, size } = this.masks[input];
    return rows === 1 ? ids : ids.subarray(example * size, (example + 1) * size);
  }

  /** @throws LensError `invalid-argument` for a number below 0, or so large that most numbers have no feature. */
  requireFromZero(): void {
    const wrong = this.ids.find((id) => id < 0 || id >= MOST_IDS);
    if (wrong !== undefined) throw new LensError('invalid-argument', `featureMask: features must be numbered from 0 to below ${MOST_IDS}, got ${wrong}`);
  }

  /** The same features, numbered from 0. */
  fromZero(): Features {
    const least = this.ids.reduce((smallest, id) => Math.min(smallest, id), Infinity);
    return least === 0 ? this : new Features(this.masks.map((mask) => ({ ...mask, ids: mask.ids.map((id) => id - least) })));
  }
}

/** More than any input has elements that could be attributed one by one. */
const MOST_IDS = 2 ** 24;
const NO_ELEMENTS = new Int32Array(0);

function elementsById(ids: Int32Array): ReadonlyMap<number, Int32Array> {
  const lists = new Map<number, number[]>();
  for (const [element, id] of ids.entries()) {
    const list = lists.get(id);
    if (list) list.push(element);
    else lists.set(id, [element]);
  }
  return new Map(Array.from(lists, ([id, list]) => [id, Int32Array.from(list)]));
}

/**
 * Reads a feature mask. Without one every element of an example is a feature of its own, numbered through all inputs.
 *
 * @throws LensError `invalid-argument` or `shape-mismatch` that names the input.
 */
export async function readFeatures(given: unknown, inputs: readonly Tensor[], model: Model, name = 'featureMask'): Promise<Features> {
  if (given === undefined || given === null) return everyElement(inputs);
  const parts: readonly unknown[] = isTuple(given) || (inputs.length > 1 && Array.isArray(given)) ? given : [given];
  if (parts.length !== inputs.length) throw new LensError('invalid-argument', `${name}: one mask for each of the ${inputs.length} inputs is needed, got ${parts.length}`);
  return new Features(await Promise.all(parts.map((part, index) => readMask(part, inputs[index].shape, `${name} of input '${model.inputs[index]?.name ?? index}'`))));
}

function everyElement(inputs: readonly Tensor[]): Features {
  let next = 0;
  return new Features(
    inputs.map(({ shape }) => {
      const size = sizeOf(shape.slice(1));
      const ids = Int32Array.from({ length: size }, () => next++);
      return { ids, rows: 1, size };
    }),
  );
}

async function readMask(given: unknown, shape: Shape, subject: string): Promise<Mask> {
  const { tensor } = await toTensor(given, subject);
  const ids = toNumbers(tensor);
  const wrong = ids.find((id) => !Number.isInteger(id) || Math.abs(id) >= 2 ** 31);
  if (wrong !== undefined) throw new LensError('invalid-argument', `${subject}: features are numbered with whole numbers, got ${wrong}`);
  const axes = [...Array<number>(Math.max(0, shape.length - tensor.shape.length)).fill(1), ...tensor.shape];
  if (axes.length !== shape.length || axes.some((dim, axis) => dim !== 1 && dim !== shape[axis])) {
    throw new LensError('shape-mismatch', `${subject} must have the input's shape ${formatShape(shape)}, that of one example ${formatShape([1, ...shape.slice(1)])}, or axes of length 1 to repeat, got ${formatShape(tensor.shape)}`);
  }
  const wide = [axes[0], ...shape.slice(1)];
  return { ids: broadcast(ids, axes, wide), rows: axes[0], size: sizeOf(shape.slice(1)) };
}

/** Repeats axes of length 1 to the wanted shape. */
function broadcast(values: readonly number[], from: Shape, to: Shape): Int32Array {
  const steps = from.map((dim, axis) => (dim === 1 ? 0 : sizeOf(from.slice(axis + 1))));
  return Int32Array.from({ length: sizeOf(to) }, (_, index) => {
    let [rest, source] = [index, 0];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      source += steps[axis] * (rest % to[axis]);
      rest = Math.floor(rest / to[axis]);
    }
    return values[source];
  });
}
