import { LensError } from '../../protocol/errors';
import type { AttributionOptions } from '../attribution/attribution';
import { readInputs, type AttributionInputs } from '../attribution/inputs';
import { currentJob, throwIfCancelled } from '../attribution/job';
import { LayerActivation } from '../attribution/layer/layerActivation';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, formatShape, sizeOf, type Tensor } from '../tensor';
import { mostInfluential, requireCount } from './mostInfluential';
import { areZero, cosineSimilarity, type SimilarityMetric } from './similarityMetrics';

export interface SimilarityInfluenceOptions {
  /** How alike activations are. Default: {@link cosineSimilarity}. */
  similarityMetric?: SimilarityMetric;
  /** Whether large (`max`) or small (`min`) numbers of the metric mean alike. Default: `max`. */
  similarityDirection?: 'max' | 'min';
  /** What stands for a direction that vectors of zeros do not have, with the default metric. Default: -2 for `max`, 2 for `min`. */
  replaceNan?: number;
  /** How many sources are compared at a time. Default: 64. */
  batchSize?: number;
}

/** The sources that are most like each input at a layer, the most alike first. */
export interface LayerSimilarity {
  /** [inputs][topK]: places among the sources. */
  readonly indices: number[][];
  /** [inputs, topK]: their similarity. */
  readonly values: Tensor<'float32'>;
  /** Pairs of an input and a source one of which has only zero activations, so that its cosine means nothing. */
  readonly zeroActs: readonly (readonly [input: number, source: number])[];
}

/**
 * Influence by similarity: the source examples (usually those of training) whose activations at a layer are most like
 * an input's. An account of what a layer treats alike, not of what the model learned from.
 */
export class SimilarityInfluence {
  private readonly layers: readonly string[];

  constructor(
    private readonly model: ModelSource,
    layers: string | readonly string[],
    private readonly influenceSrcDataset: AttributionInputs,
    private readonly options: SimilarityInfluenceOptions = {},
  ) {
    const { similarityDirection = 'max', batchSize = 64 } = options;
    this.layers = typeof layers === 'string' ? [layers] : layers;
    if (this.layers.length === 0) throw new LensError('invalid-argument', 'SimilarityInfluence: at least one layer is needed, got an empty list');
    if (similarityDirection !== 'max' && similarityDirection !== 'min') throw new LensError('invalid-argument', `${String(similarityDirection)} is not a valid value. Must be either 'max' or 'min'`);
    requireCount('batchSize', batchSize);
  }

  /**
   * The `topK` sources that are most like each input, by layer.
   *
   * @throws LensError `shape-mismatch` when a metric of one's own does not return [inputs, sources].
   */
  async influence(inputs: AttributionInputs, { topK = 1, additionalForwardArgs }: { topK?: number } & Pick<AttributionOptions, 'additionalForwardArgs'> = {}): Promise<Record<string, LayerSimilarity>> {
    requireCount('topK', topK);
    const model = await modelOf(this.model);
    const method = new LayerActivation(this.model, this.layers);
    const given = await readInputs(inputs, model);
    const source = await readInputs(this.influenceSrcDataset, model);
    const ofInputs = await method.explainTensors(given.tensors, { additionalForwardArgs });
    const ofSources = await method.explainTensors(source.tensors, {});
    const results: Record<string, LayerSimilarity> = {};
    for (const [index, layer] of this.layers.entries()) results[layer] = await this.compare(ofInputs.attributions[index], ofSources.attributions[index], layer, topK);
    return results;
  }

  private async compare(inputs: Tensor<'float32'>, sources: Tensor<'float32'>, layer: string, topK: number): Promise<LayerSimilarity> {
    const { similarityDirection = 'max', similarityMetric, batchSize = 64, replaceNan = similarityDirection === 'max' ? -2 : 2 } = this.options;
    const metric = similarityMetric ?? ((test: Tensor<'float32'>, train: Tensor<'float32'>) => cosineSimilarity(test, train, replaceNan));
    const [rows, columns] = [inputs.shape[0], sources.shape[0]];
    const size = sizeOf(sources.shape.slice(1));
    const scores = new Float32Array(rows * columns);
    const job = currentJob();
    for (let start = 0; start < columns; start += batchSize) {
      throwIfCancelled(job);
      const count = Math.min(batchSize, columns - start);
      const batch = float32(sources.data.subarray(start * size, (start + count) * size), [count, ...sources.shape.slice(1)]);
      const { data, shape } = await metric(inputs, batch);
      if (formatShape(shape) !== formatShape([rows, count])) {
        throw new LensError('shape-mismatch', `Output of custom similarity does not meet required dimensions. Your output has shape ${formatShape(shape)}. Please ensure the output shape matches (inputs, sources), which should be ${formatShape([rows, count])}`);
      }
      for (let row = 0; row < rows; row++) scores.set(data.subarray(row * count, (row + 1) * count), row * columns + start);
      job.onProgress?.({ fraction: (start + count) / columns, message: `source ${start + count} of ${columns} at layer ${layer}` });
      await new Promise(setImmediate); // lets a request to cancel arrive
    }
    const { indices, influenceScores } = mostInfluential(float32(scores, [rows, columns]), topK, similarityDirection === 'max');
    return { indices, values: influenceScores, zeroActs: similarityMetric ? [] : zeroPairs(inputs, sources) };
  }
}

function zeroPairs(inputs: Tensor<'float32'>, sources: Tensor<'float32'>): [number, number][] {
  const [ofInputs, ofSources] = [areZero(inputs), areZero(sources)];
  return ofInputs.flatMap((isZero, input) => ofSources.flatMap((isSourceZero, source): [number, number][] => (isZero || isSourceZero ? [[input, source]] : [])));
}
