import { AsyncLocalStorage } from 'node:async_hooks';
import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, sizeOf, type Tensor } from '../tensor';
import { sharedEngine } from './engine';
import type { Explanation, TargetIndex } from './explanation';
import { readForwardArgs, readInputs, requireFinite, type AttributionInputs } from './inputs';
import { currentJob, runJob, withWarnings } from './job';
import { requireExamplesFirst, withExamplesFirst } from './layouts';
import { neuronOf, neuronPlace, requireOnePerExample, selectedModel, type NeuronSelector } from './neuron/neuronSelector';
import { Passes } from './passes';
import { attributeByTensors, type AttributeFunction } from './ownAttribute';
import { atInputs, atLayers, type LayerNames, type Place } from './place';
import { plainOptions } from './plainOptions';
import { inKind, remember, returnedOf, type AttributedTo, type ResultsOf } from './results';
import { examplesOf, sumOfExample } from './rows';
import { offsetOf, readTargets, type Target } from './targets';
import type { TensorKind, TensorLike } from './tensorLike';

/** The options that every algorithm has. */
export interface AttributionOptions {
  /** Which output is attributed; needed unless the model has one output for each example. */
  target?: Target;
  /** What the model takes after the attributed inputs. Tensors with an entry for each example follow the examples. */
  additionalForwardArgs?: TensorLike | number | readonly (TensorLike | number)[];
}

/** An algorithm, whatever it attributes to. */
export type AnyAttribution = Attribution<AttributionOptions, AttributedTo>;

/** What found an explanation: the algorithm, and the options as its caller gave them. */
export interface Call {
  readonly algorithm: AnyAttribution;
  readonly options: object;
}

const OUTSIDE_DOMAIN = 'The model takes a root, a logarithm or a quotient at the edge of its domain here: try another input or baseline.';
const calls = new WeakMap<Explanation, Call>();
const enclosing = new AsyncLocalStorage<Passes>();

/** The call that found an explanation; undefined for copies. */
export const callOf = (explanation: Explanation): Call | undefined => calls.get(explanation);

/** What an algorithm works on: everything that a caller gave, checked and brought to one form. */
export interface Task<Options> {
  readonly model: Model;
  /** One tensor for each input; axis 0 is the batch. */
  readonly inputs: readonly Tensor[];
  readonly options: Options;
  /** The selected output of each example; undefined when there is only one. */
  readonly targets: readonly TargetIndex[] | undefined;
  /** The whole output at the inputs, [examples, ...axes]. */
  readonly output: Tensor<'float32'>;
  /** Evaluates the model, and its gradients, on rows. */
  readonly passes: Passes;
  /** Where attributions are taken: at the inputs, or at layers. */
  readonly place: Place;
  /** The selected output of each row, from the whole output; rows are the examples unless `exampleOf` says otherwise. */
  select(output: Tensor<'float32'>, exampleOf?: (row: number) => number): Float64Array;
}

/** What an algorithm found. */
export type Findings = Pick<Explanation, 'attributions'> &
  Partial<Pick<Explanation, 'baselines' | 'baselineName' | 'startValues' | 'path' | 'options'>> & {
    /** Whether the attributions of an example should sum to F(x) - F(x'). Default: when `startValues` are given. */
    readonly isComplete?: boolean;
    /** Convergence deltas that are not sum(attributions) - (F(x) - F(x')) of each example: one for each sample, or for each layer of a list. */
    readonly deltas?: readonly Float64Array[];
  };

/** The options of algorithms that attribute to layers. */
export interface LayerOptions {
  /** Whether to attribute to what the layer gets, not to what it computes. Default: false. */
  attributeToLayerInput?: boolean;
}

/** The options of algorithms that explain a neuron in place of the output. */
export interface NeuronOptions {
  /**
   * Which neuron of the layer, without the axis of the examples: an index for each axis, or ranges whose sum is taken. A
   * function over TensorFlow.js tensors gets the layer's values [examples, ...] and returns one number for each example.
   */
  neuronSelector: NeuronSelector;
  /** Whether the neuron is one of what the layer gets, not of what it computes. Default: false. */
  attributeToNeuronInput?: boolean;
}

/**
 * An attribution algorithm over a model: the extension point. A subclass is an algorithm like those that come with the
 * engine: it runs under {@link NoiseTunnel}, in batches, with progress and Cancel, and is drawn.
 *
 * The short way defines `attribute`, which gets TensorFlow.js tensors and returns one of the same shape for each input:
 *
 * ```ts
 * class GradientTimesInput extends Attribution {
 *   async attribute(inputs, { target }) {
 *     const gradients = await new Saliency(this.model).attribute(inputs, { target, abs: false });
 *     return gradients.mul(inputs);
 *   }
 * }
 * ```
 *
 * The other way defines `explain`, which gets the checked inputs, and {@link Passes} that evaluate the model and its
 * gradients for any number of rows (perturbed copies, points of a path) in chunks that fit the memory:
 *
 * ```ts
 * class SquaredGradient extends Attribution {
 *   async explain({ inputs, targets, passes }) {
 *     const attributions = inputs.map(({ data, shape }) => float32(new Float32Array(data.length), shape));
 *     await passes.gradients(examplesOf(inputs), targets, (row, value, gradients) => {
 *       gradients.forEach((gradient, input) => attributions[input].data.set(gradient.map((g) => g * g), row * gradient.length));
 *     });
 *     return { attributions };
 *   }
 * }
 * ```
 */
