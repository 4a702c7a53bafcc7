import { float32, type Tensor } from '../tensor';
import type { Task } from './attribution';
import { examplesOf } from './rows';

/** The gradient of each example's selected output with respect to each input, dF/dx. */
export async function gradientsOf({ inputs, targets, passes }: Pick<Task<unknown>, 'inputs' | 'targets' | 'passes'>): Promise<Tensor<'float32'>[]> {
  const results = inputs.map(({ data, shape }) => float32(new Float32Array(data.length), shape));
  await passes.gradients(examplesOf(inputs), targets, (row, _, gradients) => {
    for (const [input, gradient] of gradients.entries()) results[input].data.set(gradient, row * gradient.length);
  });
  return results;
}
