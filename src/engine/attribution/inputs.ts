import { LensError } from '../../protocol/errors';
import { NO_BATCH_AXIS } from '../models/derived/withBatchAxis';
import type { Model, ModelPort } from '../models/model';
import { hintsOf, withHints } from '../presentation/hints';
import { formatShape, isFloat32, type Tensor } from '../tensor';
import { castTo, describeValue, isTensor, toTensor, type TensorKind, type TensorLike } from './tensorLike';

/** One tensor, or one for each input of the model; axis 0 is the batch of examples in all of them. */
export type AttributionInputs = TensorLike | readonly TensorLike[];

/** Tensors given by a caller, and the forms to return others in. */
export interface GivenInputs {
  readonly tensors: readonly Tensor[];
  readonly isTuple: boolean;
  readonly kinds: readonly TensorKind[];
}

/** A list that holds a tensor is a tuple of tensors; a list of numbers is a tensor. */
export const isTuple = (value: unknown): value is readonly unknown[] => Array.isArray(value) && (value.length === 0 || value.some(isTensor));

/**
 * Reads inputs as a caller gave them, in the element types that the model takes.
 *
 * @throws LensError `invalid-argument`, `shape-mismatch` or `not-finite` that names the input.
 */
export async function readInputs(given: unknown, model: Model): Promise<GivenInputs> {
  const parts = isTuple(given) ? given : [given];
  if (parts.length === 0) throw new LensError('invalid-argument', 'inputs: at least one tensor is needed, got an empty list');
  const ports = parts.map((_, index) => portOf(model, index, `inputs[${index}]`));
  const read = await Promise.all(parts.map((part, index) => toTensor(part, subjectOf(ports[index]), ports[index].dtype)));
  const tensors = read.map(({ tensor }, index) => fitted(withHints(tensor, hintsOf(parts[index] as object)), ports[index], model));
  const batch = tensors[0].shape[0];
  for (const [index, { shape }] of tensors.entries()) {
    if (shape[0] !== batch) throw new LensError('shape-mismatch', `${subjectOf(ports[index])}: all inputs must have the same number of examples on axis 0, got ${shape[0]} and ${batch}`);
  }
  return { tensors, isTuple: isTuple(given), kinds: read.map(({ kind }) => kind) };
}

/**
 * Reads what the model takes after the attributed inputs. A tensor with one entry for each example on axis 0 is
 * repeated with the examples; everything else is passed as it is.
 */
export async function readForwardArgs(given: unknown, model: Model, inputs: number): Promise<Tensor[]> {
  if (given === undefined || given === null) return [];
  const parts = isTuple(given) ? given : [given];
  return Promise.all(
    parts.map(async (part, index) => {
      const port = portOf(model, inputs + index, `additionalForwardArgs[${index}]`);
      const subject = `Additional forward argument '${port.name}'`;
      const { tensor } = await toTensor(typeof part === 'number' ? tensorOf(part) : part, subject, port.dtype);
      return cast(tensor, port, model, subject);
    }),
  );
}

const tensorOf = (value: number): Tensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(value) });

/** What a message calls an input. */
export const subjectOf = (port: ModelPort): string => `Input '${port.name}'`;

/** The port that an input is fed to. What a plain function takes is not known before it runs. */
function portOf(model: Model, index: number, name: string): ModelPort {
  const port = model.inputs[index];
  if (port) return port;
  if (model.format === 'function') return { name, dtype: 'float32', shape: [] };
  throw new LensError('invalid-argument', `Model '${model.name}' has ${model.inputs.length} input(s) (${model.inputs.map((input) => input.name).join(', ')}), got at least ${index + 1}`);
}

function fitted(given: Tensor, port: ModelPort, model: Model): Tensor {
  const subject = subjectOf(port);
  const tensor = cast(given, port, model, subject);
  requireShape(tensor, port, model, subject);
  requireFinite(tensor, subject);
  return tensor === given ? tensor : withHints(tensor, hintsOf(given));
}

function cast(tensor: Tensor, port: ModelPort, model: Model, subject: string): Tensor {
  if (tensor.dtype === port.dtype || model.format === 'function') return tensor;
  if (tensor.dtype === 'string' || port.dtype === 'string') throw new LensError('invalid-argument', `${subject} must be ${port.dtype}, got ${tensor.dtype}`);
  return castTo({ data: tensor.data as ArrayLike<number | bigint>, shape: tensor.shape }, port.dtype, subject);
}

function requireShape({ shape }: Tensor, port: ModelPort, model: Model, subject: string): void {
  if (shape.length === 0) throw new LensError('shape-mismatch', `${subject}: axis 0 must hold the examples, got a scalar`);
  if (shape.includes(0)) throw new LensError('shape-mismatch', `${subject}: at least one example and one element are needed, got shape ${formatShape(shape)}`);
  if (port.shape.length === 0) return;
  const wanted = formatShape(port.shape).replace(/-1/g, 'any');
  const fits = (axes: readonly number[]): boolean => axes.length === port.shape.length && axes.every((dim, axis) => axis === 0 || port.shape[axis] === -1 || port.shape[axis] === dim);
  if (fits(shape)) return;
  const isOneExample = shape[0] === 1 && shape.length === port.shape.length + 1 && shape.slice(1).every((dim, axis) => [-1, dim].includes(port.shape[axis]));
  const nextStep = fits([1, ...shape]) ? `Add an axis for the examples: ${formatShape([1, ...shape])}.` : isOneExample ? NO_BATCH_AXIS : undefined;
  throw new LensError('shape-mismatch', `${subject} of model '${model.name}' must have shape ${wanted}, got ${formatShape(shape)}`, nextStep);
}

/** @throws LensError `not-finite` with the number of elements that are NaN or infinite. */
export function requireFinite(tensor: Tensor, subject: string, nextStep = 'Replace these values, then attribute again.'): void {
  if (!isFloat32(tensor)) return;
  const nan = tensor.data.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  const infinite = tensor.data.reduce((count, value) => count + (value === Infinity || value === -Infinity ? 1 : 0), 0);
  if (nan + infinite === 0) return;
  const found = [nan > 0 ? `${nan} NaN` : '', infinite > 0 ? `${infinite} infinite` : ''].filter(Boolean).join(' and ');
  throw new LensError('not-finite', `${subject} must hold finite numbers, got ${found} among ${tensor.data.length}`, nextStep);
}

/** @throws LensError `invalid-argument` for anything that is not a model. */
export function refuseModel(value: unknown): never {
  throw new LensError('invalid-argument', `The model must be a loaded model, a TensorFlow.js model or a function over tensors, got ${describeValue(value)}`);
}
