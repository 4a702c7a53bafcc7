import type { ModelSource } from '../../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from '../attribution';
import { gradientsOf, product } from '../inputGradients';
import type { LayerNames } from '../place';
import type { ToLayers } from '../results';

export interface LayerGradientXActivationOptions extends AttributionOptions, LayerOptions {
  returnConvergenceDelta?: never;
}

/** Gradient x activation: h(x) * dF/dh at a layer h, as input x gradient is at the inputs. */
export class LayerGradientXActivation<L extends LayerNames = LayerNames> extends Attribution<LayerGradientXActivationOptions, ToLayers<L>> {
  override readonly name = 'LayerGradientXActivation';
  override readonly optionNames = ['target', 'additionalForwardArgs'];
  private readonly multiplyByInputs: boolean;

  /** With `multiplyByInputs: false` the gradient alone. Default: true. */
  constructor(model: ModelSource, layer: L, { multiplyByInputs = true }: { multiplyByInputs?: boolean } = {}) {
    super(model);
    this.layer = layer;
    this.multiplyByInputs = multiplyByInputs;
  }

  protected override async explain(task: Task<LayerGradientXActivationOptions>): Promise<Findings> {
    const { values, gradients } = await gradientsOf(task);
    return { attributions: this.multiplyByInputs ? gradients.map((gradient, index) => product(gradient, values[index])) : gradients, options: { multiplyByInputs: this.multiplyByInputs } };
  }
}
