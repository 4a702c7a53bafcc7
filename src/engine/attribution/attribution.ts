import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, sizeOf, type Tensor } from '../tensor';
import { sharedEngine } from './engine';
import type { Explanation, TargetIndex } from './explanation';
import { readForwardArgs, readInputs, requireFinite, type AttributionInputs } from './inputs';
import { currentJob } from './job';
import { Passes } from './passes';
import { inKind, remember, type AttributionsOf, type DeltaOf } from './results';
import { examplesOf } from './rows';
import { offsetOf, readTargets, type Target } from './targets';
import type { TensorLike } from './tensorLike';

/** The options that every algorithm has. */
export interface AttributionOptions {
  /** Which output is attributed; needed unless the model has one output for each example. */
  target?: Target;
  /** What the model takes after the attributed inputs. Tensors with an entry for each example follow the examples. */
  additionalForwardArgs?: TensorLike | number | readonly (TensorLike | number)[];
}

const algorithms = new WeakMap<Explanation, Attribution>();

/** The object that found an explanation, while both live. */
export const algorithmOf = (explanation: Explanation): Attribution | undefined => algorithms.get(explanation);

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
  /** The selected output of each example, from the whole output. */
  select(output: Tensor<'float32'>): Float64Array;
}

/** What an algorithm found. */
export type Findings = Pick<Explanation, 'attributions'> &
  Partial<Pick<Explanation, 'baselines' | 'baselineName' | 'startValues' | 'path' | 'options'>> & {
    /** Whether the attributions of an example should sum to F(x) - F(x'). Default: when `startValues` are given. */
    readonly isComplete?: boolean;
  };

/**
 * An attribution algorithm over a model: the extension point. A subclass defines `explain`, which gets the checked
 * inputs and answers with attributions of their shapes; batching, forms of tensors and targets, progress, cancelling and
 * display are done here.
 *
 * ```ts
 * class GradientTimesTwo extends Attribution {
 *   protected async explain({ inputs, targets, passes }) {
 *     const attributions = inputs.map((input) => float32(new Float32Array(input.data.length), input.shape));
 *     await passes.gradients(examplesOf(inputs), targets, (row, value, gradients) => { ... });
 *     return { attributions };
 *   }
 * }
 * ```
 */
export abstract class Attribution<Options extends AttributionOptions = AttributionOptions> {
  /** Captum's class name of the algorithm. */
  readonly name: string = this.constructor.name;
  /** The names of the options of `attribute`; others are refused. Not given: all are taken. */
  readonly optionNames?: readonly string[];

  constructor(protected readonly model: ModelSource) {}

  /** Computes the algorithm. */
  protected abstract explain(task: Task<Options>): Promise<Findings>;

  /**
   * Attributes the selected output of the model to its inputs. Inputs are a tensor or a list of tensors, all with the
   * batch of examples on axis 0; a tensor is one of the engine's, a `tf.Tensor`, or nested arrays of numbers. What is
   * returned has the same form and shapes, with `returnConvergenceDelta` in a pair with the convergence delta of each
   * example, sum(attributions) - (F(x) - F(baseline)).
   *
   * @throws LensError that names what does not fit; `cancelled` when the surrounding job is cancelled.
   */
  attribute<T extends AttributionInputs>(inputs: T, options: Options & { returnConvergenceDelta: true }): Promise<[AttributionsOf<T>, DeltaOf<T>]>;
  attribute<T extends AttributionInputs>(inputs: T, options?: Options): Promise<AttributionsOf<T>>;
  async attribute(inputs: AttributionInputs, options: Options & { returnConvergenceDelta?: boolean } = {} as Options): Promise<unknown> {
    this.checkOptions(options);
    const given = await readInputs(inputs, await modelOf(this.model));
    const explanation = await this.explainTensors(given.tensors, options);
    const results = await Promise.all(explanation.attributions.map((part, index) => inKind(part, given.kinds[index])));
    const attributions = remember(given.isTuple ? results.map((part) => remember(part, explanation)) : results[0], explanation);
    if (!options.returnConvergenceDelta) return attributions;
    const delta = convergenceDelta(explanation);
    if (!delta) throw new LensError('invalid-argument', `${this.name} has no convergence delta`, 'Leave the option returnConvergenceDelta out.');
    return remember([attributions, await inKind(float32(delta, [delta.length]), given.kinds[0])], explanation);
  }

  /** As {@link attribute}, for tensors that are in the model's element types; returns the whole record. */
  async explainTensors(inputs: readonly Tensor[], options: Options): Promise<Explanation> {
    this.checkOptions(options);
    const job = currentJob();
    const [model, engine] = await Promise.all([modelOf(this.model), sharedEngine()]);
    return engine.inTurn(model, async () => {
      const forwardArgs = await readForwardArgs(options.additionalForwardArgs, model, inputs.length);
      const internalBatchSize = 'internalBatchSize' in options ? (options.internalBatchSize as number | undefined) : undefined;
      const passes = new Passes(engine.functionOf(model), inputs[0].shape[0], { forwardArgs, internalBatchSize, job });
      const output = await passes.evaluate(examplesOf(inputs));
      const targets = await readTargets(options.target, output.shape, output.shape[0]);
      const select = (values: Tensor<'float32'>): Float64Array => selected(values, targets);
      const { isComplete, options: used = {}, ...findings } = await this.explain({ model, inputs, options, targets, output, passes, select });
      for (const [index, part] of findings.attributions.entries()) requireFinite(part, `Attributions of ${this.name} for input '${model.inputs[index]?.name ?? index}'`);
      const found: Explanation = {
        ...findings,
        method: this.name,
        options: used,
        model,
        runtime: engine.runtime.name,
        inputs,
        additionalForwardArgs: forwardArgs,
        targets,
        output,
        endValues: select(output),
        cost: passes.cost(),
      };
      const explanation = isComplete === false ? found : { ...found, convergenceDelta: convergenceDelta(found) };
      algorithms.set(explanation, this);
      return explanation;
    });
  }

  /** @throws LensError `invalid-argument` for an option that the algorithm does not have. */
  private checkOptions(options: object): void {
    const known = this.optionNames;
    const unknown = known && Object.keys(options).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    const camelCase = unknown.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const nextStep = known?.includes(camelCase) ? `Write ${camelCase}.` : `It has: ${known?.join(', ')}.`;
    throw new LensError('invalid-argument', `${this.name} has no option '${unknown}'`, nextStep);
  }
}

function selected(output: Tensor<'float32'>, targets: readonly TargetIndex[] | undefined): Float64Array {
  const axes = output.shape.slice(1);
  return Float64Array.from({ length: output.shape[0] }, (_, example) => output.data[example * sizeOf(axes) + offsetOf(targets?.[example] ?? [], axes)]);
}

/** sum(attributions) - (F(x) - F(x')) of each example; undefined without F(x'). */
function convergenceDelta({ attributions, startValues, endValues }: Explanation): Float64Array | undefined {
  if (!startValues || !endValues) return undefined;
  return startValues.map((start, example) => attributions.reduce((sum, part) => sum + sumOf(part, example), 0) - (endValues[example] - start));
}

function sumOf({ data, shape }: Tensor<'float32'>, example: number): number {
  const size = sizeOf(shape.slice(1));
  return data.subarray(example * size, (example + 1) * size).reduce((sum, value) => sum + value, 0);
}
