import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { formatShape, isFloat32, type Tensor } from '../tensor';
import { isTuple, requireFinite } from './inputs';
import { castTo, describeValue, isTensor, toTensor, type TensorLike } from './tensorLike';

type Distribution = TensorLike | readonly TensorLike[];

/** Any number of baselines for each input, on axis 0; or a function that gives them, from the inputs if it likes. */
export type BaselineDistribution = Distribution | ((inputs: readonly Tensor[]) => Distribution | Promise<Distribution>);

/**
 * Reads a distribution of baselines.
 *
 * @throws LensError `invalid-argument` or `shape-mismatch` that names the input; fewer than `least` baselines are refused.
 */
export async function readDistribution(given: unknown, inputs: readonly Tensor[], model: Model, least: number): Promise<Tensor<'float32'>[]> {
  const value: unknown = typeof given === 'function' ? await given(inputs) : given;
  const parts: unknown[] = Array.isArray(value) && (inputs.length > 1 || isTuple(value)) ? value : [value];
  if (parts.length !== inputs.length) throw new LensError('invalid-argument', `Baselines distribution has to be provided for each of the ${inputs.length} inputs, got ${parts.length}`);
  const read = await Promise.all(parts.map((part, index) => readPart(part, inputs[index], `input '${model.inputs[index]?.name ?? index}'`, least)));
  return read;
}

async function readPart(given: unknown, input: Tensor, name: string, least: number): Promise<Tensor<'float32'>> {
  const form = least > 1 ? 'a tensor with more than one example' : 'a tensor';
  const refuse = (found: string): never => {
    throw new LensError('invalid-argument', `Baselines distribution has to be provided in form of ${form} for ${name}, got ${found}`, least > 1 ? 'With a single baseline, use DeepLift.' : undefined);
  };
  if (!isTensor(given) && !Array.isArray(given)) return refuse(describeValue(given));
  if (!isFloat32(input)) throw new LensError('invalid-argument', `Baselines of ${name}: the input must be float32, got ${input.dtype}`, 'Attribute to the embedding layer instead.');
  const { tensor } = await toTensor(given, `Baselines of ${name}`);
  const values = isFloat32(tensor) ? tensor : castTo({ data: tensor.data as ArrayLike<number | bigint>, shape: tensor.shape }, 'float32', `Baselines of ${name}`);
  if (!isFloat32(values)) return refuse(tensor.dtype);
  const axes = input.shape.slice(1);
  if (values.shape.length !== input.shape.length || !axes.every((dim, axis) => dim === values.shape[axis + 1])) {
    throw new LensError('shape-mismatch', `Baselines of ${name} must have the shape ${formatShape([least, ...axes]).replace(/^\[\d+/, '[any')}, got ${formatShape(values.shape)}`);
  }
  if (values.shape[0] < least) return refuse(`${values.shape[0]} example(s)`);
  requireFinite(values, `Baselines of ${name}`);
  return values;
}
