import { LensError } from '../../protocol/errors';
import { float32, sizeOf, type Tensor } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type Task } from './attribution';
import { isTuple } from './inputs';
import { currentJob, partOf, runJob } from './job';
import type { PlainOptions } from './plainOptions';
import { randomSource, type RandomSource, type Seed } from './random';
import type { AttributedTo } from './results';
import { repeated, taken } from './samples';
import { noisy, readStdevs, type Stdevs } from './stdevs';
import { isTensor, toTensor } from './tensorLike';

export const NOISE_TYPES = ['smoothgrad', 'smoothgrad_sq', 'vargrad'] as const;
export type NoiseType = (typeof NOISE_TYPES)[number];

export interface NoiseTunnelOptions extends AttributionOptions {
  /** Mean of the samples' attributions, mean of their squares, or their variance. Default: `smoothgrad`. */
  ntType?: NoiseType;
  /** Noisy samples of each example. Default: 5. */
  ntSamples?: number;
  /** How many samples of each example the algorithm gets at a time. Default: all. Does not change the result. */
  ntSamplesBatchSize?: number;
  /** The standard deviation of the noise, in the numbers that the model sees. Default: 1. */
  stdevs?: Stdevs;
  /** Whether each sample gets a baseline drawn from `baselines`. Default: false. */
  drawBaselineFromDistrib?: boolean;
  /** What random numbers follow from. Default: 0. */
  seed?: Seed;
  /** The options of the algorithm that runs on the samples. */
  [option: string]: unknown;
}

/**
 * Noise Tunnel over any algorithm A: with x_k = x + N(0, stdev^2),
 *
 * - smoothgrad: mean of A(x_k) (Smilkov et al., "SmoothGrad: Removing Noise by Adding Noise", 2017);
 * - smoothgrad_sq: mean of A(x_k)^2 (Hooker et al., "A Benchmark for Interpretability Methods", NeurIPS 2019);
 * - vargrad: mean of A(x_k)^2 - (mean of A(x_k))^2 (Adebayo et al., "Local Explanation Methods", 2018).
 *
 * The convergence delta has one entry for each sample, those of an example in a row.
 */
export class NoiseTunnel<To extends AttributedTo = 'inputs'> extends Attribution<NoiseTunnelOptions, To> {
  override readonly name = 'NoiseTunnel';
  override readonly needsTarget: boolean;

  /** @param method The algorithm that runs on the noisy samples. */
  constructor(readonly method: Attribution<AttributionOptions, To>) {
    super(method.model);
    this.layer = method.layer;
    this.neuronLayer = method.neuronLayer;
    this.needsTarget = method.needsTarget;
  }

