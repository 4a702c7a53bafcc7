import { randomSource } from '../../../src/engine/attribution/random';
import { float32, type Tensor } from '../../../src/engine/tensor';
import type { GoldenTensor } from '../goldenFolder';

/** One of the last bits of a float32 number, as a part of the largest. */
const LAST_BIT = 2 ** -23;
/** About half of the runs carry each kink within reach over: in eight, one of 256 kinks stays unseen. */
const RUNS = 8;

/**
 * The same inputs with their last bits changed, several times. An algorithm in float32 is right when it gives what exact
 * arithmetic gives for inputs that are rounded a little differently: where the results of these runs differ (a ReLU at 0,
 * two equal elements of a max pool, outputs that cancel), executors do too. Always the same bits.
 */
export function roundedDifferently(inputs: readonly Tensor[]): Tensor[][] {
  const random = randomSource(1);
  return Array.from({ length: RUNS }, () =>
    inputs.map((input) => {
      if (input.dtype !== 'float32') return input;
      const { data, shape } = input as Tensor<'float32'>;
      const bit = LAST_BIT * data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const steps = random.uniform(data.length);
      return float32(data.map((value, index) => value + bit * (2 * steps[index] - 1)), shape);
    }),
  );
}

/** Of each element the value nearest to what is expected within the range of all results. */
export function nearestTo(expected: GoldenTensor, results: readonly GoldenTensor[]): GoldenTensor {
  const data = Array.from(expected.data, (value, index) => {
    const found = results.map((result) => result.data[index]);
    return Math.min(Math.max(value, Math.min(...found)), Math.max(...found));
  });
  return { shape: results[0].shape, data };
}
