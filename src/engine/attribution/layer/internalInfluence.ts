import type { ModelSource } from '../../models/modelOf';
import { Attribution, type Findings, type LayerOptions, type Task } from '../attribution';
import { float32Only, readBaselines } from '../baselines';
import type { IntegratedGradientsOptions } from '../integratedGradients';
import { zerosLike, type LayerNames } from '../place';
import { quadrature } from '../quadrature';
import type { ToLayers } from '../results';
import { examplesOf } from '../rows';
import { StraightPath } from '../straightPath';
import { isFloat32 } from '../../tensor';

export interface InternalInfluenceOptions extends IntegratedGradientsOptions, LayerOptions {
  returnConvergenceDelta?: never;
}

/**
 * Internal Influence (Leino et al., "Influence-Directed Explanations for Deep Convolutional Networks", 2018): the
 * integral of the gradient dF/dh of a layer h along the straight path from the baseline to the input.
 */
export class InternalInfluence<L extends LayerNames = LayerNames> extends Attribution<InternalInfluenceOptions, ToLayers<L>> {
  override readonly name = 'InternalInfluence';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'baselines', 'nSteps', 'method', 'internalBatchSize'];

  constructor(model: ModelSource, layer: L) {
    super(model);
    this.layer = layer;
  }

  protected override async explain({ inputs, options, targets, passes, place, model }: Task<InternalInfluenceOptions>): Promise<Findings> {
    const { nSteps = 50, method = 'gausslegendre' } = options;
    const { alphas, stepSizes } = quadrature(method, nSteps);
    const { tensors: baselines, name: baselineName } = await readBaselines(options.baselines, inputs, model);
    const attributions = zerosLike(await place.values(examplesOf(inputs)), inputs[0].shape[0]);
    const points = new StraightPath(inputs.filter(isFloat32), baselines, alphas);
    await passes.gradients(
      points,
      targets,
      (row, _, gradients) => {
        for (const [index, gradient] of gradients.entries()) {
          const from = points.exampleOf(row) * gradient.length;
          for (let element = 0; element < gradient.length; element++) attributions[index].data[from + element] += stepSizes[points.stepOf(row)] * gradient[element];
        }
      },
      { key: 'plain', layers: place.layers },
    );
    return { attributions, baselines: float32Only(baselines), baselineName, options: { nSteps, method }, isComplete: false };
  }
}
