import type { ModelSource } from '../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type Task } from './attribution';
import { gradientsOf, product } from './inputGradients';

export interface InputXGradientOptions extends AttributionOptions {
  returnConvergenceDelta?: never;
}

/**
 * Input × Gradient (Shrikumar, Greenside, Shcherbina, Kundaje, "Not Just a Black Box", 2016): x * dF/dx, the share of
 * each input in a linear model's output.
 */
export class InputXGradient<O extends AttributionOptions = InputXGradientOptions> extends Attribution<O> {
  override readonly name: string = 'InputXGradient';
  override readonly optionNames = ['target', 'additionalForwardArgs'];

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { values, gradients } = await gradientsOf(task);
    return { attributions: gradients.map((gradient, index) => product(gradient, values[index])) };
  }
}
