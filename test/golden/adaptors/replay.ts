import assert from 'node:assert/strict';
import type { RandomSource } from '../../../src/engine/attribution/random';
import { sizeOf } from '../../../src/engine/tensor';
import { isTensor, itemsOf, type GoldenCase, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import { ordersByFeature } from './featureOrders';

/** A source that replays, with the samples of Lime and KernelShap, which are recorded as they are. */
export interface Replay extends RandomSource {
  interpretableSamples(features: number): Iterable<ArrayLike<number>>;
}

/** The recorded draws of a case as a source of random numbers, each generator's in call order. Undefined without any. */
export function replayOf(golden: GoldenCase): Replay | undefined {
  const recorded = golden.field('random');
  if (!recorded || typeof recorded !== 'object') return undefined;
  const draws = new Map(Object.entries(recorded as Readonly<Record<string, GoldenValue>>).map(([generator, values]) => [generator, itemsOf(values).filter(isTensor)]));
  if (golden.method === 'FeaturePermutation') draws.set('torch.randperm', ordersByFeature(golden, draws.get('torch.randperm') ?? []));
  const next = (generators: string, count: number): GoldenTensor => {
    const generator = generators.split(' or ').find((name) => draws.has(name)) ?? generators;
    const tensor = draws.get(generator)?.shift();
    assert.ok(tensor, `${generator} is drawn from more often than recorded`);
    assert.equal(tensor.data.length, count, `the numbers of one draw from ${generator}`);
    return tensor;
  };
  let sample = 0;
  return {
    *interpretableSamples(features) {
      const [recorded] = draws.get('interpretable_samples') ?? [];
      assert.equal(recorded?.shape[1], features, 'the number of interpretable features');
      for (; sample < recorded.shape[0]; ) yield Array.from(recorded.data).slice(sample * features, ++sample * features);
      assert.fail('more samples are drawn than recorded');
    },
    normal(shape) {
      const drawn = next('torch.normal or torch.randn_like', sizeOf(shape));
      assert.deepEqual([...drawn.shape], [...shape], 'the shape of the noise');
      return drawn.data;
    },
    uniform: (count) => next('numpy.uniform or torch.rand_like or torch.rand', count).data,
    choice: (count) => next('numpy.choice', count).data,
    permutation: (count) => next('torch.randperm', count).data,
  };
}
