import { LensError } from '../../protocol/errors';
import type { Attribution, AttributionOptions, LayerOptions } from '../attribution/attribution';
import { readInputs, type AttributionInputs } from '../attribution/inputs';
import { currentJob, throwIfCancelled } from '../attribution/job';
import { LayerActivation } from '../attribution/layer/layerActivation';
import { LayerGradientXActivation } from '../attribution/layer/layerGradientXActivation';
import { isTensor } from '../attribution/tensorLike';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, formatShape, sizeOf, type Tensor } from '../tensor';
import { CAV } from './cav';
import type { Classifier } from './classifier';
import { conceptsKey, type Concept } from './concept';
import { DefaultClassifier } from './defaultClassifier';

export interface TCAVOptions extends LayerOptions {
  /** What learns to tell concepts apart. Default: a linear support vector machine, {@link DefaultClassifier}. */
  classifier?: Classifier;
  /** The layer attribution that says how the output depends on the layer. Default: its gradient. */
  layerAttrMethod?: Attribution;
}

/** The scores of the concepts of a set at a layer, in the set's order: [concepts]. */
export interface TCAVScores {
  /** The part of the inputs for which the derivative towards the concept is above 0. */
  readonly signCount: Tensor<'float32'>;
  /** The mean of the derivative towards the concept. */
  readonly magnitude: Tensor<'float32'>;
}

/** By the ids of the concepts of an experimental set (`0-1`), then by layer. */
type ByKeyAndLayer<Value> = Record<string, Record<string, Value>>;

/**
 * Testing with concept activation vectors (Kim et al., "Interpretability Beyond Feature Attribution: Quantitative Testing
 * with Concept Activation Vectors (TCAV)", ICML 2018). For each experimental set, concepts tested against each other, and
 * each layer h, a linear classifier learns to tell the concepts apart by their activations; its weights are the CAVs v_C.
 * Over the inputs x, with the derivative S(x) = grad F(h(x)) . v_C towards a concept C,
 *
 *     signCount = |{ x : S(x) > 0 }| / |{ x }|,   magnitude = mean of S(x).
 *
 * ```ts
 * const stripes = new Concept(0, 'stripes', stripedImages);
 * const random = new Concept(1, 'random', randomImages);
 * const tcav = new TCAV(model, ['layer3', 'layer4']);
 * const scores = await tcav.interpret(zebras, [[stripes, random]], { target: 340 });
 * scores['0-1'].layer4.signCount;
 * ```
 */
export class TCAV {
  readonly layers: readonly string[];
  /** The CAVs computed so far; each is computed once. */
  readonly cavs: ByKeyAndLayer<CAV> = {};
  private readonly concepts = new Map<number, Concept>();
  private readonly activations = new Map<Concept, Tensor<'float32'>[]>();
  private readonly classifier: Classifier;

  constructor(
    private readonly model: ModelSource,
    layers: string | readonly string[],
    private readonly options: TCAVOptions = {},
  ) {
    this.layers = typeof layers === 'string' ? [layers] : layers;
    if (this.layers.length === 0) throw new LensError('invalid-argument', 'TCAV: at least one layer is needed, got an empty list');
    this.classifier = options.classifier ?? new DefaultClassifier();
  }

  /**
   * The CAVs of each experimental set at each layer. `forceTrain` computes known ones anew. Default: false.
   *
   * @throws LensError `invalid-argument` for two concepts with the same id, a concept without data, or a classifier
   * whose weights do not fit.
   */
  async computeCavs(experimentalSets: readonly (readonly Concept[])[], { forceTrain = false }: { forceTrain?: boolean } = {}): Promise<ByKeyAndLayer<CAV>> {
    this.requireSets(experimentalSets);
    if (forceTrain) this.activations.clear();
    const job = currentJob();
    for (const [done, concepts] of experimentalSets.entries()) {
      const known = (this.cavs[conceptsKey(concepts)] ??= {});
      for (const [index, layer] of this.layers.entries()) {
        if (known[layer] && !forceTrain) continue;
        throwIfCancelled(job);
        job.onProgress?.({ fraction: (done + index / this.layers.length) / experimentalSets.length, message: `concepts ${concepts.map(({ name }) => name).join(', ')} at layer ${layer}` });
        known[layer] = await this.train(concepts, layer);
      }
    }
    return this.cavs;
  }

  /**
   * The scores of each experimental set at each layer. Options besides `target` and `additionalForwardArgs` go to the
   * layer attribution.
   *
   * @throws LensError as {@link computeCavs}, and `invalid-argument` when attributeToLayerInput is given here.
   */
  async interpret(inputs: AttributionInputs, experimentalSets: readonly (readonly Concept[])[], options: AttributionOptions & Readonly<Record<string, unknown>> = {}): Promise<ByKeyAndLayer<TCAVScores>> {
    if ('attributeToLayerInput' in options) {
      throw new LensError('invalid-argument', 'TCAV: attributeToLayerInput is an option of the constructor; there it applies to layer activations and layer attributions alike');
    }
    const given = await readInputs(inputs, await modelOf(this.model));
    await this.computeCavs(experimentalSets);
    const method = this.options.layerAttrMethod ?? new LayerGradientXActivation(this.model, this.layers[0], { multiplyByInputs: false });
    const layerOptions: AttributionOptions & LayerOptions = { ...options, attributeToLayerInput: this.options.attributeToLayerInput === true };
    const scores: ByKeyAndLayer<TCAVScores> = {};
    for (const layer of this.layers) {
      method.layer = layer;
      const { attributions } = await method.explainTensors(given.tensors, layerOptions);
      const sensitivity = flat(attributions[0]);
      for (const concepts of experimentalSets) (scores[conceptsKey(concepts)] ??= {})[layer] = scoresOf(sensitivity, this.cavs[conceptsKey(concepts)][layer]);
    }
    return scores;
  }

