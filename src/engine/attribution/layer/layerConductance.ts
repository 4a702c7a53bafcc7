import type { ModelSource } from '../../models/modelOf';
import { Attribution, type Findings, type LayerOptions, type Task } from '../attribution';
import { readBaselines } from '../baselines';
import type { IntegratedGradientsOptions } from '../integratedGradients';
import { zerosLike, type LayerNames } from '../place';
import { quadrature } from '../quadrature';
import type { ToLayers } from '../results';
import { examplesOf } from '../rows';
import { StraightPath } from '../straightPath';
import { isFloat32 } from '../../tensor';

export interface LayerConductanceOptions extends IntegratedGradientsOptions, LayerOptions {}

/** What came out at the last point of an example's path. */
interface Point {
  readonly gradients: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

/**
 * Conductance of a layer h (Dhamdhere, Sundararajan, Yan, "How Important Is a Neuron?", ICLR 2019; Shrikumar, Su, Kundaje,
 * "Computationally Efficient Measures of Internal Neuron Importance", 2018): the change of the output that flows through
 * each neuron along the straight path from the baseline to the input, as a sum over the points of the quadrature,
 *
 *     sum over k of dF/dh(a_k) * (h(a_k+1) - h(a_k)),   nSteps + 1 points.
 *
 * Only the points of the quadrature are used, not its weights; those of `gausslegendre` do not reach the path's ends, so
 * that the convergence delta is not small for few steps.
 */
export class LayerConductance<L extends LayerNames = LayerNames> extends Attribution<LayerConductanceOptions, ToLayers<L>> {
  override readonly name = 'LayerConductance';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'nSteps', 'method', 'internalBatchSize', 'returnConvergenceDelta'];

  constructor(model: ModelSource, layer: L) {
    super(model);
    this.layer = layer;
  }

  protected override async explain({ inputs, options, targets, passes, place, model, select }: Task<LayerConductanceOptions>): Promise<Findings> {
    const { nSteps = 50, method = 'gausslegendre' } = options;
    const { alphas } = quadrature(method, nSteps + 1);
    const { tensors: baselines, name: baselineName } = await readBaselines(options.baselines, inputs, model);
    const examples = inputs[0].shape[0];
    const attributions = zerosLike(await place.values(examplesOf(inputs)), examples);
    const last: Point[] = [];
    const points = new StraightPath(inputs.filter(isFloat32), baselines, alphas);
    await passes.gradients(
      points,
      targets,
      (row, _, gradients, values) => {
        const example = points.exampleOf(row);
        const before = last[example];
        for (const [index, value] of values.entries()) {
          const into = attributions[index].data.subarray(example * value.length, (example + 1) * value.length);
          for (let element = 0; before && element < value.length; element++) into[element] += before.gradients[index][element] * (value[element] - before.values[index][element]);
        }
        last[example] = { gradients: gradients.map((part) => part.slice()), values: values.map((part) => part.slice()) };
      },
      { key: 'plain', layers: place.layers },
    );
    return { attributions, baselines, baselineName, startValues: select(await passes.evaluate(examplesOf(baselines))), options: { nSteps, method } };
  }
}
