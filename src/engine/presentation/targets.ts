import type { TargetInfo } from '../../protocol/output';
import type { Explanation } from '../attribution/explanation';
import type { Model } from '../models/model';
import { sizeOf, type Tensor } from '../tensor';

const TOP = 5;

/** The target of one example with its label and, where it is known, its probability. */
export function targetOf(explanation: Explanation, example: number): TargetInfo | undefined {
  const index = explanation.targets?.[example];
  return index && describe(explanation.model, explanation.output, example, index);
}

/**
 * The strongest classes of one example, best first; undefined when the output does not look like classes ([N, classes]).
 *
 * @param first a class that comes before all others.
 */
export function predictionsOf({ model, output }: Pick<Explanation, 'model' | 'output'>, example: number, first?: number): TargetInfo[] | undefined {
  if (output.shape.length !== 2 || output.shape[1] < 2) return undefined;
  const scores = rowOf(output, example);
  const order = Array.from(scores.keys()).sort((left, right) => Number(right === first) - Number(left === first) || scores[right] - scores[left]);
  return order.slice(0, TOP).map((index) => describe(model, output, example, [index]));
}

function describe(model: Model, output: Tensor<'float32'>, example: number, index: readonly number[]): TargetInfo {
  const axes = output.shape.slice(1);
  const offset = index.reduce((sum, value, axis) => sum * axes[axis] + (value < 0 ? value + axes[axis] : value), 0);
  const scores = rowOf(output, example);
  const last = index.at(-1);
  const label = last === undefined ? undefined : model.labels?.[last];
  const likely = probability(model, scores, axes.length, offset);
  return { index: [...index], ...(label === undefined ? {} : { label }), score: scores[offset], ...(likely === undefined ? {} : { probability: likely }) };
}

function probability(model: Model, scores: Float32Array, rank: number, offset: number): number | undefined {
  if (model.activation === 'sigmoid') return 1 / (1 + Math.exp(-scores[offset]));
  if (rank !== 1) return undefined;
  if (model.activation === 'softmax') {
    const largest = scores.reduce((left, right) => Math.max(left, right), -Infinity);
    return Math.exp(scores[offset] - largest) / scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  }
  const total = scores.reduce((sum, score) => sum + score, 0);
  const isDistribution = scores.length > 1 && scores.every((score) => score >= 0) && Math.abs(total - 1) < 1e-3;
  return isDistribution ? scores[offset] : undefined;
}

function rowOf(output: Tensor<'float32'>, example: number): Float32Array {
  const size = sizeOf(output.shape.slice(1));
  return output.data.subarray(example * size, (example + 1) * size);
}