export abstract class Attribution<Options extends AttributionOptions = AttributionOptions, To extends AttributedTo = 'inputs'> {
  /** Captum's class name of the algorithm. */
  readonly name: string = this.constructor.name;
  /** The names of the options of `attribute`; others are refused. Not given: all are taken. */
  readonly optionNames?: readonly string[];

  /** The layers that are attributed to in place of the inputs; subclasses that have it are layer attributions. */
  layer?: LayerNames;
  /** The layer whose neuron is explained in place of the output; subclasses that have it are neuron attributions. */
  neuronLayer?: string;

  /** Whether one output of each example must be selected when there are several. */
  readonly needsTarget: boolean = true;

  /** Only a type, by which that of an algorithm over another follows. */
  declare protected readonly attributedTo?: To;

  /** Whether each of a list of layers has a convergence delta of its own. */
  protected readonly hasDeltaOfEachLayer: boolean = false;

  /** What a subclass computes that defines `attribute` in place of `explain`. */
  private readonly ownAttribute?: AttributeFunction;

  constructor(readonly model: ModelSource) {
    if (this.attribute === Attribution.prototype.attribute) return;
    this.ownAttribute = this.attribute;
    this.attribute = Attribution.prototype.attribute;
  }

  /** Whether one tensor is returned also for a list of inputs: one that is not in the form of the inputs. */
  protected returnsOneTensor(_options: Options): boolean {
    return false;
  }

  /** Computes the algorithm. */
  protected async explain({ inputs, options }: Task<Options>): Promise<Findings> {
    if (!this.ownAttribute) throw new LensError('invalid-argument', `${this.name} must define explain or attribute`);
    return { attributions: await attributeByTensors(this, this.ownAttribute, inputs, options) };
  }

  /** The names of the options that `attribute` takes of this object; undefined when all are taken. */
  get callOptions(): readonly string[] | undefined {
    return this.optionNames && [
      ...this.optionNames.filter((name) => this.neuronLayer === undefined || !['target', 'returnConvergenceDelta'].includes(name)),
      ...(this.layer === undefined ? [] : ['attributeToLayerInput']),
      ...(this.neuronLayer === undefined ? [] : ['neuronSelector', 'attributeToNeuronInput']),
    ];
  }

  /**
   * Attributes the selected output of the model to its inputs. Inputs are a tensor or a list of tensors, all with the
   * batch of examples on axis 0; a tensor is one of the engine's, a `tf.Tensor`, or nested arrays of numbers. What is
   * returned has the same form and shapes, with `returnConvergenceDelta` in a pair with the convergence delta of each
   * example, sum(attributions) - (F(x) - F(baseline)). Layer attributions return one tensor, or a list for a list of layers,
   * in the layer's own layout: those of a layer over [time, batch, width] have the examples on axis 1.
   *
   * @throws LensError that names what does not fit; `cancelled` when the surrounding job is cancelled.
   */
  attribute<T extends AttributionInputs>(inputs: T, options: Options & { returnConvergenceDelta: true }): Promise<[ResultsOf<T>[To]['attributions'], ResultsOf<T>[To]['delta']]>;
  attribute<T extends AttributionInputs>(inputs: T, options?: Options): Promise<ResultsOf<T>[To]['attributions']>;
  async attribute(inputs: AttributionInputs, options: Options & { returnConvergenceDelta?: boolean } = {} as Options): Promise<unknown> {
    this.checkOptions(options);
    const given = await readInputs(inputs, await modelOf(this.model));
    const explanation = await this.explainTensors(given.tensors, options);
    const kindOf = (index: number): TensorKind => given.kinds[this.layer === undefined ? index : 0];
    const isList = this.returnsOneTensor(options) ? false : this.layer === undefined ? given.isTuple : typeof this.layer !== 'string';
    const results = await Promise.all(returnedOf(explanation).map((part, index) => inKind(part, kindOf(index))));
    const attributions = remember(isList ? results.map((part) => remember(part, explanation)) : results[0], explanation);
    if (!options.returnConvergenceDelta) return attributions;
    const deltas = explanation.deltas ?? [convergenceDelta(explanation)].filter((delta) => delta !== undefined);
    if (deltas.length === 0) throw new LensError('invalid-argument', `${this.name} has no convergence delta`, 'Leave the option returnConvergenceDelta out.');
    const returned = await Promise.all(deltas.map((delta) => inKind(float32(delta, [delta.length]), kindOf(0))));
    return remember([attributions, isList && this.hasDeltaOfEachLayer ? returned : returned[0]], explanation);
  }

