import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { Attribution, type Findings, type Task } from './attribution';
import { float32Only, readReferences } from './baselines';
import { atElements, coalitions } from './coalitions';
import type { FeatureAblationOptions } from './featureAblation';
import { readFeatures } from './featureMask';
import { randomSource, type Seed } from './random';
import { Responses } from './responses';
import { examplesOf } from './rows';

export interface ShapleyValueSamplingOptions extends FeatureAblationOptions {
  /** The number of random orders of the features. Default: 25. */
  nSamples?: number;
  /** The same seed draws the same orders. Default: 0. */
  seed?: Seed;
}

/**
 * Shapley value sampling (Castro, Gómez, Tejada, "Polynomial calculation of the Shapley value based on sampling", 2009;
 * Štrumbelj, Kononenko, 2010): features are added to the baseline x' one by one in a random order; a feature gets the
 * change of the output when it is added, on average over n orders,
 *
 *     attribution_i = 1/n * sum over orders of F(x' with those up to i of x) - F(x' with those before i of x).
 *
 * Attributions of the features sum to F(x) - F(x') in every order. Without a target every output is attributed: the
 * result has the shape [...output, ...axes of the input after the first].
 */
export class ShapleyValueSampling extends Attribution<ShapleyValueSamplingOptions> {
  override readonly name = 'ShapleyValueSampling';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'featureMask', 'nSamples', 'perturbationsPerEval', 'seed'];
  override readonly needsTarget = false;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<ShapleyValueSamplingOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const { nSamples = 25 } = options;
    if (!Number.isInteger(nSamples) || nSamples < 1) throw new LensError('invalid-argument', `nSamples must be a whole number of at least 1, got ${nSamples}`);
    const random = randomSource(options.seed);
    const features = await readFeatures(options.featureMask, inputs, model);
    features.requireFromZero();
    const { tensors: baselines, name } = await readReferences(options.baselines, inputs, model);
    const responses = await Responses.of(task, features.isShared, options.perturbationsPerEval);
    const atBaselines = await responses.at(examplesOf(baselines));

    const { count, indexOf } = features;
    const orders = Array.from({ length: nSamples }, () => Int32Array.from(random.permutation(features.span)).filter((id) => indexOf.has(id)));
    const places = orders.map((order) => placesOf(order, features.span));
    const keeps = (copy: number, id: number): boolean => places[Math.floor(copy / count)][id] <= copy % count;
    const before = new Float64Array(responses.count);
    const sums = new Float64Array(responses.count * count);
    await responses.visit(coalitions(inputs, baselines, features, nSamples * count, 'evaluation', keeps), (copy, response, value) => {
      const place = copy % count;
      const last = place === 0 ? atBaselines[response] : before[response];
      sums[response * count + (indexOf.get(orders[Math.floor(copy / count)][place]) ?? 0)] += value - last;
      before[response] = value;
    });
    return {
      attributions: atElements(features, inputs, responses.shape, responses.exampleOf, (response, id) => sums[response * count + (indexOf.get(id) ?? 0)] / nSamples),
      baselines: float32Only(baselines),
      baselineName: name,
      options: { nSamples },
    };
  }
}

/** Where each feature stands in an order. */
function placesOf(order: Int32Array, span: number): Int32Array {
  const places = new Int32Array(span);
  for (const [place, id] of order.entries()) places[id] = place;
  return places;
}
