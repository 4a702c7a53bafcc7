import { errorFunction } from 'simple-statistics';
import { LensError } from '../../protocol/errors';
import { StochasticGates, type GateOptions, type Gates } from './stochasticGates';

export interface GaussianOptions extends GateOptions {
  /** The standard deviation of the gates, which is not learned. Default: 0.5. */
  std?: number;
}

/**
 * Stochastic gates with the normal distribution (Yamada, Lindenbaum, Negahban, Kluger, "Feature Selection using
 * Stochastic Gates", ICML 2020): with the parameter mu of a gate,
 *
 *     z' = mu + N(0, std^2),   P(z > 0) = (1 + erf(mu / (std sqrt 2))) / 2.
 *
 * Not training, z' = mu. Parameters start at N(0.5, 0.01^2).
 */
export class GaussianStochasticGates extends StochasticGates {
  private readonly std: number;

  constructor(nGates: number, options: GaussianOptions = {}) {
    super(nGates, options, (random) => Float64Array.from(random.normal([nGates], 0.01), (noise) => 0.5 + noise));
    const { std = 0.5 } = options;
    if (!(std > 0 && Number.isFinite(std))) throw new LensError('invalid-argument', `the standard deviation should be positive, received ${std}`);
    this.std = std;
  }

  protected override draw(examples: number): Gates {
    const noise = this.random.normal([examples, this.nGates], this.std);
    return withSlope1(Float64Array.from(noise, (value, index) => this.parameter[index % this.nGates] + value));
  }

  protected override means(): Gates {
    return withSlope1(Float64Array.from(this.parameter));
  }

  protected override activeProbability(parameter: number): { value: number; derivative: number } {
    const x = parameter / this.std;
    return { value: (1 + errorFunction(x / Math.SQRT2)) / 2, derivative: Math.exp((-x * x) / 2) / (this.std * Math.sqrt(2 * Math.PI)) };
  }
}

const withSlope1 = (values: Float64Array): Gates => ({ values, derivatives: new Float64Array(values.length).fill(1) });
