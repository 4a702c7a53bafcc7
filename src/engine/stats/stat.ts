import { LensError } from '../../protocol/errors';
import { float32, sizeOf, type Shape, type Tensor } from '../tensor';

/** A statistic over tensors of one shape that come one by one; every element is counted for itself. */
export interface Stat {
  /** The key in a summary. */
  readonly name: string;
  /** The statistic of tensors with this many elements, before the first. */
  start(size: number): RunningStat;
}

/** A statistic in progress. */
export interface RunningStat {
  update(values: Float32Array): void;
  /** The numbers so far, one for each element; a single number for a count. */
  get(): Float64Array | number;
}

/** How many tensors there were. */
export class Count implements Stat {
  constructor(readonly name = 'count') {}

  start(): RunningStat {
    let count = 0;
    return { update: () => void count++, get: () => count };
  }
}

/** The running mean of Welford, m_n = m_(n-1) + (x_n - m_(n-1)) / n. */
export class Mean implements Stat {
  constructor(readonly name = 'mean') {}

  start = (size: number): RunningStat => fromMoments(size, ({ means }) => means);
}

/** The sum of squared deviations from the mean, as Captum calls the mean squared error before it is divided. */
export class MSE implements Stat {
  constructor(readonly name = 'mse') {}

  start = (size: number): RunningStat => fromMoments(size, ({ deviations }) => deviations);
}

/** The variance, squared deviations / (n - order): of the population for order 0, of a sample for order 1. Zero for n <= order. */
export class Var implements Stat {
  readonly name: string;

  constructor(
    private readonly order = 0,
    name?: string,
  ) {
    this.name = name ?? nameOf('variance', order);
  }

  start = (size: number): RunningStat => fromMoments(size, (moments) => variance(moments, this.order));
}

/** The standard deviation, the root of {@link Var}. */
export class StdDev implements Stat {
  readonly name: string;

  constructor(
    private readonly order = 0,
    name?: string,
  ) {
    this.name = name ?? nameOf('std_dev', order);
  }

  start = (size: number): RunningStat => fromMoments(size, (moments) => variance(moments, this.order).map(Math.sqrt));
}

/** The smallest value. */
export class Min implements Stat {
  constructor(readonly name = 'min') {}

  start = (size: number): RunningStat => folded(size, Math.min);
}

/** The largest value. */
export class Max implements Stat {
  constructor(readonly name = 'max') {}

  start = (size: number): RunningStat => folded(size, Math.max);
}

/** The sum. */
export class Sum implements Stat {
  constructor(readonly name = 'sum') {}

  start = (size: number): RunningStat => folded(size, (total, value) => total + value);
}

/** Captum's usual statistics: mean, sample variance, sample standard deviation, minimum and maximum. */
export const CommonStats = (): Stat[] => [new Mean(), new Var(1), new StdDev(1), new Min(), new Max()];

interface Moments {
  count: number;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Welford's method ("Note on a Method for Calculating Corrected Sums of Squares and Products", 1962). */
function fromMoments(size: number, result: (moments: Moments) => Float64Array): RunningStat {
  const moments: Moments = { count: 0, means: new Float64Array(size), deviations: new Float64Array(size) };
  return {
    update(values) {
      moments.count++;
      for (const [index, value] of values.entries()) {
        const before = value - moments.means[index];
        moments.means[index] += before / moments.count;
        moments.deviations[index] += before * (value - moments.means[index]);
      }
    },
    get: () => result(moments),
  };
}

const variance = ({ count, deviations }: Moments, order: number): Float64Array => deviations.map((value) => (count <= order ? 0 : value / (count - order)));

function folded(size: number, combine: (result: number, value: number) => number): RunningStat {
  let result: Float64Array | undefined;
  return {
    update(values) {
      result = result ? result.map((value, index) => combine(value, values[index])) : Float64Array.from(values);
    },
    get: () => result ?? new Float64Array(size),
  };
}

function nameOf(statistic: string, order: number): string {
  if (!Number.isInteger(order) || order < 0) throw new LensError('invalid-argument', `${statistic}: order must be a whole number of at least 0, got ${order}`);
  return order === 0 ? statistic : order === 1 ? `sample_${statistic}` : `${statistic}(${order})`;
}

/** A statistic's numbers as they are returned. */
export const asResult = (value: Float64Array | number, shape: Shape): Tensor<'float32'> | number => (typeof value === 'number' ? value : float32(Float32Array.from(value.subarray(0, sizeOf(shape))), shape));
