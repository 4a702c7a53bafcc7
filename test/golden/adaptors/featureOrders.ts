import { sizeOf } from '../../../src/engine/tensor';
import { isTensor, itemsOf, type GoldenCase, type GoldenTensor, type GoldenValue } from '../goldenFolder';

/**
 * The recorded orders of FeaturePermutation, feature by feature and input by input. Captum draws them for
 * `perturbations_per_eval` features at a time: for each input that has one of them an order for every one, again where it
 * is the identity.
 */
export function ordersByFeature(golden: GoldenCase, recorded: readonly GoldenTensor[]): GoldenTensor[] {
  const { feature_mask: mask, perturbations_per_eval: together } = (golden.field('call') ?? {}) as Readonly<Record<string, GoldenValue>>;
  const inputs = itemsOf(golden.field('inputs') ?? []).filter(isTensor);
  const ids = mask ? itemsOf(mask).filter(isTensor).map(({ data }) => [...new Set(Array.from(data))].sort((left, right) => left - right)) : consecutive(inputs);
  const features = [...new Set(ids.flat())];
  const isIn = (feature: number, input: number): boolean => ids[input].includes(feature);
  const orders = recorded.filter(({ data }) => Array.from(data).some((example, place) => example !== place));
  const drawn = new Map<string, GoldenTensor>();
  const size = typeof together === 'number' ? together : 1;
  for (let start = 0; start < features.length; start += size) {
    const chunk = features.slice(start, start + size);
    for (const input of inputs.keys()) {
      if (!chunk.some((feature) => isIn(feature, input))) continue;
      for (const feature of chunk) drawn.set(`${feature} ${input}`, orders.shift()!);
    }
  }
  return features.flatMap((feature) => [...inputs.keys()].filter((input) => isIn(feature, input)).map((input) => drawn.get(`${feature} ${input}`)!));
}

/** Every element a feature of its own, numbered through all inputs. */
function consecutive(inputs: readonly GoldenTensor[]): number[][] {
  let next = 0;
  return inputs.map(({ shape }) => Array.from({ length: sizeOf(shape.slice(1)) }, () => next++));
}