  protected override async explain({ inputs, options, targets, passes }: Task<NoiseTunnelOptions>): Promise<Findings> {
    const { ntType = 'smoothgrad', ntSamples = 5, ntSamplesBatchSize = ntSamples, stdevs = 1, drawBaselineFromDistrib = false, seed, target, additionalForwardArgs, ...own } = options;
    if (!NOISE_TYPES.includes(ntType)) throw new LensError('invalid-argument', `Noise types must be either smoothgrad, smoothgrad_sq or vargrad, got '${String(ntType)}'`);
    requireCount('ntSamples', ntSamples);
    requireCount('ntSamplesBatchSize', ntSamplesBatchSize);
    const random = randomSource(seed);
    const examples = inputs[0].shape[0];
    const deviations = readStdevs(stdevs, inputs.length);
    const job = currentJob();
    const sums: Moments[] = [];
    const deltas: number[] = [];
    let used: PlainOptions = {};
    let baselineName: string | undefined;
    for (let done = 0; done < ntSamples; done += ntSamplesBatchSize) {
      const samples = Math.min(ntSamplesBatchSize, ntSamples - done);
      const baselines = drawBaselineFromDistrib ? await drawn(own.baselines, inputs, samples, random) : await repeatedWith(own.baselines, inputs, samples);
      const noise = noisy(inputs, deviations, samples, random);
      const featureMask = own.featureMask === undefined ? {} : { featureMask: await repeatedWith(own.featureMask, inputs, samples) };
      const part = partOf(job, done / ntSamplesBatchSize, Math.ceil(ntSamples / ntSamplesBatchSize));
      const repeat = (arg: Tensor, index: number): Tensor => (passes.followingArgs[index] ? repeated(arg, samples) : arg);
      const found = await runJob(part, () =>
        this.method.explainTensors(noise, {
          ...own,
          ...featureMask,
          ...(this.method.optionNames?.includes('seed') ? { seed: random } : {}),
          ...(own.baselines === undefined ? {} : { baselines }),
          ...(targets && target !== undefined ? { target: targets.flatMap((index) => Array.from({ length: samples }, () => index)) } : {}),
          ...(additionalForwardArgs === undefined ? {} : { additionalForwardArgs: passes.forwardArgs.map(repeat) }),
        }),
      );
      for (const [index, part] of found.attributions.entries()) (sums[index] ??= new Moments(examples, part)).add(part, samples);
      [used, baselineName] = [found.options, found.baselineName];
      deltas.push(...(found.deltas?.[0] ?? found.convergenceDelta ?? []));
    }
    return {
      attributions: sums.map((moments) => moments.result(ntType, ntSamples)),
      isComplete: false,
      ...(deltas.length > 0 ? { deltas: [Float64Array.from(deltas)] } : {}),
      ...(baselineName === undefined ? {} : { baselineName }),
      options: { ...used, ntType, ntSamples, stdevs: typeof stdevs === 'number' ? stdevs : stdevs.join(', '), attributionMethod: this.method.name },
    };
  }
}

/** Sums of attributions and of their squares for each example. */
class Moments {
  private readonly sum: Float64Array;
  private readonly squares: Float64Array;
  private readonly shape: readonly number[];

  constructor(examples: number, { shape }: Tensor) {
    this.shape = [examples, ...shape.slice(1)];
    this.sum = new Float64Array(sizeOf(this.shape));
    this.squares = new Float64Array(sizeOf(this.shape));
  }

  add({ data, shape }: Tensor<'float32'>, samples: number): void {
    if (shape[0] !== this.shape[0] * samples) throw new LensError('shape-mismatch', `NoiseTunnel needs attributions for each example, got ${shape[0]} for ${this.shape[0] * samples} samples`, 'Choose one output of each example with the option target.');
    const size = sizeOf(shape.slice(1));
    for (const [index, value] of data.entries()) {
      const place = Math.floor(index / (samples * size)) * size + (index % size);
      this.sum[place] += value;
      this.squares[place] += value * value;
    }
  }

  result(type: NoiseType, samples: number): Tensor<'float32'> {
    const of = (sum: number, square: number): number => (type === 'smoothgrad' ? sum : type === 'smoothgrad_sq' ? square : square - sum * sum);
    return float32(Float32Array.from(this.sum, (sum, index) => of(sum / samples, this.squares[index] / samples)), this.shape);
  }
}

function requireCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new LensError('invalid-argument', `${option} must be a whole number of at least 1, got ${value}`);
}

/** An option with a part for each input; parts with an entry for each of several examples are repeated with them. */
async function repeatedWith(given: unknown, inputs: readonly Tensor[], samples: number): Promise<unknown> {
  const examples = inputs[0].shape[0];
  return eachPart(given, inputs, (part) => (examples > 1 && part.shape[0] === examples ? repeated(part, samples) : part));
}

/** A baseline drawn for each sample. */
function drawn(given: unknown, inputs: readonly Tensor[], samples: number, random: RandomSource): Promise<unknown> {
  const rows = inputs[0].shape[0] * samples;
  return eachPart(given, inputs, (part) => {
    const choice = random.choice(rows, part.shape[0]);
    return taken(part, rows, (row) => choice[row]);
  });
}

async function eachPart(given: unknown, inputs: readonly Tensor[], change: (part: Tensor) => Tensor): Promise<unknown> {
  const changed = async (part: unknown): Promise<unknown> => (isTensor(part) || Array.isArray(part) ? change((await toTensor(part, 'baselines')).tensor) : part);
  return Array.isArray(given) && (inputs.length > 1 || isTuple(given)) ? Promise.all(given.map(changed)) : changed(given);
}
