import { LensError } from '../../protocol/errors';
import type { Model } from '../models/model';
import { modelOf } from '../models/modelOf';
import { float32, formatShape, isFloat32, sizeOf, type Tensor } from '../tensor';
import { readReferences, type Baselines } from './baselines';
import { sharedEngine, type Engine } from './engine';
import { FeatureAblation } from './featureAblation';
import { readFeatures, type FeatureMask, type Features } from './featureMask';
import { isTuple, readInputs } from './inputs';
import { currentJob } from './job';
import { Passes } from './passes';
import { PerturbedCopies } from './perturbedCopies';
import { inKind, type AttributionsOf } from './results';
import { blank } from './rows';
import { taken } from './samples';
import { describeValue, toTensor, type NestedNumbers, type TensorKind, type TensorLike } from './tensorLike';

/** What an input of a batch is for: it is attributed, only fed to the model, or only handed to `reduce` (labels). */
export const InputRole = { needAttr: 0, needForward: 1, noForward: 2 } as const;

/** One batch: the model's input, or a list of inputs (and of what else `reduce` needs). */
export type Batch = TensorLike | readonly TensorLike[];

/** Batches that can be gone through: an array, an object with an iterator, or a function that begins anew with each call. */
export type DataLoader<B extends Batch = Batch> = Iterable<B> | AsyncIterable<B> | (() => Iterable<B> | AsyncIterable<B>);

/** One tensor for batches of any form, in the form of their inputs. */
type OneAttribution<B> = B extends NestedNumbers ? NestedNumbers : B extends readonly (infer Input)[] ? AttributionsOf<Input> : AttributionsOf<B>;

/** A tensor for batches that are tensors; a list of those of the attributed inputs for batches that are lists. */
export type DataLoaderAttributions<B> = B extends NestedNumbers ? NestedNumbers : B extends readonly unknown[] ? OneAttribution<B>[] : OneAttribution<B>;

export interface DataLoaderOptions<State> {
  /** One of {@link InputRole} for each input of a batch. Default: all are attributed. */
  inputRoles?: readonly number[];
  /** What a removed feature is replaced by; tensors have a first axis of 1. For attributed inputs only. Default: zero. */
  baselines?: Baselines;
  /** Which elements are removed together; the first axis is 1. For attributed inputs only. Default: each for itself. */
  featureMask?: FeatureMask | null;
  /** Takes in what the model returned for a batch (undefined is the state before the first). Default: outputs joined on axis 0. */
  reduce?: (state: State | undefined, output: Tensor<'float32'>, inputs: readonly Tensor[]) => State | Promise<State>;
  /** The metric of the whole data set, from what `reduce` gathered. Default: what was gathered. */
  toMetric?: (state: State) => TensorLike | number | Promise<TensorLike | number>;
  /** How many features are ablated each time the data are gone through; -1: all at once. More need more memory. Default: 1. */
  perturbationsPerPass?: number;
  /** Whether attributions have the shapes of the inputs; else one number for each feature from 0 to the largest of the mask. Default: true. */
  returnInputShape?: boolean;
}

/**
 * Attribution of a metric over a whole data set (its accuracy, its mean output), where FeatureAblation attributes each
 * example for itself: what the metric loses when a feature is replaced by its baseline in every batch,
 *
 *     attribution_i = metric(data set) - metric(data set with the feature of i at the baseline).
 *
 * Results have the axes of the metric, then those of an input without the examples; a list of them for batches that are
 * lists, of the attributed inputs.
 */
export class DataLoaderAttribution {
  /** @throws LensError `invalid-argument` for a method other than FeatureAblation. */
  constructor(private readonly method: FeatureAblation) {
    if (!(method instanceof FeatureAblation) || method.name !== 'FeatureAblation') throw new LensError('invalid-argument', `DataLoaderAttribution does not support ${String((method as { name?: unknown } | undefined)?.name)}`, 'Give a FeatureAblation.');
  }

  /**
   * Attributes the metric of all batches.
   *
   * @throws LensError that names what does not fit; `cancelled` when the surrounding job is cancelled.
   */
  attribute<State = Tensor<'float32'>, B extends Batch = Batch>(dataloader: DataLoader<B>, options: DataLoaderOptions<State> & { returnInputShape: false }): Promise<OneAttribution<B>>;
  attribute<State = Tensor<'float32'>, B extends Batch = Batch>(dataloader: DataLoader<B>, options?: DataLoaderOptions<State>): Promise<DataLoaderAttributions<B>>;
  async attribute<State>(dataloader: DataLoader, options: DataLoaderOptions<State> = {}): Promise<unknown> {
    const { perturbationsPerPass = 1 } = options;
    if (!Number.isInteger(perturbationsPerPass) || (perturbationsPerPass < 1 && perturbationsPerPass !== -1)) throw new LensError('invalid-argument', `perturbationsPerPass must be a whole number of at least 1, or -1 for all features at once, got ${perturbationsPerPass}`);
    const [model, engine] = await Promise.all([modelOf(this.method.model), sharedEngine()]);
    return engine.inTurn(model, () => new Traversal(model, engine, dataloader, options).run());
  }
}

