import { LensError } from '../../protocol/errors';
import type { Tensor } from '../tensor';
import type { Task } from './attribution';
import type { InterpretableModel } from './interpretableModel';
import { Responses } from './responses';
import { blank, copyExample, type ChunkData, type Rows } from './rows';
import type { SimilarityFunc } from './similarity';

/** A sample in the interpretable space, and the inputs that it stands for. */
export interface InterpretableSample {
  readonly sample: ArrayLike<number>;
  inputs(): readonly Tensor[];
}

/** What a surrogate is fitted to. */
export interface SurrogateOptions {
  readonly interpretableModel: InterpretableModel;
  readonly similarityFunc: SimilarityFunc;
  readonly nSamples: number;
  readonly perturbationsPerEval: number | undefined;
  /** Whether all examples have the same interpretable features. */
  readonly isShared: boolean;
  /** Draws samples around an example (or the whole batch, for a model that returns one number for it); may end early. */
  draw(original: readonly Tensor[], example: number): Iterable<InterpretableSample>;
}

/** The coefficients of a linear model around each example, [responses][features]. */
export async function fitSurrogates(task: Omit<Task<unknown>, 'options'>, options: SurrogateOptions): Promise<{ responses: Responses; coefficients: readonly Float64Array[] }> {
  const { nSamples, similarityFunc, interpretableModel } = options;
  if (!Number.isInteger(nSamples) || nSamples < 1) throw new LensError('invalid-argument', `nSamples must be a whole number of at least 1, got ${nSamples}`);
  const responses = await Responses.of(task, options.isShared, options.perturbationsPerEval);
  const originals = responses.isWholeBatch ? [task.inputs] : Array.from({ length: task.inputs[0].shape[0] }, (_, example) => task.inputs.map((input) => exampleOf(input, example)));
  const drawn = originals.map((original, example) => take(options.draw(original, example), nSamples));
  if (drawn.some(({ length }) => length === 0)) throw new LensError('invalid-argument', 'perturbFunc: no sample was drawn');

  const weights = drawn.map(({ length }) => new Float64Array(length));
  const outputs = Array.from({ length: responses.count }, (_, response) => new Float64Array(drawn[responses.exampleOf(response)].length));
  const samples = new Samples(task.inputs, drawn, responses.isWholeBatch, (unit, sample, perturbed) => {
    weights[unit][sample] = similarityFunc(originals[unit], perturbed, drawn[unit][sample].sample);
  });
  await responses.visit(samples, (sample, response, value) => {
    if (sample < outputs[response].length) outputs[response][sample] = value;
  });
  const fit = (values: Float64Array, response: number): Float64Array => {
    const unit = responses.exampleOf(response);
    return interpretableModel.fit(drawn[unit].map(({ sample }) => sample), values, weights[unit]).coefficients;
  };
  return { responses, coefficients: outputs.map(fit) };
}

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

function exampleOf(input: Tensor, example: number): Tensor {
  const one = blank(input.dtype, [1, ...input.shape.slice(1)]);
  copyExample(input, example, one.data, 0);
  return one;
}

/** The inputs of all samples, made as they run: sample s of example b is row s * B + b. */
class Samples implements Rows {
  readonly count: number;
  private readonly examples: number;
  private last: { readonly row: number; readonly inputs: readonly Tensor[] } | undefined;

  constructor(
    readonly inputs: readonly Tensor[],
    private readonly drawn: readonly (readonly InterpretableSample[])[],
    private readonly isWholeBatch: boolean,
    private readonly onMade: (unit: number, sample: number, inputs: readonly Tensor[]) => void,
  ) {
    this.examples = inputs[0].shape[0];
    this.count = this.examples * drawn.reduce((most, { length }) => Math.max(most, length), 0);
  }

  exampleOf = (row: number): number => row % this.examples;

  copyOf = (row: number): number => Math.floor(row / this.examples);

  write(input: number, row: number, into: ChunkData, offset: number): void {
    const example = this.exampleOf(row);
    copyExample(this.made(row)[input], this.isWholeBatch ? example : 0, into, offset);
  }

  describe = (done: number): string => `sample ${Math.floor(done / this.examples)} of ${this.count / this.examples}`;

  private made(row: number): readonly Tensor[] {
    const [unit, key] = this.isWholeBatch ? [0, this.copyOf(row)] : [this.exampleOf(row), row];
    if (this.last?.row !== key) {
      const samples = this.drawn[unit];
      const sample = Math.min(this.copyOf(row), samples.length - 1); // fewer were drawn than for another example
      this.last = { row: key, inputs: samples[sample].inputs() };
      this.onMade(unit, sample, this.last.inputs);
    }
    return this.last.inputs;
  }
}
