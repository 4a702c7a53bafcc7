import { LensError } from '../../protocol/errors';
import { BASELINE_CHOICES, type BaselineChoice } from '../../protocol/output';
import type { Model } from '../models/model';
import { float32, formatShape, isFloat32, sizeOf, toNumbers, type Shape, type Tensor } from '../tensor';
import { isTuple, requireFinite } from './inputs';
import { namedBaseline } from './namedBaselines';
import { blank, copyExample } from './rows';
import { castTo, describeValue, toTensor, type TensorLike } from './tensorLike';

/** The baseline of one input: a number, a tensor of the input's shape or of one example, or a baseline by its name. */
export type Baseline = number | TensorLike | BaselineChoice;

/** One baseline for all inputs when it is a number or a name; a tensor for the only input; or a list with one for each. */
export type Baselines = Baseline | readonly (Baseline | null)[] | null;

export interface References {
  /** With the shapes and element types of the inputs. */
  readonly tensors: readonly Tensor[];
  readonly name: string;
}

export interface ReadBaselines extends References {
  /** With the shapes of the inputs. */
  readonly tensors: readonly Tensor<'float32'>[];
  /** How they read: `zero`, `given tensor`. */
  readonly name: string;
}

/** How named baselines read. */
export const BASELINE_NAMES: Readonly<Record<BaselineChoice, string>> = { zero: 'zero', mean: 'mean', blurred: 'blurred input', noise: 'noise' };

/**
 * Brings baselines to the shapes of the inputs, in Captum's forms: nothing (zero), a number, a tensor of the same shape
 * or with a first axis of 1, or a list with one of these for each input; and the named baselines.
 *
 * @throws LensError `invalid-argument`, `shape-mismatch` or `not-finite` that names the input.
 */
export async function readBaselines(given: unknown, inputs: readonly Tensor[], model: Model): Promise<ReadBaselines> {
  for (const [index, { dtype }] of inputs.entries()) {
    if (dtype !== 'float32') throw new LensError('invalid-argument', `Baseline of input '${model.inputs[index]?.name ?? index}': the input must be float32 to have a path from a baseline, got ${dtype}`, 'Attribute to the embedding layer instead.');
  }
  const { tensors, name } = await readReferences(given, inputs, model);
  return { tensors: tensors.filter(isFloat32), name };
}

/** As {@link readBaselines}, for what replaces parts of the inputs: inputs of whole numbers have baselines of whole numbers. */
export async function readReferences(given: unknown, inputs: readonly Tensor[], model: Model): Promise<References> {
  const isList = inputs.length > 1 ? Array.isArray(given) : isTuple(given) || (Array.isArray(given) && given.length === 1 && !Array.isArray(given[0]));
  const parts: unknown[] = isList && Array.isArray(given) ? given : inputs.map(() => given);
  if (parts.length !== inputs.length) {
    throw new LensError('invalid-argument', `baselines: one for each of the ${inputs.length} inputs is needed, got ${parts.length}`);
  }
  if (inputs.length > 1 && !isList && typeof given === 'object' && given !== null) {
    throw new LensError('invalid-argument', `baselines: a list with one for each of the ${inputs.length} inputs is needed, got one tensor`);
  }
  const read = await Promise.all(parts.map((part, index) => readBaseline(part, inputs[index], `Baseline of input '${model.inputs[index]?.name ?? index}'`)));
  return { tensors: read.map(({ tensor }) => tensor), name: [...new Set(read.map(({ name }) => name))].join(', ') };
}

/** Baselines that can be shown beside attributions; undefined for others. */
export const float32Only = (tensors: readonly Tensor[]): Tensor<'float32'>[] | undefined => (tensors.every(isFloat32) ? tensors.filter(isFloat32) : undefined);

async function readBaseline(given: unknown, input: Tensor, subject: string): Promise<{ tensor: Tensor; name: string }> {
  if (!isFloat32(input)) return readWholeBaseline(given, input, subject);
  if (given === undefined || given === null) return { tensor: constant(0, input.shape), name: BASELINE_NAMES.zero };
  if (typeof given === 'number') {
    if (!Number.isFinite(given)) throw new LensError('not-finite', `${subject} must be finite, got ${given}`);
    return { tensor: constant(given, input.shape), name: given === 0 ? BASELINE_NAMES.zero : String(given) };
  }
  if (typeof given === 'string') {
    const choice = BASELINE_CHOICES.find((known) => known === given);
    if (!choice) throw new LensError('invalid-argument', `${subject} must be a number, a tensor, or one of ${BASELINE_CHOICES.join(', ')}, got '${given}'`);
    return { tensor: namedBaseline(choice, input, subject), name: BASELINE_NAMES[choice] };
  }
  const { tensor } = await toTensor(given, subject);
  const values = isFloat32(tensor) ? tensor : castTo({ data: tensor.data as ArrayLike<number | bigint>, shape: tensor.shape }, 'float32', subject);
  if (!isFloat32(values)) throw new LensError('invalid-argument', `${subject} must be float32, got ${tensor.dtype}`);
  requireFinite(values, subject);
  return { tensor: broadcast(values, input.shape, subject), name: values.data.every((value) => value === 0) ? BASELINE_NAMES.zero : 'given tensor' };
}

async function readWholeBaseline(given: unknown, input: Tensor, subject: string): Promise<{ tensor: Tensor; name: string }> {
  const isNumber = given === undefined || given === null || typeof given === 'number';
  if (!isNumber && typeof given !== 'object') throw new LensError('invalid-argument', `${subject} must be a number or a tensor, got ${describeValue(given)}`);
  const { tensor } = isNumber ? { tensor: constant(given ?? 0, [1, ...input.shape.slice(1)]) } : await toTensor(given, subject, input.dtype);
  const values = castTo({ data: toNumbers(tensor), shape: tensor.shape }, input.dtype, subject);
  return { tensor: broadcast(values, input.shape, subject), name: toNumbers(values).every((value) => value === 0) ? BASELINE_NAMES.zero : isNumber ? String(given) : 'given tensor' };
}

const constant = (value: number, shape: Shape): Tensor<'float32'> => float32(new Float32Array(sizeOf(shape)).fill(value), shape);

/** Repeats the one example of a baseline for every example of the input. */
function broadcast(value: Tensor, shape: Shape, subject: string): Tensor {
  const isExample = value.shape.length === shape.length && value.shape.every((dim, axis) => dim === shape[axis] || (axis === 0 && dim === 1));
  if (!isExample) {
    throw new LensError('shape-mismatch', `${subject} must be a number, or have the input's shape ${formatShape(shape)} or that of one example ${formatShape([1, ...shape.slice(1)])}, got ${formatShape(value.shape)}`);
  }
  if (value.shape[0] === shape[0]) return value;
  const repeated = blank(value.dtype, shape);
  for (let offset = 0; offset < repeated.data.length; offset += value.data.length) copyExample(value, 0, repeated.data, offset);
  return repeated;
}