/** What the first batch tells about all. */
interface Layout {
  readonly isTuple: boolean;
  readonly kind: TensorKind;
  /** The attributed inputs, one example of each. */
  readonly attributed: readonly Tensor[];
  readonly features: Features;
}

/** What was gathered in a pass: by `reduce`, or without it the outputs of all batches. */
interface Gathered<State> {
  readonly outputs: Tensor<'float32'>[];
  reduced?: State;
}

class Traversal<State> {
  private layout: Layout | undefined;
  private batches: number | undefined;

  constructor(
    private readonly model: Model,
    private readonly engine: Engine,
    private readonly dataloader: DataLoader,
    private readonly options: DataLoaderOptions<State>,
  ) {}

  async run(): Promise<unknown> {
    const { perturbationsPerPass = 1 } = this.options;
    const metrics: Tensor<'float32'>[] = []; // of the data as they are, then of each feature
    let passes = Infinity;
    for (let pass = 0; pass < passes; pass++) {
      const states = await this.traverse(pass, passes);
      if (!this.layout) throw new LensError('invalid-argument', 'dataloader: there is no batch in it');
      passes = perturbationsPerPass === -1 ? 1 : Math.max(1, Math.ceil(this.layout.features.count / perturbationsPerPass));
      for (const state of states) metrics.push(await this.metricOf(state));
    }
    return this.attributions(metrics);
  }

  /** Goes through the data once: what is gathered for each of the pass's features; in the first pass, before them, of the data as they are. */
  private async traverse(pass: number, passes: number): Promise<Gathered<State>[]> {
    const states: Gathered<State>[] = [];
    const { onProgress } = currentJob();
    let done = 0;
    for await (const batch of this.begin()) {
      await this.take(batch, pass, states);
      done++;
      const fraction = Number.isFinite(passes) ? (pass + done / Math.max(done, this.batches ?? 0)) / passes : 0;
      onProgress?.({ fraction, message: `batch ${done}${this.batches === undefined ? '' : ` of ${this.batches}`}, pass ${pass + 1}${Number.isFinite(passes) ? ` of ${passes}` : ''}` });
    }
    if (pass > 0 && done !== this.batches) throw new LensError('invalid-argument', `dataloader: there were ${this.batches ?? 0} batches when it was gone through first, and ${done} in pass ${pass + 1}`, 'Give an array, a function that returns an iterator, or perturbationsPerPass: -1.');
    this.batches = done;
    return states;
  }

  private begin(): Iterable<Batch> | AsyncIterable<Batch> {
    if (typeof this.dataloader === 'function') return this.dataloader();
    if (typeof this.dataloader === 'object' && this.dataloader !== null && (Symbol.asyncIterator in this.dataloader || Symbol.iterator in this.dataloader)) return this.dataloader;
    throw new LensError('invalid-argument', `dataloader must be an iterable of batches or a function that returns one, got ${describeValue(this.dataloader)}`);
  }

  private async take(batch: Batch, pass: number, states: Gathered<State>[]): Promise<void> {
    const parts: readonly unknown[] = isTuple(batch) ? batch : [batch];
    const { inputRoles = parts.map(() => InputRole.needAttr), perturbationsPerPass = 1, baselines } = this.options;
    if (inputRoles.length !== parts.length) throw new LensError('invalid-argument', `inputRoles: one role for each of the ${parts.length} inputs of a batch is needed, got ${inputRoles.length}`);
    const whole = await Promise.all(parts.map((part, index) => toTensor(part, `dataloader: input ${index}`)));
    const forwarded = whole.filter((_, index) => inputRoles[index] !== InputRole.noForward);
    const roles = inputRoles.filter((role) => role !== InputRole.noForward);
    const { tensors } = await readInputs(forwarded.map(({ tensor }) => tensor), this.model);
    const attributed = tensors.filter((_, index) => roles[index] === InputRole.needAttr);
    if (attributed.length === 0) throw new LensError('invalid-argument', 'inputRoles: at least one input must be attributed (role 0)');
    this.layout ??= await this.layoutOf(isTuple(batch), forwarded[0].kind, attributed);
    const { features } = this.layout;
    const references = (await readReferences(baselines, attributed, this.model)).tensors;
    const size = perturbationsPerPass === -1 ? features.count : perturbationsPerPass;
    const first = pass * size;
    const wanted = Array.from({ length: Math.max(0, Math.min(size, features.count - first)) }, (_, index) => first + index);

    const place = roles.map((role, index) => (role === InputRole.needAttr ? roles.slice(0, index).filter((before) => before === InputRole.needAttr).length : -1));
    const variants = [...(pass === 0 ? [-1] : []), ...wanted];
    const copies = new PerturbedCopies(tensors, variants.length, 'feature', (copy, example, input, write) => {
      if (variants[copy] < 0 || place[input] < 0) return;
      for (const element of features.elementsOf(variants[copy], place[input], example)) write(element, references[place[input]], example);
    });
    const { reduce } = this.options;
    for (const [index, output] of (await this.outputs(copies, variants.length)).entries()) {
      const state = (states[index] ??= { outputs: [] });
      if (reduce) state.reduced = await reduce(state.reduced, output, perturbedInputs(whole.map(({ tensor }) => tensor), inputRoles, copies, index));
      else state.outputs.push(output);
    }
  }