  /** As {@link attribute}, for tensors that are in the model's element types; returns the whole record. */
  async explainTensors(inputs: readonly Tensor[], options: Options): Promise<Explanation> {
    this.checkOptions(options);
    const job = currentJob();
    const { job: warned, warnings } = withWarnings(job);
    const outer = enclosing.getStore();
    const [model, engine] = await Promise.all([modelOf(this.model), sharedEngine()]);
    return engine.inTurn(model, async () => {
      const forwardArgs = await readForwardArgs(options.additionalForwardArgs, model, inputs.length);
      const internalBatchSize = 'internalBatchSize' in options ? (options.internalBatchSize as number | undefined) : undefined;
      const whole = new Passes(engine.functionOf(model), inputs[0].shape[0], { forwardArgs, internalBatchSize, job });
      await requireExamplesFirst(whole, inputs);
      const explained = this.neuronLayer === undefined ? whole : await this.passesToNeuron(whole, this.neuronLayer, inputs, options);
      const atLayer = this.layer === undefined ? undefined : await atLayers(explained, this.layer, 'attributeToLayerInput' in options && options.attributeToLayerInput === true, inputs);
      const { place, passes } = { place: atLayer ?? atInputs, passes: atLayer?.passes ?? explained };
      const output = await explained.evaluate(examplesOf(inputs));
      if (this.neuronLayer !== undefined) requireOnePerExample(this.name, output.shape);
      const selectsAll = !this.needsTarget && (options.target === undefined || options.target === null);
      const targets = selectsAll ? undefined : await readTargets(options.target, output.shape, output.shape[0]);
      const select: Task<Options>['select'] = (values, exampleOf) => selected(values, targets, exampleOf);
      const { isComplete, options: used = {}, ...findings } = await runJob(warned, () => enclosing.run(whole, () => this.explain({ model, inputs, options, targets, output, passes, place, select })));
      for (const [index, part] of findings.attributions.entries()) requireFinite(part, `Attributions of ${this.name} for ${place.layers ? `layer '${place.layers[index].layer}'` : `input '${model.inputs[index]?.name ?? index}'`}`, OUTSIDE_DOMAIN);
      const found: Explanation = {
        ...findings,
        method: this.name,
        options: { ...plainOptions(this, options), ...used },
        model,
        runtime: model.executor?.name ?? engine.runtime.name,
        inputs,
        additionalForwardArgs: forwardArgs,
        targets,
        output,
        endValues: targets || sizeOf(output.shape.slice(1)) === 1 ? select(output) : undefined,
        ...(atLayer ? { layers: atLayer.layers.map(({ layer }) => layer), layerValues: await atLayer.values(examplesOf(inputs)), layouts: atLayer.layouts } : {}),
        cost: passes.cost(),
        ...(warnings.length > 0 ? { warnings } : {}),
      };
      const explanation = isComplete === false ? found : { ...found, convergenceDelta: convergenceDelta(found) };
      calls.set(explanation, { algorithm: this, options: { ...options } });
      outer?.add(explanation.cost);
      engine.functionOf(model).noteCost(this.name, explanation.cost, inputs[0].shape[0]);
      return explanation;
    });
  }

  /** Passes through the part of the model that ends at the neuron. */
  private async passesToNeuron(whole: Passes, layer: string, inputs: readonly Tensor[], options: Options): Promise<Passes> {
    const place = neuronPlace(layer, options);
    const selector = neuronOf(this.name, options);
    const { passes } = await withExamplesFirst(whole, [place], inputs);
    return passes.of(await selectedModel(passes.model, place, selector));
  }

  /** @throws LensError `invalid-argument` for an option that the algorithm does not have. */
  private checkOptions(options: object): void {
    const known = this.callOptions;
    const unknown = known && Object.keys(options).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const camelCase = unknown.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const nextStep = known?.includes(camelCase) ? `Write ${camelCase}.` : `It has: ${known?.join(', ')}.`;
    throw new LensError('invalid-argument', `${this.name} has no option '${unknown}'`, nextStep);
  }
}

function selected(output: Tensor<'float32'>, targets: readonly TargetIndex[] | undefined, exampleOf = (row: number): number => row): Float64Array {
  const axes = output.shape.slice(1);
  return Float64Array.from({ length: output.shape[0] }, (_, row) => output.data[row * sizeOf(axes) + offsetOf(targets?.[exampleOf(row)] ?? [], axes)]);
}

/** sum(attributions) - (F(x) - F(x')) of each example; undefined without F(x'). */
function convergenceDelta({ attributions, startValues, endValues, deltas }: Explanation): Float64Array | undefined {
  if (!startValues || !endValues || deltas) return undefined;
  return startValues.map((start, example) => attributions.reduce((sum, part) => sum + sumOfExample(part, example), 0) - (endValues[example] - start));
}
