import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { Attribution, type Findings, type Task } from './attribution';
import { float32Only, readReferences } from './baselines';
import { atElements, coalitions } from './coalitions';
import type { FeatureAblationOptions } from './featureAblation';
import { readFeatures } from './featureMask';
import { Responses } from './responses';

/** 2^20 coalitions already take a million evaluations of every example. */
export const MOST_FEATURES = 20;

/**
 * Shapley values (Shapley, "A Value for n-Person Games", 1953): the change of the output when a feature is added to the
 * baseline, on average over all orders of the m features,
 *
 *     attribution_i = sum over coalitions S without i of |S|! (m - |S| - 1)! / m! * (F(S and i) - F(S)),
 *
 * where F(S) is the output with the features of S from the input and all others at the baseline. Takes 2^m evaluations
 * of every example (not the m * m! of walking through all orders). For the form of the result see
 * {@link ShapleyValueSampling}.
 */
export class ShapleyValues extends Attribution<FeatureAblationOptions> {
  override readonly name = 'ShapleyValues';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'featureMask', 'perturbationsPerEval'];
  override readonly needsTarget = false;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<FeatureAblationOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const features = await readFeatures(options.featureMask, inputs, model);
    const { count, indexOf } = features;
    if (count > MOST_FEATURES) {
      throw new LensError('invalid-argument', `ShapleyValues: at most ${MOST_FEATURES} features can be attributed exactly, got ${count} (2^${count} evaluations)`, 'Group elements with featureMask, or use ShapleyValueSampling.');
    }
    const { tensors: baselines, name } = await readReferences(options.baselines, inputs, model);
    const responses = await Responses.of(task, features.isShared, options.perturbationsPerEval);

    const weights = weightsBySize(count);
    const bit = (id: number): number => 1 << (indexOf.get(id) ?? 0);
    const sums = new Float64Array(responses.count * count);
    await responses.visit(coalitions(inputs, baselines, features, 2 ** count, 'coalition', (coalition, id) => (coalition & bit(id)) !== 0), (coalition, response, value) => {
      const size = sizeOfCoalition(coalition);
      for (let feature = 0; feature < count; feature++) {
        sums[response * count + feature] += (coalition & (1 << feature)) !== 0 ? weights[size - 1] * value : -weights[size] * value;
      }
    });
    return {
      attributions: atElements(features, inputs, responses.shape, responses.exampleOf, (response, id) => sums[response * count + (indexOf.get(id) ?? 0)]),
      baselines: float32Only(baselines),
      baselineName: name,
    };
  }
}

/** |S|! (m - |S| - 1)! / m! for |S| from 0 to m - 1: each is 1 / (m * (m - 1 over |S|)). */
function weightsBySize(features: number): number[] {
  const weights = [1 / features];
  for (let size = 1; size < features; size++) weights.push((weights[size - 1] * size) / (features - size));
  return weights;
}

function sizeOfCoalition(coalition: number): number {
  let size = 0;
  for (let rest = coalition; rest !== 0; rest &= rest - 1) size++;
  return size;
}
