import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { DEEP_LIFT_EPS, deepLiftRules } from '../rules/deepLift';
import { float32, formatShape, type Tensor } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type NeuronOptions, type Task } from './attribution';
import { float32Only, readBaselines, readReferences, type Baselines } from './baselines';
import type { Derivation } from './modelFunction';
import { multipliersOf } from './pairs';
import type { LayerNames } from './place';
import type { AttributedTo, ToLayers } from './results';
import { samplesOf } from './samples';

/** Attributions from multipliers and from the values, and the references, that they multiply: one tensor for each input or layer. */
export type CustomAttributionFunc = (multipliers: readonly Tensor<'float32'>[], inputs: readonly Tensor<'float32'>[], baselines: readonly Tensor<'float32'>[]) => readonly Tensor<'float32'>[] | Promise<readonly Tensor<'float32'>[]>;

export interface DeepLiftOptions extends AttributionOptions {
  /** The reference that differences are taken from. Default: zero. */
  baselines?: Baselines;
  /** Takes the place of multiplier * (input - baseline). */
  customAttributionFunc?: CustomAttributionFunc;
}

export interface DeepLiftSettings {
  /** Whether multipliers are multiplied by (input - baseline). Default: true. */
  multiplyByInputs?: boolean;
  /** Where an activation's input differs from its reference by less, its gradient is used; try 1e-2 for attention with Softmax modules. Default: 1e-10. */
  eps?: number;
}

/** DeepLift of pairs, before it is averaged. */
export interface PairFindings {
  readonly attributions: readonly Tensor<'float32'>[];
  /** The selected output at the references. */
  readonly startValues: Float64Array;
}

/**
 * DeepLIFT (Shrikumar, Greenside, Kundaje, "Learning Important Features Through Propagating Activation Differences", ICML
 * 2017), rescale rule: multiplier * (x - x'), where the multiplier of an activation is the difference of its output from
 * the reference's, divided by that of its input. See {@link deepLiftRules}, and `exceptParts` for what has
 * none. Attributions sum to F(x) - F(x') for models of linear layers, element-wise activations and max pools.
 */
export class DeepLift<O extends AttributionOptions = DeepLiftOptions, To extends AttributedTo = 'inputs'> extends Attribution<O, To> {
  override readonly name: string = 'DeepLift';
  override readonly optionNames: readonly string[] = ['target', 'additionalForwardArgs', 'baselines', 'customAttributionFunc', 'returnConvergenceDelta'];
  private readonly multiplyByInputs: boolean;
  private readonly eps: number;
  /** The rules of the multipliers. */
  protected readonly derivation: Derivation;

  constructor(model: ModelSource, { multiplyByInputs = true, eps = DEEP_LIFT_EPS }: DeepLiftSettings = {}) {
    super(model);
    if (!(eps >= 0)) throw new LensError('invalid-argument', `DeepLift: eps must be at least 0, got ${eps}`);
    this.multiplyByInputs = multiplyByInputs;
    this.eps = eps;
    this.derivation = { key: `DeepLift ${eps}`, rules: deepLiftRules(eps) };
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { baselines: given } = task.options as DeepLiftOptions;
    const { tensors: baselines, name: baselineName } = await (task.place.layers ? readReferences : readBaselines)(given, task.inputs, task.model);
    const { attributions, startValues } = await this.explainPairs(task, task.inputs, baselines, 1);
    return { attributions, startValues, baselines: float32Only(baselines), baselineName, isComplete: this.isComplete(task), options: this.used() };
  }

  /** DeepLift of each row of `inputs` with the same row of `references`; `perExample` rows in a row have one example. */
  protected async explainPairs(task: Task<O>, inputs: readonly Tensor[], references: readonly Tensor[], perExample: number): Promise<PairFindings> {
    const { place, passes, select } = task;
    const { customAttributionFunc } = task.options as DeepLiftOptions;
    const [highRows, lowRows] = [samplesOf(inputs, perExample), samplesOf(references, perExample)];
    const [high, low] = [await place.values(highRows), await place.values(lowRows)];
    const multipliers = await multipliersOf(task, { inputs, references, perExample }, high, this.derivation);
    const startValues = select(await passes.evaluate(lowRows), lowRows.exampleOf);
    if (customAttributionFunc) return { attributions: checked(await customAttributionFunc(multipliers, high, low), high), startValues };
    const scaled = ({ data, shape }: Tensor<'float32'>, part: number): Tensor<'float32'> => float32(data.map((value, index) => value * (high[part].data[index] - low[part].data[index])), shape);
    return { attributions: this.multiplyByInputs ? multipliers.map(scaled) : multipliers, startValues };
  }

  protected isComplete({ options }: Task<O>): boolean {
    return this.multiplyByInputs && !(options as DeepLiftOptions).customAttributionFunc;
  }

  protected used(): Record<string, number | boolean> {
    return { multiplyByInputs: this.multiplyByInputs, eps: this.eps };
  }
}

function checked(attributions: readonly Tensor<'float32'>[], values: readonly Tensor<'float32'>[]): readonly Tensor<'float32'>[] {
  const fits = Array.isArray(attributions) && attributions.length === values.length && attributions.every(({ shape }, index) => formatShape(shape) === formatShape(values[index].shape));
  if (fits) return attributions;
  throw new LensError('invalid-argument', `customAttributionFunc must return tensors of the shapes ${values.map(({ shape }) => formatShape(shape)).join(', ')}`);
}

/** {@link DeepLift} at a layer: multiplier * (h(x) - h(x')). Baselines are those of the model's input, also token ids. */
export class LayerDeepLift<L extends LayerNames = LayerNames> extends DeepLift<DeepLiftOptions & LayerOptions, ToLayers<L>> {
  override readonly name = 'LayerDeepLift';

  constructor(model: ModelSource, layer: L, settings?: DeepLiftSettings) {
    super(model, settings);
    this.layer = layer;
  }
}

/** {@link DeepLift} of a neuron in place of the output. */
export class NeuronDeepLift extends DeepLift<Omit<DeepLiftOptions, 'target'> & NeuronOptions> {
  override readonly name = 'NeuronDeepLift';

  constructor(model: ModelSource, layer: string, settings?: DeepLiftSettings) {
    super(model, settings);
    this.neuronLayer = layer;
  }
}
