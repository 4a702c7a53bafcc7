import { LensError } from '../../protocol/errors';
import { sharedEngine } from '../attribution/engine';
import { readInputs, type AttributionInputs } from '../attribution/inputs';
import type { Job } from '../attribution/job';
import { Passes } from '../attribution/passes';
import { examplesOf, type Rows } from '../attribution/rows';
import { describeValue, type TensorLike } from '../attribution/tensorLike';
import type { Model } from '../models/model';
import type { Tensor } from '../tensor';
import { exampleLossModel, readLabels, type ExampleLoss } from './exampleLoss';

/** Examples of a data set with what the model should say to them. */
export interface LabelledExamples {
  /** All inputs of the model, as `attribute` takes them. */
  readonly inputs: AttributionInputs;
  /** One class for each example, or values of the output's shape. */
  readonly labels: TensorLike;
}

/** Some of the examples, and what follows the pass over them. */
export interface Visit {
  readonly start: number;
  readonly count: number;
  readonly job: Job;
  /** What examples are called while progress is shown. */
  readonly noun: string;
}

/** The losses of examples under a model. */
export class ExampleLosses {
  private constructor(
    /** The model itself. */
    readonly base: Model,
    /** Returns the loss of each example; takes inputs, then labels. */
    readonly model: Model,
    /** Inputs, then labels. */
    readonly tensors: readonly Tensor[],
  ) {}

  /** @throws LensError that names what does not fit. */
  static async of(base: Model, loss: ExampleLoss, examples: LabelledExamples): Promise<ExampleLosses> {
    if (typeof examples !== 'object' || examples === null || !('inputs' in examples) || !('labels' in examples)) {
      throw new LensError('invalid-argument', `Examples must be an object { inputs, labels }, got ${describeValue(examples)}`);
    }
    const target = (await sharedEngine()).functionOf(base);
    if (target.fixedBatch !== undefined) throw new LensError('invalid-argument', `Model '${base.name}': examples are taken one by one, its batch is fixed to ${target.fixedBatch}`, 'Export the model with a free batch axis.');
    const { tensors } = await readInputs(examples.inputs, base);
    const { outputShape } = await target.forward(oneOf(tensors));
    return new ExampleLosses(base, await exampleLossModel(base, loss), [...tensors, await readLabels(examples.labels, loss, outputShape, tensors[0].shape[0])]);
  }

  get count(): number {
    return this.tensors[0].shape[0];
  }

  /** The shapes of the inputs of one example, labels left out. */
  get inputsOfOne(): { shape: readonly number[]; dtype: Tensor['dtype'] }[] {
    return oneOf(this.tensors.slice(0, -1));
  }

  /** Some of the examples as rows, and what pushes them through a model made from that of the losses. */
  async visit({ start, count, job, noun }: Visit, model: Model, forwardArgs: readonly Tensor[] = []): Promise<{ rows: Rows; passes: Passes }> {
    const engine = await sharedEngine();
    const all = examplesOf(this.tensors);
    const rows: Rows = {
      ...all,
      count,
      exampleOf: (row) => start + row,
      write: (input, row, into, offset) => all.write(input, start + row, into, offset),
      describe: (done) => `${noun} ${start + done} of ${this.count}`,
    };
    return { rows, passes: new Passes(engine.functionOf(this.base), this.count, { job, forwardArgs }).of(model) };
  }
}

const oneOf = (tensors: readonly Tensor[]): { shape: readonly number[]; dtype: Tensor['dtype'] }[] => tensors.map(({ shape, dtype }) => ({ shape: [1, ...shape.slice(1)], dtype }));