  private async layoutOf(isList: boolean, kind: TensorKind, attributed: readonly Tensor[]): Promise<Layout> {
    const one = attributed.map((input) => taken(input, 1, () => 0));
    const features = await readFeatures(this.options.featureMask, one, this.model);
    await readReferences(this.options.baselines, one, this.model); // refuses those that differ between examples
    return { isTuple: isList, kind, attributed: one, features };
  }

  /** The model's output for each copy of a batch. */
  private async outputs(copies: PerturbedCopies, count: number): Promise<Tensor<'float32'>[]> {
    const examples = copies.inputs[0].shape[0];
    const { signal } = currentJob();
    const passes = new Passes(this.engine.functionOf(this.model), examples, { job: { signal } });
    if (await passes.returnsOncePerBatch(copies.inputs)) {
      const results: Tensor<'float32'>[] = [];
      await passes.outputs(copies, (_, values) => results.push(float32(values.slice(), [values.length])), { unit: examples });
      return results;
    }
    const { data, shape } = await passes.evaluate(copies);
    const size = data.length / count;
    return Array.from({ length: count }, (_, copy) => float32(data.slice(copy * size, (copy + 1) * size), [examples, ...shape.slice(1)]));
  }

  private async metricOf({ outputs, reduced }: Gathered<State>): Promise<Tensor<'float32'>> {
    const gathered = this.options.reduce ? reduced : joined(outputs);
    const metric: unknown = this.options.toMetric ? await this.options.toMetric(gathered as State) : gathered;
    const { tensor } = typeof metric === 'number' ? { tensor: float32([metric], []) } : await toTensor(metric, 'The metric (what toMetric returns, or reduce without it)');
    if (!isFloat32(tensor)) throw new LensError('invalid-argument', `The metric must be float32, got ${tensor.dtype}`);
    return tensor;
  }

  private async attributions([original, ...ablated]: readonly Tensor<'float32'>[]): Promise<unknown> {
    const { isTuple: isList, kind, attributed, features } = this.layout!;
    const wrong = ablated.find(({ shape }) => formatShape(shape) !== formatShape(original.shape));
    if (wrong) throw new LensError('shape-mismatch', `The metric must have the same shape whatever is ablated, got ${formatShape(original.shape)} and ${formatShape(wrong.shape)}`);
    const differences = ablated.map(({ data }) => original.data.map((value, index) => value - data[index]));
    if (this.options.returnInputShape === false) {
      features.requireFromZero();
      const columns = Array.from({ length: features.span }, (_, id) => differences[features.indexOf.get(id) ?? -1]);
      const rows = Array.from(original.data, (_, metric) => columns.map((column) => column?.[metric] ?? 0)).flat();
      return inKind(float32(rows, [...original.shape, columns.length]), kind);
    }
    const parts = attributed.map(({ shape }, input) => {
      const axes = shape.slice(1);
      const size = sizeOf(axes);
      const data = new Float32Array(original.data.length * size);
      for (let feature = 0; feature < features.count; feature++) {
        for (const element of features.elementsOf(feature, input, 0)) for (let metric = 0; metric < original.data.length; metric++) data[metric * size + element] = differences[feature][metric];
      }
      return inKind(float32(data, [...original.shape, ...axes]), kind);
    });
    return isList ? Promise.all(parts) : parts[0];
  }
}

/** What `reduce` gets: the batch with the copy's inputs in place of those that are fed to the model. */
function perturbedInputs(batch: readonly Tensor[], roles: readonly number[], copies: PerturbedCopies, copy: number): Tensor[] {
  let fed = 0;
  return batch.map((tensor, index) => {
    if (roles[index] === InputRole.noForward) return tensor;
    const input = fed++;
    return roles[index] === InputRole.needAttr ? written(copies, input, copy) : copies.inputs[input];
  });
}

/** One input of a copy of the batch. */
function written(copies: PerturbedCopies, input: number, copy: number): Tensor {
  const { shape, dtype } = copies.inputs[input];
  const result = blank(dtype, shape);
  for (let example = 0; example < shape[0]; example++) copies.write(input, copy * shape[0] + example, result.data, example * sizeOf(shape.slice(1)));
  return result;
}

/** The outputs of all batches, one after the other on axis 0. */
function joined(outputs: readonly Tensor<'float32'>[]): Tensor<'float32'> {
  const data = new Float32Array(outputs.reduce((length, output) => length + output.data.length, 0));
  let offset = 0;
  for (const output of outputs) {
    data.set(output.data, offset);
    offset += output.data.length;
  }
  return float32(data, [outputs.reduce((rows, { shape }) => rows + shape[0], 0), ...outputs[0].shape.slice(1)]);
}
