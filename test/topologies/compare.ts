import { DeepLift } from '../../src/engine/attribution/deepLift';
import { useRuntime } from '../../src/engine/attribution/engine';
import { IntegratedGradients } from '../../src/engine/attribution/integratedGradients';
import { Saliency } from '../../src/engine/attribution/saliency';
import type { Model } from '../../src/engine/models/model';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { float32, isFloat32, sizeOf, type Tensor } from '../../src/engine/tensor';
import type { Net, TorchNet } from './nets';

/** The first output of a model for each row of inputs, [examples, ...]. */
export const outputOf = async (model: Model, inputs: Tensor<'float32'>, runtime: Runtime): Promise<Tensor<'float32'>> => (await outputsOf(model, [inputs], runtime))[0];

/** The same for batches of one size. */
export async function outputsOf(model: Model, batches: readonly Tensor<'float32'>[], runtime: Runtime): Promise<Tensor<'float32'>[]> {
  const graph = await model.graph(batches.slice(0, 1));
  const executable = await runtime.compile(graph);
  const outputs: Tensor<'float32'>[] = [];
  for (const batch of batches) {
    const output = (await executable.run({ [graph.inputs[0].name]: batch }))[graph.outputs[0]];
    if (!isFloat32(output)) throw new Error(`${model.name}: its output is ${output.dtype}`);
    outputs.push(output);
  }
  await executable.dispose();
  return outputs;
}

/** The gradients of the target's logit of each example with respect to the inputs. */
export async function gradientsOf({ model, target }: Net, inputs: Tensor<'float32'>, runtime: Runtime): Promise<Tensor<'float32'>> {
  return attributed(runtime, () => new Saliency(model).attribute(inputs, { target: target.slice(0, inputs.shape[0]).map((index) => [...index]), abs: false }));
}

/** Runs attributions on an executor, and frees what it compiled. */
async function attributed<T>(runtime: Runtime, attribute: () => Promise<T>): Promise<T> {
  const engine = useRuntime(runtime);
  try {
    return await attribute();
  } finally {
    await engine.executables.dispose();
  }
}

/** The largest difference in relation to the largest magnitude expected. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let index = 0; index < expected.length; index++) {
    const apart = Math.abs(actual[index] - expected[index]);
    worst = apart <= worst ? worst : apart; // also when it is NaN
    largest = Math.max(largest, Math.abs(expected[index]));
  }
  return worst === 0 ? 0 : worst / largest;
}

/** How far logits and sampled gradients are from torch's, in relation to the largest of an example. */
export function distanceFromTorch({ reference }: TorchNet, logits: Tensor<'float32'>, gradients: Tensor<'float32'>): { logits: number; gradients: number } {
  const sampled = reference.target.map((_, example) => {
    const row = exampleOf(gradients, example).data;
    return difference([...reference.places.map((place) => row[place]), reference.largest[example]], [...reference.gradients[example], reference.largest[example]]);
  });
  return { logits: Math.max(...reference.logits.map((row, example) => difference(exampleOf(logits, example).data, row))), gradients: Math.max(...sampled) };
}

/** The length of the difference in relation to the length of what is expected: a unit that rounding turned on or off weighs little. */
export function distance(actual: Float32Array, expected: Float32Array): number {
  let [apart, whole] = [0, 0];
  for (const [index, value] of expected.entries()) {
    apart += (actual[index] - value) ** 2;
    whole += value ** 2;
  }
  return Math.sqrt(apart / whole);
}

/** One example with its batch axis. */
export function exampleOf({ data, shape }: Tensor<'float32'>, example: number): Tensor<'float32'> {
  const size = sizeOf(shape.slice(1));
  return float32(data.slice(example * size, (example + 1) * size), [1, ...shape.slice(1)]);
}

/** The convergence delta of DeepLift in relation to the sum of all magnitudes, the largest of the examples. */
export const deepLiftDelta = (net: Net, runtime: Runtime): Promise<number> => relativeDelta(net, runtime, (target) => new DeepLift(net.model).attribute(net.inputs, { target, returnConvergenceDelta: true }));

/** The same of Integrated Gradients. */
export const integratedGradientsDelta = (net: Net, runtime: Runtime, nSteps: number): Promise<number> =>
  relativeDelta(net, runtime, (target) => new IntegratedGradients(net.model).attribute(net.inputs, { target, nSteps, returnConvergenceDelta: true }));

type Result = Promise<[Tensor<'float32'>, Tensor<'float32'>]>;

async function relativeDelta({ target }: Net, runtime: Runtime, attribute: (target: number[][]) => Result): Promise<number> {
  const [attributions, delta] = await attributed(runtime, () => attribute(target.map((index) => [...index])));
  const magnitude = (example: number): number => exampleOf(attributions, example).data.reduce((sum, value) => sum + Math.abs(value), 0);
  return Math.max(...target.map((_, example) => Math.abs(delta.data[example]) / magnitude(example)));
}
