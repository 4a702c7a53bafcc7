import { LensError } from '../../protocol/errors';
import { isTuple } from '../attribution/inputs';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { float32, formatShape, sizeOf, toNumbers, type Shape, type Tensor } from '../tensor';
import { asResult, type RunningStat, type Stat } from './stat';

/** What is summarized: a tensor, a number, or a list with one of these for each input. */
export type Summarizable = TensorLike | number | readonly (TensorLike | number)[];

/** The statistics of one input by name; tensors have the input's shape. */
export type Summary = Readonly<Record<string, Tensor<'float32'> | number>>;

/**
 * Statistics over attributions that come one by one (of several runs, batches or examples): element by element, in one
 * pass, without keeping them.
 *
 * ```ts
 * const summarizer = new Summarizer(CommonStats());
 * for (const batch of batches) await summarizer.update(await method.attribute(batch, { target: 0 }));
 * summarizer.summary; // { mean, sample_variance, sample_std_dev, min, max }
 * ```
 */
export class Summarizer {
  private inputs: SingleSummary[] | undefined;
  private isList = false;

  constructor(readonly stats: readonly Stat[]) {
    const names = stats.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (stats.length === 0) throw new LensError('invalid-argument', 'Summarizer: at least one statistic is needed, got an empty list');
    if (twice !== undefined) throw new LensError('invalid-argument', `Summarizer: each statistic must have a name of its own, '${twice}' is there twice`);
  }

  /**
   * Takes the next value.
   *
   * @throws LensError `shape-mismatch` for another shape or number of inputs than before, `invalid-argument` for no tensor.
   */
  async update(value: Summarizable): Promise<void> {
    const isList = isTuple(value);
    const parts: readonly unknown[] = isTuple(value) ? value : [value];
    const tensors = await Promise.all(parts.map((part, index) => readPart(part, `Summarizer: input ${index}`)));
    this.inputs ??= tensors.map(({ shape }) => new SingleSummary(this.stats, shape));
    if (this.inputs.length !== tensors.length || (this.inputs[0].count > 0 && this.isList !== isList)) {
      throw new LensError('shape-mismatch', `Summarizer: every update must have the form of the first, ${this.isList ? `a list of ${this.inputs.length}` : 'one tensor'}, got ${isList ? `a list of ${tensors.length}` : 'one tensor'}`);
    }
    this.isList = isList;
    for (const [index, tensor] of tensors.entries()) this.inputs[index].require(tensor, index);
    for (const [index, tensor] of tensors.entries()) this.inputs[index].update(tensor);
  }

  /** The statistics so far: of one input, or a list with those of each; undefined before the first update. */
  get summary(): Summary | Summary[] | undefined {
    const summaries = this.inputs?.map((input) => input.summary());
    return this.isList ? summaries : summaries?.[0];
  }
}

/** The statistics of one input. */
class SingleSummary {
  count = 0;
  private readonly running: readonly RunningStat[];

  constructor(
    private readonly stats: readonly Stat[],
    private readonly shape: Shape,
  ) {
    this.running = stats.map((stat) => stat.start(sizeOf(shape)));
  }

  require({ shape }: Tensor, index: number): void {
    if (formatShape(shape) !== formatShape(this.shape)) throw new LensError('shape-mismatch', `Summarizer: input ${index} must have the shape of the first update, ${formatShape(this.shape)}, got ${formatShape(shape)}`);
  }

  update({ data }: Tensor<'float32'>): void {
    this.count++;
    for (const stat of this.running) stat.update(data);
  }

  summary(): Summary {
    return Object.fromEntries(this.stats.map(({ name }, index) => [name, asResult(this.running[index].get(), this.shape)]));
  }
}

/** A part of an update as float32 numbers. */
export async function readPart(value: unknown, subject: string): Promise<Tensor<'float32'>> {
  if (typeof value === 'number') return float32([value], []);
  const { tensor } = await toTensor(value, subject);
  return float32(Float32Array.from(toNumbers(tensor)), tensor.shape);
}
