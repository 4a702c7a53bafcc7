import { LensError } from '../../protocol/errors';
import { float32, formatShape, isFloat32, toNumbers, type Tensor } from '../tensor';
import { loadTfjs } from '../tfjs/loadTfjs';
import { isTuple } from './inputs';
import { toTensor } from './tensorLike';

/** `attribute` as a subclass of Attribution may define it. */
export type AttributeFunction = (inputs: never, options: never) => unknown;

/**
 * Calls an `attribute` that works on TensorFlow.js tensors, and reads what it returns.
 *
 * @throws LensError `invalid-argument` or `shape-mismatch` when that is not one tensor of the shape of each input.
 */
export async function attributeByTensors(algorithm: { readonly name: string }, attribute: AttributeFunction, inputs: readonly Tensor[], options: object): Promise<Tensor<'float32'>[]> {
  const { tf } = await loadTfjs();
  const given = inputs.map((input) => tf.tensor(toNumbers(input), [...input.shape], isFloat32(input) ? 'float32' : 'int32'));
  try {
    const returned: unknown = await Reflect.apply(attribute, algorithm, [given.length === 1 ? given[0] : given, options]);
    const parts = isTuple(returned) ? returned : [returned];
    if (parts.length !== inputs.length) throw new LensError('invalid-argument', `${algorithm.name}: attribute must return one tensor for each of the ${inputs.length} inputs, got ${parts.length}`);
    return await Promise.all(parts.map((part, index) => read(part, inputs[index], `What attribute of ${algorithm.name} returns`)));
  } finally {
    tf.dispose(given);
  }
}

async function read(part: unknown, { shape }: Tensor, subject: string): Promise<Tensor<'float32'>> {
  const { tensor } = await toTensor(part, subject);
  if (tensor.shape.length !== shape.length || tensor.shape.some((dim, axis) => dim !== shape[axis])) {
    throw new LensError('shape-mismatch', `${subject} must have the shape of the input ${formatShape(shape)}, got ${formatShape(tensor.shape)}`);
  }
  return isFloat32(tensor) ? tensor : float32(toNumbers(tensor), shape);
}
