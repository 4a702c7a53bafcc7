import type { ModelSource } from '../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type Task } from './attribution';
import { gradientsOf } from './inputGradients';

export interface SaliencyOptions extends AttributionOptions {
  /** Whether magnitudes are returned in place of signed gradients. Default: true. */
  abs?: boolean;
  returnConvergenceDelta?: never;
}

/**
 * Saliency (Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", ICLR Workshop 2014): the gradient of the
 * selected output with respect to the input, |dF/dx| by default.
 */
export class Saliency extends Attribution<SaliencyOptions> {
  override readonly name = 'Saliency';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'abs'];

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<SaliencyOptions>): Promise<Findings> {
    const { abs = true } = task.options;
    const { gradients } = await gradientsOf(task);
    return { attributions: abs ? gradients.map((gradient) => ({ ...gradient, data: gradient.data.map(Math.abs) })) : gradients, options: { abs } };
  }
}
