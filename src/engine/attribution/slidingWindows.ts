import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { sizeOf, type Shape, type Tensor } from '../tensor';
import type { ElementGroups } from './ablation';
import { describeValue } from './tensorLike';

/** Lengths along the axes of an input, without the axis of the examples; a list of such lists for several inputs. */
export type WindowShapes = readonly number[] | readonly (readonly number[])[];

/** Strides: one number for all axes of an input, or one for each axis; a list of these for several inputs. */
export type Strides = number | readonly (number | readonly number[])[];

/** The windows of one input: they begin at multiples of the strides; what sticks out at the end is cut off. */
interface Grid {
  readonly axes: Shape;
  readonly window: Shape;
  readonly strides: Shape;
  /** The number of positions along each axis. */
  readonly positions: Shape;
}

/** All positions of a window that slides over the inputs, one input after the other. */
export class SlidingWindows implements ElementGroups {
  readonly noun = 'window';
  readonly isShared = true;
  readonly count: number;
  private last: { readonly group: number; readonly elements: Int32Array } | undefined;

  constructor(private readonly grids: readonly Grid[]) {
    this.count = grids.reduce((sum, { positions }) => sum + sizeOf(positions), 0);
  }

  elementsOf(group: number, input: number): Int32Array {
    const first = this.grids.slice(0, input).reduce((sum, { positions }) => sum + sizeOf(positions), 0);
    if (group < first || group >= first + sizeOf(this.grids[input].positions)) return NO_ELEMENTS;
    if (this.last?.group !== group) this.last = { group, elements: elementsAt(this.grids[input], group - first) };
    return this.last.elements;
  }
}

const NO_ELEMENTS = new Int32Array(0);

/** The elements that a window covers, from the place of its first corner in row-major order of positions. */
function elementsAt({ axes, window, strides, positions }: Grid, position: number): Int32Array {
  const starts = [...axes];
  for (let axis = axes.length - 1, rest = position; axis >= 0; axis--) {
    starts[axis] = (rest % positions[axis]) * strides[axis];
    rest = Math.floor(rest / positions[axis]);
  }
  const lengths = axes.map((dim, axis) => Math.min(window[axis], dim - starts[axis]));
  return Int32Array.from({ length: sizeOf(lengths) }, (_, index) => {
    let [element, rest] = [0, index];
    for (let axis = axes.length - 1, step = 1; axis >= 0; axis--) {
      element += step * (starts[axis] + (rest % lengths[axis]));
      rest = Math.floor(rest / lengths[axis]);
      step *= axes[axis];
    }
    return element;
  });
}

/**
 * Reads window shapes and strides and checks them against the inputs.
 *
 * @throws LensError `invalid-argument` that names the input: a window larger than it, or a stride larger than the window,
 * which would leave elements out.
 */
export function readWindows(shapes: WindowShapes | undefined, strides: Strides | null | undefined, inputs: readonly Tensor[], model: Model): SlidingWindows {
  const windows = onePerInput<readonly number[]>(shapes, inputs.length, 'slidingWindowShapes', isList);
  const steps = strides === undefined || strides === null || typeof strides === 'number' ? inputs.map(() => strides ?? 1) : onePerInput<number | readonly number[]>(strides, inputs.length, 'strides', isSteps);
  return new SlidingWindows(inputs.map(({ shape }, index) => gridOf(shape.slice(1), windows[index], steps[index], `of input '${model.inputs[index]?.name ?? index}'`)));
}

function gridOf(axes: Shape, window: readonly number[], steps: number | readonly number[], subject: string): Grid {
  const strides = typeof steps === 'number' ? axes.map(() => steps) : steps;
  for (const [name, list] of [['slidingWindowShapes', window], ['strides', strides]] as const) {
    if (list.length !== axes.length) throw new LensError('invalid-argument', `${name} ${subject}: one number for each of the axes (${axes.join(', ')}) is needed, without that of the examples, got (${list.join(', ')})`);
    const wrong = list.find((length) => !Number.isInteger(length) || length < 1);
    if (wrong !== undefined) throw new LensError('invalid-argument', `${name} ${subject}: whole numbers of at least 1 are needed, got ${wrong}`);
  }
  if (axes.some((dim, axis) => window[axis] > dim)) {
    throw new LensError('invalid-argument', `Sliding window dimensions (${window.join(', ')}) cannot exceed input dimensions (${axes.join(', ')}), ${subject}`);
  }
  const positions = axes.map((dim, axis) => 1 + Math.ceil((dim - window[axis]) / strides[axis]));
  if (axes.some((_, axis) => strides[axis] > window[axis] && positions[axis] > 1)) {
    throw new LensError('invalid-argument', `Stride dimension (${strides.join(', ')}) cannot be larger than sliding window shape dimension (${window.join(', ')}), ${subject}`);
  }
  return { axes, window, strides, positions };
}

/** A list for the only input, or a list with one entry for each. */
function onePerInput<T>(given: unknown, inputs: number, name: string, isEntry: (value: unknown) => value is T): T[] {
  if (inputs === 1 && isEntry(given)) return [given];
  if (Array.isArray(given) && given.length === inputs && given.every(isEntry)) return given;
  const wanted = inputs === 1 ? 'a list of numbers' : `a list with one entry for each of the ${inputs} inputs`;
  throw new LensError('invalid-argument', `${name} must be ${wanted}, got ${describeValue(given)}`);
}

const isList = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every((item) => typeof item === 'number');
const isSteps = (value: unknown): value is number | readonly number[] => typeof value === 'number' || isList(value);