  private requireSets(experimentalSets: readonly (readonly Concept[])[]): void {
    for (const concept of experimentalSets.flat()) {
      const known = this.concepts.get(concept.id) ?? concept;
      if (known !== concept) throw new LensError('invalid-argument', `There is more than one instance of a concept with id ${concept.id} defined in experimental sets. Please, make sure to reuse the same instance of concept`);
      this.concepts.set(concept.id, concept);
    }
    const small = experimentalSets.find((concepts) => concepts.length < 2);
    if (small) throw new LensError('invalid-argument', `TCAV: an experimental set must hold at least two concepts to tell apart, got ${small.length}`);
  }

  private async train(concepts: readonly Concept[], layer: string): Promise<CAV> {
    const parts: Tensor<'float32'>[] = [];
    for (const concept of concepts) parts.push((await this.activationsOf(concept))[this.layers.indexOf(layer)]);
    const labels = parts.flatMap(({ shape }, index) => new Array<number>(shape[0]).fill(concepts[index].id));
    const activations = joined(parts);
    const evaluated = await this.classifier.trainAndEval({ activations, labels });
    const [weights, classes] = [this.classifier.weights(), this.classifier.classes()];
    const features = activations.shape[1];
    if (formatShape(weights.shape) !== formatShape([classes.length, features])) {
      throw new LensError('invalid-argument', `TCAV: the classifier's weights must have the shape ${formatShape([classes.length, features])} (classes, features of layer '${layer}'), got ${formatShape(weights.shape)}`);
    }
    const missing = concepts.find(({ id }) => !classes.includes(id));
    if (missing) throw new LensError('invalid-argument', `TCAV: the classifier has no weights for concept ${missing.id} ('${missing.name}'), its classes are ${classes.join(', ')}`);
    return new CAV(concepts, layer, { weights, classes: [...classes], ...evaluated });
  }

  /** The activations of a concept at each layer: [examples, features]. */
  private async activationsOf(concept: Concept): Promise<Tensor<'float32'>[]> {
    const known = this.activations.get(concept);
    if (known) return known;
    if (concept.data === undefined) throw new LensError('invalid-argument', `Data iterator for concept id: ${concept.id} must be specified`);
    const model = await modelOf(this.model);
    const method = new LayerActivation(this.model, this.layers);
    const batches: Tensor<'float32'>[][] = this.layers.map(() => []);
    for await (const batch of batchesOf(concept)) {
      const { tensors } = await readInputs(batch, model);
      const { attributions } = await method.explainTensors(tensors, { attributeToLayerInput: this.options.attributeToLayerInput === true });
      for (const [index, part] of attributions.entries()) batches[index].push(flat(part));
    }
    if (batches[0].length === 0) throw new LensError('invalid-argument', `Concept '${concept.name}': its data must hold at least one batch of examples, got none`);
    const activations = batches.map(joined);
    this.activations.set(concept, activations);
    return activations;
  }
}

async function* batchesOf({ data }: Concept): AsyncGenerator<AttributionInputs> {
  if (typeof data === 'object' && !isTensor(data) && Symbol.asyncIterator in data) yield* { [Symbol.asyncIterator]: () => data[Symbol.asyncIterator]() };
  else if (data !== undefined) yield data as AttributionInputs;
}

/** [examples, everything else] */
const flat = ({ data, shape }: Tensor<'float32'>): Tensor<'float32'> => float32(data, [shape[0], sizeOf(shape.slice(1))]);

function joined(parts: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const rows = parts.reduce((total, { shape }) => total + shape[0], 0);
  const result = new Float32Array(rows * parts[0].shape[1]);
  let offset = 0;
  for (const { data } of parts) {
    result.set(data, offset);
    offset += data.length;
  }
  return float32(result, [rows, parts[0].shape[1]]);
}

function scoresOf({ data, shape: [examples, features] }: Tensor<'float32'>, { concepts, stats: { weights, classes } }: CAV): TCAVScores {
  const signCount = new Float32Array(concepts.length);
  const magnitude = new Float32Array(concepts.length);
  for (const [place, { id }] of concepts.entries()) {
    const row = classes.indexOf(id);
    let [positive, total] = [0, 0];
    for (let example = 0; example < examples; example++) {
      let derivative = 0;
      for (let feature = 0; feature < features; feature++) derivative += data[example * features + feature] * weights.data[row * features + feature];
      if (derivative > 0) positive++;
      total += derivative;
    }
    signCount[place] = positive / examples;
    magnitude[place] = total / examples;
  }
  return { signCount: float32(signCount, [concepts.length]), magnitude: float32(magnitude, [concepts.length]) };
}
