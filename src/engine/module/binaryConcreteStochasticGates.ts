import { LensError } from '../../protocol/errors';
import { StochasticGates, type GateOptions, type Gates } from './stochasticGates';

export interface BinaryConcreteOptions extends GateOptions {
  /** How far the gates are from being 0 or 1 only: between 0 and 1. Default: 2/3. */
  temperature?: number;
  /** The distribution on 0..1 is stretched to begin here, below 0. Default: -0.1. */
  lowerBound?: number;
  /** The distribution on 0..1 is stretched to end here, above 1. Default: 1.1. */
  upperBound?: number;
  /** Uniform draws stay this far from 0 and 1. Default: 1e-8. */
  eps?: number;
}

/**
 * Stochastic gates with the hard concrete distribution (Louizos, Welling, Kingma, "Learning Sparse Neural Networks
 * through L0 Regularization", ICLR 2018): with u uniform on 0..1 and the parameter log alpha of a gate,
 *
 *     s = sigmoid((log u - log(1 - u) + log alpha) / temperature),   z' = s (upper - lower) + lower,
 *     P(z > 0) = sigmoid(log alpha - temperature log(-lower / upper)).
 *
 * Not training, s = sigmoid(log alpha). Parameters start at N(0, 0.01^2).
 */
export class BinaryConcreteStochasticGates extends StochasticGates {
  private readonly temperature: number;
  private readonly lower: number;
  private readonly upper: number;
  private readonly eps: number;

  constructor(nGates: number, options: BinaryConcreteOptions = {}) {
    super(nGates, options, (random) => random.normal([nGates], 0.01));
    const { temperature = 2 / 3, lowerBound = -0.1, upperBound = 1.1, eps = 1e-8 } = options;
    if (!(temperature > 0 && temperature < 1)) throw new LensError('invalid-argument', `the temperature should be between 0 and 1, received ${temperature}`);
    if (!(lowerBound < 0)) throw new LensError('invalid-argument', `the stretch lower bound should be smaller than 0, received ${lowerBound}`);
    if (!(upperBound > 1)) throw new LensError('invalid-argument', `the stretch upper bound should be larger than 1, received ${upperBound}`);
    if (!(eps >= 0 && eps < 0.5)) throw new LensError('invalid-argument', `eps must be from 0 to below 0.5, got ${eps}`);
    [this.temperature, this.lower, this.upper, this.eps] = [temperature, lowerBound, upperBound, eps];
  }

  protected override draw(examples: number): Gates {
    const uniform = this.random.uniform(examples * this.nGates);
    return this.stretched(examples * this.nGates, this.temperature, (index) => {
      const u = Math.min(1 - this.eps, Math.max(this.eps, uniform[index]));
      return (Math.log(u / (1 - u)) + this.parameter[index % this.nGates]) / this.temperature;
    });
  }

  protected override means(): Gates {
    return this.stretched(this.nGates, 1, (gate) => this.parameter[gate]);
  }

  protected override activeProbability(parameter: number): { value: number; derivative: number } {
    const value = sigmoid(parameter - this.temperature * Math.log(-this.lower / this.upper));
    return { value, derivative: value * (1 - value) };
  }

  private stretched(count: number, temperature: number, logit: (index: number) => number): Gates {
    const width = this.upper - this.lower;
    const s = Float64Array.from({ length: count }, (_, index) => sigmoid(logit(index)));
    return { values: s.map((value) => value * width + this.lower), derivatives: s.map((value) => (value * (1 - value) * width) / temperature) };
  }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
