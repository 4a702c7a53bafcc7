import type { Tensor } from '../../tensor';
import { sharedEngine } from '../engine';
import { currentJob } from '../job';
import { Passes } from '../passes';
import { examplesOf } from '../rows';
import type { Subject } from './method';

/** The index of each example's largest output; undefined when there is only one. */
export function strongest({ data, shape }: Tensor<'float32'>): number[][] | undefined {
  const axes = shape.slice(1);
  const size = data.length / shape[0];
  if (size === 1) return undefined;
  return Array.from({ length: shape[0] }, (_, example) => indexOfLargest(data.subarray(example * size, (example + 1) * size), axes));
}

/** {@link strongest} of what a model says of its inputs. */
export async function strongestOutputs({ model, inputs, additionalForwardArgs }: Subject): Promise<number[][] | undefined> {
  const engine = await sharedEngine();
  const job = currentJob();
  return strongest(await engine.inTurn(model, () => new Passes(engine.functionOf(model), inputs[0].shape[0], { forwardArgs: additionalForwardArgs, job }).evaluate(examplesOf(inputs))));
}

/** Where the largest element of a row-major array stands. */
export function indexOfLargest(values: Float32Array, axes: readonly number[]): number[] {
  let rest = values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
  const index: number[] = [];
  for (const length of [...axes].reverse()) {
    index.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return index;
}
