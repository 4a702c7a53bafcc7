import { LensError } from '../../protocol/errors';
import { randomSource, type RandomSource, type Seed } from '../attribution/random';
import { inKind, type AttributionsOf } from '../attribution/results';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { broadcastShapes } from '../operators/broadcast';
import { float32, formatShape, sizeOf, toNumbers, type Tensor } from '../tensor';

const REDUCTIONS = ['none', 'mean', 'sum'] as const;

export interface GateOptions {
  /** The gate of each element: whole numbers from 0 to nGates - 1, broadcast to the input. Default: a gate for each element. */
  mask?: TensorLike;
  /** The weight of the regularization. Default: 1. */
  regWeight?: number;
  /** How the gates' probabilities become the regularization: their sum, mean, or as they are. Default: `sum`. */
  regReduction?: (typeof REDUCTIONS)[number];
  /** The gates' parameters, one for each. Default: drawn near the gates' start. */
  parameter?: ArrayLike<number>;
  /** The same seed draws the same. Default: 0. */
  seed?: Seed;
}

/** Gates drawn for a batch, before they are cut to 0..1, and their derivatives with respect to the parameter of each. */
export interface Gates {
  /** [examples, gates] */
  readonly values: Float64Array;
  readonly derivatives: Float64Array;
}

/**
 * Stochastic gates: every element of an input is multiplied by a random gate z = clamp(z', 0, 1), and the expected
 * number of open gates, the sum of P(z > 0), is added to a loss as L0 regularization. The distribution of z' is the
 * subclasses'. Learn `parameter` with {@link gradients}; what stays open is what the model needs.
 */
export abstract class StochasticGates {
  /** The parameter of each gate's distribution; written to by whoever trains the gates. */
  readonly parameter: Float64Array;
  /** Whether gates are drawn; otherwise they are their distributions' means. */
  training = true;
  protected readonly random: RandomSource;
  private last: { readonly input: Tensor<'float32'>; readonly gates: Gates; readonly gateOf: Int32Array } | undefined;

  protected constructor(
    readonly nGates: number,
    private readonly options: GateOptions,
    start: (random: RandomSource) => ArrayLike<number>,
  ) {
    const { regReduction = 'sum', regWeight = 1, parameter, seed } = options;
    if (!Number.isSafeInteger(nGates) || nGates < 1) throw new LensError('invalid-argument', `nGates must be a whole number of at least 1, got ${nGates}`);
    if (!REDUCTIONS.includes(regReduction)) throw new LensError('invalid-argument', `reg_reduction must be one of [none, mean, sum], received: ${String(regReduction)}`);
    if (!Number.isFinite(regWeight)) throw new LensError('invalid-argument', `regWeight must be a finite number, got ${regWeight}`);
    if (parameter && parameter.length !== nGates) throw new LensError('invalid-argument', `parameter must hold one number for each of the ${nGates} gates, got ${parameter.length}`);
    this.random = randomSource(seed);
    this.parameter = Float64Array.from(parameter ?? start(this.random));
  }

  /** Draws the gates of a batch. */
  protected abstract draw(examples: number): Gates;

  /** The means of the gates' distributions, not cut, and their derivatives. */
  protected abstract means(): Gates;

  /** P(z > 0) of a gate with this parameter, and its derivative. */
  protected abstract activeProbability(parameter: number): { readonly value: number; readonly derivative: number };

  /**
   * The gated input, of the input's shape, and the regularization: a number, or with `regReduction: 'none'` one for
   * each gate.
   *
   * @throws LensError `shape-mismatch`, `invalid-argument` when the mask, or without one the input, has not `nGates` gates.
   */
  async forward<T extends TensorLike>(input: T): Promise<[gated: AttributionsOf<T>, l0Reg: Tensor<'float32'>]> {
    const { tensor, kind } = await toTensor(input, 'Input of the gates');
    const values = float32(Float32Array.from(toNumbers(tensor)), tensor.shape);
    const gateOf = await this.gateOfElements(values);
    const examples = values.shape[0];
    const size = sizeOf(values.shape.slice(1));
    const gates = this.training ? this.draw(examples) : repeatedFor(this.means(), examples);
    const gated = values.data.map((value, index) => value * clamped(gates.values[Math.floor(index / size) * this.nGates + gateOf[index]]));
    this.last = { input: values, gates, gateOf };
    return [(await inKind(float32(gated, values.shape), kind)) as AttributionsOf<T>, this.regularization()];
  }

