import type { ModelSource } from '../../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type NeuronOptions, type Task } from '../attribution';
import { gradientsOf } from '../inputGradients';

export interface NeuronGradientOptions extends Omit<AttributionOptions, 'target'>, NeuronOptions {
  returnConvergenceDelta?: never;
}

/** The gradient of a neuron with respect to the inputs, as saliency (signed) of the neuron in place of the output. */
export class NeuronGradient extends Attribution<NeuronGradientOptions> {
  override readonly name = 'NeuronGradient';
  override readonly optionNames = ['additionalForwardArgs'];

  constructor(model: ModelSource, layer: string) {
    super(model);
    this.neuronLayer = layer;
  }

  protected override async explain(task: Task<NeuronGradientOptions>): Promise<Findings> {
    const { gradients } = await gradientsOf(task);
    return { attributions: gradients };
  }
}
