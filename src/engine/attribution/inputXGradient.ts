import type { ModelSource } from '../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type Task } from './attribution';
import { gradientsOf } from './inputGradients';

export interface InputXGradientOptions extends AttributionOptions {
  returnConvergenceDelta?: never;
}

/**
 * Input × Gradient (Shrikumar, Greenside, Shcherbina, Kundaje, "Not Just a Black Box", 2016): x * dF/dx, the share of
 * each input in a linear model's output.
 */
export class InputXGradient extends Attribution<InputXGradientOptions> {
  override readonly name = 'InputXGradient';
  override readonly optionNames = ['target', 'additionalForwardArgs'];

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<InputXGradientOptions>): Promise<Findings> {
    const gradients = await gradientsOf(task);
    return { attributions: gradients.map(({ data, ...gradient }, input) => ({ ...gradient, data: data.map((value, index) => value * Number(task.inputs[input].data[index])) })) };
  }
}
