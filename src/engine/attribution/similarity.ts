import { LensError } from '../../protocol/errors';
import { toNumbers, type Tensor } from '../tensor';

/** How near a perturbed input is to the original one: the weight of a sample. */
export type SimilarityFunc = (original: readonly Tensor[], perturbed: readonly Tensor[], sample: ArrayLike<number>) => number;

export interface KernelOptions {
  /** `cosine`: 1 - cos of the angle between the inputs; `euclidean`: the length of their difference. Default: `cosine`. */
  distanceMode?: 'cosine' | 'euclidean';
  /** Default: 1. */
  kernelWidth?: number;
}

/** The exponential kernel exp(-d^2 / (2 width^2)) of the distance d between the model's inputs, all elements as one vector. */
export function getExpKernelSimilarityFunction({ distanceMode = 'cosine', kernelWidth = 1 }: KernelOptions = {}): SimilarityFunc {
  if (distanceMode !== 'cosine' && distanceMode !== 'euclidean') throw new LensError('invalid-argument', `distanceMode must be cosine or euclidean, got '${String(distanceMode)}'`);
  if (!(kernelWidth > 0)) throw new LensError('invalid-argument', `kernelWidth must be above 0, got ${kernelWidth}`);
  return (original, perturbed) => Math.exp(-(distance(original, perturbed, distanceMode) ** 2) / (2 * kernelWidth ** 2));
}

/** The least product of lengths, as in torch.nn.CosineSimilarity. */
const LEAST = 1e-8;

function distance(original: readonly Tensor[], perturbed: readonly Tensor[], mode: 'cosine' | 'euclidean'): number {
  let [product, own, other, difference] = [0, 0, 0, 0];
  for (const [input, tensor] of original.entries()) {
    const [left, right] = [numbersOf(tensor), numbersOf(perturbed[input])];
    for (let index = 0; index < left.length; index++) {
      product += left[index] * right[index];
      own += left[index] ** 2;
      other += right[index] ** 2;
      difference += (left[index] - right[index]) ** 2;
    }
  }
  return mode === 'euclidean' ? Math.sqrt(difference) : 1 - product / Math.max(Math.sqrt(own * other), LEAST);
}

const numbersOf = (value: Tensor): ArrayLike<number> => (value.data instanceof Float32Array ? value.data : toNumbers(value));
