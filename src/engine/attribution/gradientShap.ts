import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { float32, sizeOf } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type NeuronOptions, type Task } from './attribution';
import { readDistribution, type BaselineDistribution } from './baselineDistribution';
import { zerosLike, type LayerNames } from './place';
import { randomSource, type Seed } from './random';
import type { AttributedTo, ToLayers } from './results';
import { samplesOf, taken } from './samples';
import { noisy, readStdevs, type Stdevs } from './stdevs';

export interface GradientShapOptions extends AttributionOptions {
  /** The distribution that baselines are drawn from. */
  baselines: BaselineDistribution;
  /** Samples of each example. Default: 5. */
  nSamples?: number;
  /** The standard deviation of the noise on the inputs. Default: 0. */
  stdevs?: Stdevs;
  /** What random numbers follow from. Default: 0. */
  seed?: Seed;
}

/**
 * GradientSHAP (Lundberg & Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017; Erion et al.,
 * "Learning Explainable Models Using Attribution Priors", 2019): the mean over samples of
 *
 *     (x'_i - b_i) * dF(u x' + (1 - u) b) / dx_i,
 *
 * x' the input with noise, b a baseline drawn for each input tensor on its own, u uniform in 0..1. At a layer h the factor
 * is h(x') - h(b). The convergence delta has one entry for each sample, those of an example in a row.
 */
export class GradientShap<O extends GradientShapOptions = GradientShapOptions, To extends AttributedTo = 'inputs'> extends Attribution<O, To> {
  override readonly name: string = 'GradientShap';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'nSamples', 'stdevs', 'seed', 'returnConvergenceDelta'];
  private readonly multiplyByInputs: boolean;

  /** With `multiplyByInputs: false` the factor (x' - b) is left out. Default: true. */
  constructor(model: ModelSource, { multiplyByInputs = true }: { multiplyByInputs?: boolean } = {}) {
    super(model);
    this.multiplyByInputs = multiplyByInputs;
  }

  protected override async explain({ inputs, options, targets, passes, place, model, select }: Task<O>): Promise<Findings> {
    const { nSamples = 5, stdevs = 0, seed } = options;
    if (!Number.isInteger(nSamples) || nSamples < 1) throw new LensError('invalid-argument', `nSamples must be a whole number of at least 1, got ${nSamples}`);
    const random = randomSource(seed);
    const distribution = await readDistribution(options.baselines, inputs, model, 1);
    const [examples, count] = [inputs[0].shape[0], inputs[0].shape[0] * nSamples];
    const baselines = distribution.map((part) => {
      const choice = random.choice(count, part.shape[0]);
      return taken(part, count, (row) => choice[row]);
    });
    const ends = noisy(inputs, readStdevs(stdevs, inputs.length), nSamples, random);
    const u = random.uniform(count);
    const points = ends.map(({ data, shape }, input) => {
      const size = sizeOf(shape.slice(1));
      return float32(Float32Array.from(data, (value, index) => between(baselines[input].data[index], value, u[Math.floor(index / size)])), shape);
    });

    const rows = samplesOf(points, nSamples);
    const [high, low] = [await place.values(samplesOf(ends, nSamples)), await place.values(samplesOf(baselines, nSamples))];
    const attributions = zerosLike(high, examples);
    const sums = new Float64Array(count);
    await passes.gradients(
      { ...rows, describe: (done) => `sample ${done} of ${count}` },
      targets,
      (row, _, gradients) => {
        for (const [part, gradient] of gradients.entries()) {
          const [into, from] = [rows.exampleOf(row) * gradient.length, row * gradient.length];
          for (let index = 0; index < gradient.length; index++) {
            const factor = this.multiplyByInputs ? high[part].data[from + index] - low[part].data[from + index] : 1;
            attributions[part].data[into + index] += (factor * gradient[index]) / nSamples;
            sums[row] += factor * gradient[index];
          }
        }
      },
      { key: 'plain', layers: place.layers },
    );
    const used = { nSamples, stdevs: typeof stdevs === 'number' ? stdevs : stdevs.join(', '), multiplyByInputs: this.multiplyByInputs };
    if (!('returnConvergenceDelta' in options) || !options.returnConvergenceDelta) return { attributions, isComplete: false, options: used };
    const [end, start] = [await passes.evaluate(samplesOf(ends, nSamples)), await passes.evaluate(samplesOf(baselines, nSamples))].map((output) => select(output, rows.exampleOf));
    return { attributions, isComplete: false, options: used, deltas: [sums.map((sum, row) => sum - (end[row] - start[row]))] };
  }
}

/** u * end + (1 - u) * start, rounded as float32 arithmetic does: at kinks of the model every bit counts. */
const between = (start: number, end: number, u: number): number => Math.fround(Math.fround(u) * end) + Math.fround(Math.fround(1 - Math.fround(u)) * start);

/** {@link GradientShap} at a layer. */
export class LayerGradientShap<L extends LayerNames = LayerNames> extends GradientShap<GradientShapOptions & LayerOptions, ToLayers<L>> {
  override readonly name = 'LayerGradientShap';

  constructor(model: ModelSource, layer: L, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.layer = layer;
  }
}

/** {@link GradientShap} of a neuron in place of the output. */
export class NeuronGradientShap extends GradientShap<Omit<GradientShapOptions, 'target'> & NeuronOptions> {
  override readonly name = 'NeuronGradientShap';

  constructor(model: ModelSource, layer: string, options?: { multiplyByInputs?: boolean }) {
    super(model, options);
    this.neuronLayer = layer;
  }
}
