import { float32, sizeOf, type Shape, type Tensor } from '../tensor';
import type { Features } from './featureMask';
import { PerturbedCopies } from './perturbedCopies';

/** Copies of the batch that keep the features of a coalition and have all others at the baselines. */
export function coalitions(inputs: readonly Tensor[], baselines: readonly Tensor[], features: Features, count: number, noun: string, keeps: (copy: number, id: number, example: number) => boolean): PerturbedCopies {
  return new PerturbedCopies(inputs, count, noun, (copy, example, input, write) => {
    const ids = features.idsOf(input, example);
    for (let element = 0; element < ids.length; element++) if (!keeps(copy, ids[element], example)) write(element, baselines[input], example);
  });
}

/** Values of features, written to all elements of each: a tensor for each input, of shape [...responses, ...axes]. */
export function atElements(features: Features, inputs: readonly Tensor[], responses: Shape, exampleOf: (response: number) => number, valueOf: (response: number, id: number) => number): Tensor<'float32'>[] {
  return inputs.map(({ shape }, input) => {
    const [axes, size] = [shape.slice(1), sizeOf(shape.slice(1))];
    const data = new Float32Array(sizeOf(responses) * size);
    for (let response = 0; response < sizeOf(responses); response++) {
      for (const [element, id] of features.idsOf(input, exampleOf(response)).entries()) data[response * size + element] = valueOf(response, id);
    }
    return float32(data, [...responses, ...axes]);
  });
}
