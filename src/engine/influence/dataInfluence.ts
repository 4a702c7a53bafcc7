import { LensError } from '../../protocol/errors';
import type { Tensor } from '../tensor';
import type { LabelledExamples } from './labelledExamples';
import { mostInfluential, requireCount, type KMostInfluentialResults } from './mostInfluential';

export interface InfluenceOptions {
  /** How many training examples are returned for each test example. Default: the scores of all. */
  k?: number;
  /** Whether these are the ones that helped most (proponents), not those that hurt most (opponents). Default: true. */
  proponents?: boolean;
}

/** What influence methods have in common: scores of training examples for test examples, all or the strongest. */
export abstract class DataInfluence<Options extends InfluenceOptions = InfluenceOptions> {
  /** The influence of every training example (columns) on every test example (rows). */
  protected abstract scores(tests: LabelledExamples, options: Options): Promise<Tensor<'float32'>>;

  /**
   * How much each training example helped (above 0) or hurt (below 0) the model on each test example:
   * [test examples, training examples]; with `k`, the places and scores of the strongest.
   *
   * @throws LensError that names what does not fit; `cancelled` when the surrounding job is cancelled.
   */
  influence(tests: LabelledExamples, options: Options & { k: number }): Promise<KMostInfluentialResults>;
  influence(tests: LabelledExamples, options?: Options & { k?: undefined }): Promise<Tensor<'float32'>>;
  async influence(tests: LabelledExamples, options: Options = {} as Options): Promise<Tensor<'float32'> | KMostInfluentialResults> {
    if (tests === undefined || tests === null) {
      throw new LensError('invalid-argument', '`inputs` argument is required. If you wish to calculate self influence scores, please use the `selfInfluence` method instead.');
    }
    if (options.k !== undefined) requireCount('k', options.k);
    const scores = await this.scores(tests, options);
    return options.k === undefined ? scores : mostInfluential(scores, options.k, options.proponents ?? true);
  }
}
