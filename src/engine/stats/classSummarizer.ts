import { LensError } from '../../protocol/errors';
import { isTuple } from '../attribution/inputs';
import { float32, sizeOf, type Tensor } from '../tensor';
import type { Stat } from './stat';
import { readPart, Summarizer, type Summarizable, type Summary } from './summarizer';

/**
 * A {@link Summarizer} that also keeps the statistics of every class. Batches are taken apart: with labels, statistics
 * are over examples, those of all classes together included.
 */
export class ClassSummarizer<Label extends string | number = number> extends Summarizer {
  private readonly summaries = new Map<Label, Summarizer>();

  constructor(stats: readonly Stat[]) {
    super(stats);
  }

  /**
   * Takes the next batch. `labels` is the class of all its examples, or a list with that of each; without labels the
   * value as a whole only counts for the statistics of all classes.
   *
   * @throws LensError `invalid-argument` when the list of labels does not match the batch.
   */
  override async update(value: Summarizable, labels?: Label | readonly Label[]): Promise<void> {
    if (labels === undefined) return super.update(value);
    const parts: readonly unknown[] = isTuple(value) ? value : [value];
    const tensors = await Promise.all(parts.map((part, index) => readPart(part, `ClassSummarizer: input ${index}`)));
    const list = Array.isArray(labels) ? (labels as readonly Label[]) : [labels as Label];
    for (const { shape } of tensors) {
      if (shape.length === 0 || shape[0] !== tensors[0].shape[0] || (list.length !== 1 && list.length !== shape[0])) {
        throw new LensError('invalid-argument', `ClassSummarizer: batch size does not equal amount of labels; there must be 1 label or one for each of the ${shape[0] ?? 0} example(s), got ${list.length}`);
      }
    }
    for (let example = 0; example < tensors[0].shape[0]; example++) {
      const examples = tensors.map((tensor) => exampleOf(tensor, example));
      const one = isTuple(value) ? examples : examples[0];
      const label = list[list.length === 1 ? 0 : example];
      const summary = this.summaries.get(label) ?? new Summarizer(this.stats);
      this.summaries.set(label, summary);
      await summary.update(one);
      await super.update(one);
    }
  }

  /** The statistics of each class. */
  get classSummaries(): Map<Label, Summary | Summary[] | undefined> {
    return new Map([...this.summaries].map(([label, { summary }]) => [label, summary]));
  }
}

function exampleOf({ data, shape }: Tensor<'float32'>, example: number): Tensor<'float32'> {
  const size = sizeOf(shape.slice(1));
  return float32(data.slice(example * size, (example + 1) * size), shape.slice(1));
}
