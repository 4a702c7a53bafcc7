import { LensError } from '../../protocol/errors';
import { sizeOf, type Shape } from '../tensor';
import type { Task } from './attribution';
import type { TargetIndex } from './explanation';
import type { Passes } from './passes';
import { examplesOf, type Rows } from './rows';
import { offsetOf } from './targets';

/** Rows that come in copies of the batch. */
interface Copies extends Rows {
  copyOf(row: number): number;
}

type Visit = (copy: number, response: number, value: number) => void;

/**
 * The numbers in which perturbed copies of a batch are compared: the selected output of each example; without a target
 * all outputs of each example; or what a model returns once for the whole batch.
 */
export class Responses {
  private constructor(
    private readonly passes: Passes,
    /** The numbers as a tensor: [examples], [examples, ...outputs], or what the model returns for the batch. */
    readonly shape: Shape,
    /** f(x). */
    readonly atInputs: Float64Array,
    /** Outputs of an example that count, in place of the target's. */
    private readonly outputs: number,
    private readonly targets: readonly number[] | undefined,
    /** Whether the model returns its numbers for the whole batch at once. */
    readonly isWholeBatch: boolean,
    private readonly perturbationsPerEval: number | undefined,
  ) {}

  /**
   * @throws LensError `invalid-argument` for a wrong `perturbationsPerEval`, or features that differ between the
   * examples while the model returns one result for all of them.
   */
  static async of({ inputs, output, targets, passes, select }: Omit<Task<unknown>, 'options'>, isShared: boolean, perturbationsPerEval: number | undefined): Promise<Responses> {
    if (perturbationsPerEval !== undefined && (!Number.isInteger(perturbationsPerEval) || perturbationsPerEval < 1)) {
      throw new LensError('invalid-argument', `Perturbations per evaluation must be an integer and at least 1, got ${perturbationsPerEval}`);
    }
    const axes = output.shape.slice(1);
    if (await passes.returnsOncePerBatch(inputs)) {
      if ((perturbationsPerEval ?? 1) > 1) {
        throw new LensError('invalid-argument', `When perturbationsPerEval > 1, the model's output must grow with the batch on its first axis; it returns one result for ${inputs[0].shape[0]} examples, and for ${inputs[0].shape[0] * 2}`, 'Leave perturbationsPerEval out.');
      }
      if (!isShared) throw new LensError('invalid-argument', `featureMask: the model returns one result for the whole batch, so all examples need the same mask`, `Give a mask whose first axis is 1, in place of ${inputs[0].shape[0]}.`);
      const values: number[] = [];
      await passes.outputs(examplesOf(inputs), (_, whole) => values.push(...whole), { unit: inputs[0].shape[0] });
      return new Responses(passes, [values.length], Float64Array.from(values), values.length, undefined, true, perturbationsPerEval);
    }
    if (targets || sizeOf(axes) === 1) return new Responses(passes, output.shape.slice(0, 1), select(output), 1, offsetsOf(targets, axes), false, perturbationsPerEval);
    return new Responses(passes, output.shape, Float64Array.from(output.data), sizeOf(axes), undefined, false, perturbationsPerEval);
  }

  /** How many numbers there are. */
  get count(): number {
    return this.atInputs.length;
  }

  /** The example that a number belongs to: the first, if it belongs to all. */
  exampleOf = (response: number): number => (this.isWholeBatch ? 0 : Math.floor(response / this.outputs));

  /** The numbers at another batch of as many examples: f(x'). */
  async at(batch: Rows): Promise<Float64Array> {
    const values = new Float64Array(this.count);
    await this.visit({ ...batch, count: batch.count, copyOf: () => 0 }, (_, response, value) => (values[response] = value));
    return values;
  }

  /** Evaluates the model on perturbed copies; `visit` gets every number of every copy. */
  async visit(copies: Copies, visit: Visit): Promise<void> {
    const examples = copies.inputs[0].shape[0];
    const size = this.isWholeBatch ? { unit: examples } : { limit: this.perturbationsPerEval === undefined ? undefined : this.perturbationsPerEval * examples };
    await this.passes.outputs(
      copies,
      (row, values) => {
        const [copy, example] = [copies.copyOf(row), this.isWholeBatch ? 0 : copies.exampleOf(row)];
        for (let output = 0; output < this.outputs; output++) visit(copy, example * this.outputs + output, values[(this.targets?.[example] ?? 0) + output]);
      },
      size,
    );
  }
}

const offsetsOf = (targets: readonly TargetIndex[] | undefined, axes: readonly number[]): number[] | undefined => targets?.map((target) => offsetOf(target, axes));
