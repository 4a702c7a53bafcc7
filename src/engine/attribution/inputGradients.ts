import type { Tensor } from '../tensor';
import type { Task } from './attribution';
import { PLAIN, type Derivation } from './modelFunction';
import { zerosLike } from './place';
import { examplesOf } from './rows';

/** Values at the place of an attribution, and the gradients of each example's selected output with respect to them. */
export interface Gradients {
  readonly values: readonly Tensor<'float32'>[];
  readonly gradients: readonly Tensor<'float32'>[];
}

/** The gradient of each example's selected output with respect to each input or layer, dF/dx. */
export async function gradientsOf({ inputs, targets, passes, place }: Pick<Task<unknown>, 'inputs' | 'targets' | 'passes' | 'place'>, derivation: Derivation = PLAIN): Promise<Gradients> {
  const values = await place.values(examplesOf(inputs));
  const examples = inputs[0].shape[0];
  const gradients = zerosLike(values, examples);
  await passes.gradients(
    { ...examplesOf(inputs), describe: (done) => `example ${done} of ${examples}` },
    targets,
    (row, _, parts) => {
      for (const [index, part] of parts.entries()) gradients[index].data.set(part, row * part.length);
    },
    { ...derivation, layers: place.layers },
  );
  return { values, gradients };
}

/** Element by element. */
export const product = (left: Tensor<'float32'>, right: Tensor<'float32'>): Tensor<'float32'> => ({ ...left, data: left.data.map((value, index) => value * right.data[index]) });
