import { LensError } from '../../protocol/errors';
import { parameterGradientModel } from '../models/derived/parameterGradientModel';
import { parametersOf } from '../models/derived/parameters';
import type { Model } from '../models/model';
import { sizeOf } from '../tensor';
import type { ExampleLoss } from './exampleLoss';
import { ExampleLosses, type LabelledExamples, type Visit } from './labelledExamples';

/** The gradient of the loss of every example with respect to the parameters of a model, all parameters in a row. */
export class ExampleGradients {
  private constructor(
    readonly losses: ExampleLosses,
    /** The names of the parameters. */
    readonly parameters: readonly string[],
    /** The number of elements of a gradient. */
    readonly size: number,
  ) {}

  /** `layers`: those whose parameters count. @throws LensError that names what does not fit. */
  static async of(model: Model, loss: ExampleLoss, layers: readonly string[] | undefined, examples: LabelledExamples): Promise<ExampleGradients> {
    if (layers?.length === 0) throw new LensError('invalid-argument', '`layers` cannot be empty!', 'Leave it out for all parameters.');
    const losses = await ExampleLosses.of(model, loss, examples);
    const graph = await model.graph(losses.inputsOfOne);
    const parameters = parametersOf(graph, layers);
    return new ExampleGradients(losses, parameters, parameters.reduce((total, name) => total + sizeOf(graph.values.get(name)?.shape ?? []), 0));
  }

  get count(): number {
    return this.losses.count;
  }

  /** Computes them one example after the other; the array is only valid during the visit. */
  async forEach(which: Visit, visit: (example: number, gradient: Float32Array) => void): Promise<void> {
    const { rows, passes } = await this.losses.visit(which, parameterGradientModel(this.losses.model, this.parameters));
    await passes.outputs(rows, (row, gradient) => visit(which.start + row, gradient));
  }
}

/** The inner product. */
export function dot(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index] * right[index];
  return sum;
}