  /**
   * The gradient of loss + regularization with respect to `parameter`, from the gradient of the loss with respect to the
   * gated input of the last {@link forward}. The derivative of a gate that is cut is 0. Not for `regReduction: 'none'`.
   */
  async gradients(gatedGradient: TensorLike): Promise<Float64Array> {
    if (!this.last) throw new LensError('invalid-argument', 'gradients: there was no forward pass yet', 'Call forward first.');
    const { regReduction = 'sum', regWeight = 1 } = this.options;
    if (regReduction === 'none') throw new LensError('invalid-argument', "gradients: regReduction 'none' leaves the regularization to its caller, it must be sum or mean");
    const { input, gates, gateOf } = this.last;
    const { tensor } = await toTensor(gatedGradient, 'Gradient of the gated input');
    if (formatShape(tensor.shape) !== formatShape(input.shape)) throw new LensError('shape-mismatch', `Gradient of the gated input must have the shape ${formatShape(input.shape)}, got ${formatShape(tensor.shape)}`);
    const size = sizeOf(input.shape.slice(1));
    const share = regReduction === 'mean' ? regWeight / this.nGates : regWeight;
    const result = this.parameter.map((parameter) => share * this.activeProbability(parameter).derivative);
    for (const [index, gradient] of toNumbers(tensor).entries()) {
      const place = Math.floor(index / size) * this.nGates + gateOf[index];
      if (gates.values[place] > 0 && gates.values[place] < 1) result[gateOf[index]] += gradient * input.data[index] * gates.derivatives[place];
    }
    return result;
  }

  /** The means of the gates, cut to 0..1 unless `clamp` is false: [nGates]. */
  getGateValues({ clamp = true }: { clamp?: boolean } = {}): Tensor<'float32'> {
    return float32(Float32Array.from(this.means().values, (value) => (clamp ? clamped(value) : value)), [this.nGates]);
  }

  /** The probability that each gate is open, P(z > 0): [nGates]. */
  getGateActiveProbs(): Tensor<'float32'> {
    return float32(Float32Array.from(this.parameter, (parameter) => this.activeProbability(parameter).value), [this.nGates]);
  }

  private regularization(): Tensor<'float32'> {
    const { regReduction = 'sum', regWeight = 1 } = this.options;
    const probabilities = this.parameter.map((parameter) => regWeight * this.activeProbability(parameter).value);
    if (regReduction === 'none') return float32(Float32Array.from(probabilities), [this.nGates]);
    const sum = probabilities.reduce((total, value) => total + value, 0);
    return float32([regReduction === 'sum' ? sum : sum / this.nGates], []);
  }

  /** The gate of every element of an input. */
  private async gateOfElements({ shape }: Tensor): Promise<Int32Array> {
    const { mask } = this.options;
    const size = sizeOf(shape.slice(1));
    if (shape.length < 2) throw new LensError('shape-mismatch', `The input tensor must have more than 1 dimension with the 1st dimension being batch size; received input tensor shape ${formatShape(shape)}`);
    if (!mask) {
      if (size !== this.nGates) throw new LensError('invalid-argument', `if mask is not given, each example in the input batch should have the same number of elements (received ${size}) as gates (${this.nGates})`);
      return Int32Array.from({ length: sizeOf(shape) }, (_, index) => index % size);
    }
    const { tensor } = await toTensor(mask, 'mask', 'int64');
    const gates = toNumbers(tensor);
    const largest = gates.reduce((most, gate) => Math.max(most, gate), -1);
    if (largest !== this.nGates - 1) throw new LensError('invalid-argument', `the maximum mask index (received ${largest}) should be equal to the number of gates - 1 (received ${this.nGates}) since each mask should correspond to a gate`);
    const wrong = gates.find((gate) => !Number.isInteger(gate) || gate < 0);
    if (wrong !== undefined) throw new LensError('invalid-argument', `mask must hold whole numbers from 0 to ${this.nGates - 1}, got ${wrong}`);
    const joint = broadcastShapes([shape, tensor.shape]);
    if (!joint || formatShape(joint) !== formatShape(shape)) throw new LensError('shape-mismatch', `mask must broadcast to the input's shape ${formatShape(shape)}, got ${formatShape(tensor.shape)}`);
    const axes = [...new Array<number>(shape.length - tensor.shape.length).fill(1), ...tensor.shape];
    return Int32Array.from({ length: sizeOf(shape) }, (_, index) => gates[broadcastIndex(index, shape, axes)]);
  }
}

/** Where an element of a shape reads a tensor of `axes` that is broadcast to it. */
function broadcastIndex(index: number, shape: readonly number[], axes: readonly number[]): number {
  let [rest, offset, stride] = [index, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes[axis] > 1) offset += (rest % shape[axis]) * stride;
    stride *= axes[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return offset;
}

function repeatedFor({ values, derivatives }: Gates, examples: number): Gates {
  const repeat = (list: Float64Array): Float64Array => Float64Array.from({ length: examples * list.length }, (_, index) => list[index % list.length]);
  return { values: repeat(values), derivatives: repeat(derivatives) };
}

/** Hard-sigmoid rectification: min(1, max(0, z)). */
const clamped = (value: number): number => Math.min(1, Math.max(0, value));
