import { LensError } from '../../protocol/errors';
import type { AttributionOptions } from '../attribution/attribution';
import type { AttributionInputs } from '../attribution/inputs';
import { currentJob, throwIfCancelled } from '../attribution/job';
import { isEngineTensor } from '../attribution/tensorLike';
import type { ModelSource } from '../models/modelOf';
import { float32, sizeOf, type Tensor } from '../tensor';
import { attempt, outputsOf, requireCount, type Attack, type PreprocFunc } from './perturbation';

/** What a metric returns: a number, a float32 tensor, or several of these by name. */
export type Metric = number | Tensor<'float32'> | { readonly [name: string]: number | Tensor<'float32'> };

/** Measures the model's output; gets what `evaluate` got besides the inputs: labels, for example. */
export type MetricFunc<M extends Metric> = (output: Tensor<'float32'>, kwargs: Readonly<Record<string, unknown>>) => M | Promise<M>;

export interface AddedAttack<Options extends object> {
  /** What results go by. Default: the attack's class or function name. */
  name?: string;
  /** How often a random attack is tried on each batch. Default: 1. */
  numAttempts?: number;
  /** Whether the attack gets the inputs before `preprocFn`. Default: true. */
  applyBeforePreproc?: boolean;
  /** Options of the attack that are always the same. */
  attackKwargs?: Partial<Options>;
  /** Options that the attack gets from those of `evaluate`: `target`, for example. */
  additionalAttackArgNames?: readonly (keyof Options & string)[];
}

/** The metric of one attack: over the attempts mean, smallest and largest; only the mean when there is one attempt. */
export interface AttackResult<M> {
  readonly mean: M;
  readonly min?: M;
  readonly max?: M;
}

/** The metric of the inputs as they are, and that of each attack by its name. */
export type AttackResults<M> = { readonly Original: M } & Readonly<Record<string, AttackResult<M>>>;

export interface AttackComparatorOptions {
  /** What the model takes after the inputs. */
  additionalForwardArgs?: AttributionOptions['additionalForwardArgs'];
  /** How many attempts of an attack the model evaluates at once. Default: 1. Does not change the result. */
  perturbationsPerEval?: number;
  /** What the metric gets, and attacks that ask for it. */
  [kwarg: string]: unknown;
}

interface Entry {
  readonly attempts: number;
  run(inputs: AttributionInputs, kwargs: Readonly<Record<string, unknown>>): Promise<AttributionInputs>;
}

const ORIGINAL = 'Original';

/**
 * Compares attacks by a metric of the model's output on the inputs that they perturb, and on the inputs as they are
 * (Captum's AttackComparator): how robust a model is to each of them.
 */
export class AttackComparator<M extends Metric> {
  private readonly attacks = new Map<string, Entry>();
  private readonly batches = new Map<string, M[]>();

  /** @param metric such as the accuracy, or the probability of the right class. */
  constructor(
    private readonly model: ModelSource,
    private readonly metric: MetricFunc<M>,
    private readonly construction: { /** Turns the given inputs into the model's. Default: they are. */ preprocFn?: PreprocFunc } = {},
  ) {}

  /** @throws LensError `invalid-argument` for a name that is taken. */
  addAttack<Options extends object>(attack: Attack<Options>, { name = nameOf(attack), numAttempts = 1, applyBeforePreproc = true, attackKwargs, additionalAttackArgNames = [] }: AddedAttack<Options> = {}): void {
    if (name === ORIGINAL || this.attacks.has(name)) throw new LensError('invalid-argument', `AttackComparator: cannot add an attack with the same name as an existing attack, '${name}'`, 'Give another name.');
    if (!Number.isInteger(numAttempts) || numAttempts < 1) throw new LensError('invalid-argument', `AttackComparator: numAttempts must be a whole number of at least 1, got ${numAttempts}`);
    const { preprocFn } = this.construction;
    this.attacks.set(name, {
      attempts: numAttempts,
      run: async (inputs, kwargs) => {
        const handedOn = Object.fromEntries(additionalAttackArgNames.filter((argName) => argName in kwargs).map((argName) => [argName, kwargs[argName]]));
        return (await attempt(attack, { ...attackKwargs, ...handedOn } as Options, inputs, { preprocFn, applyBeforePreproc })).modelInputs;
      },
    });
  }

  /**
   * The metric of each attack for one batch by the attack's name, and under `Original` that of the inputs as they are.
   * What `options` hold besides additionalForwardArgs and perturbationsPerEval goes to the metric and, where they ask for
   * it, to attacks.
   */
  async evaluate(inputs: AttributionInputs, options: AttackComparatorOptions = {}): Promise<AttackResults<M>> {
    const { additionalForwardArgs, perturbationsPerEval = 1, ...kwargs } = options;
    requireCount('perturbationsPerEval', perturbationsPerEval);
    const { preprocFn } = this.construction;
    const job = currentJob();
    const measured = async (batches: readonly AttributionInputs[]): Promise<M[]> => {
      const metrics: M[] = [];
      for (const output of await outputsOf(this.model, batches, additionalForwardArgs)) metrics.push(await this.metric(output, kwargs));
      return metrics;
    };
    const [original] = await measured([preprocFn ? await preprocFn(inputs) : inputs]);
    const results: Record<string, AttackResult<M>> = {};
    for (const [name, { attempts, run }] of this.attacks) {
      const metrics: M[] = [];
      while (metrics.length < attempts) {
        const perturbed: AttributionInputs[] = [];
        while (perturbed.length < Math.min(perturbationsPerEval, attempts - metrics.length)) {
          throwIfCancelled(job);
          perturbed.push(await run(inputs, kwargs));
        }
        metrics.push(...(await measured(perturbed)));
      }
      results[name] = { mean: combined(metrics, mean), ...(attempts > 1 ? { min: combined(metrics, smallest), max: combined(metrics, largest) } : {}) };
      job.onProgress?.({ fraction: Object.keys(results).length / this.attacks.size, message: `attack '${name}'` });
    }
    const all: Record<string, AttackResult<M>> = { [ORIGINAL]: { mean: original }, ...results };
    for (const [name, { mean: middle, min, max }] of Object.entries(all)) {
      const kept: [string, M | undefined][] = max === undefined ? [[name, middle]] : [[`${name} Mean Attempt`, middle], [`${name} Min Attempt`, min], [`${name} Max Attempt`, max]];
      for (const [key, metric] of kept) if (metric !== undefined) this.batches.set(key, [...(this.batches.get(key) ?? []), perBatch(metric)]);
    }
    return Object.assign({ [ORIGINAL]: original } as const, results) as AttackResults<M>;
  }

  /**
   * The mean over all batches since the beginning or the last reset; metrics that are tensors are averaged over axis 0
   * in each batch. Attacks with several attempts have three entries: NAME Mean Attempt, Min Attempt and Max Attempt.
   */
  summary(): Record<string, { readonly mean: M }> {
    return Object.fromEntries([...this.batches].map(([name, metrics]) => [name, { mean: combined(metrics, mean) }]));
  }

  /** Forgets the batches that {@link summary} is about. */
  reset(): void {
    this.batches.clear();
  }
}

function nameOf(attack: Attack<never>): string {
  return (typeof attack === 'function' ? attack.name : attack.constructor.name) || 'attack';
}

type Combine = (values: readonly number[]) => number;

const mean: Combine = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const smallest: Combine = (values) => values.reduce((least, value) => Math.min(least, value), Infinity);
const largest: Combine = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);

/** Metrics of the same form combined number by number. */
function combined<M extends Metric>(metrics: readonly M[], by: Combine): M {
  const parts: readonly Metric[] = metrics;
  const [first] = parts;
  if (typeof first === 'number') return by(parts.map(Number)) as M;
  if (isTensor(first)) {
    const tensors = parts.filter(isTensor);
    return float32(first.data.map((_, index) => by(tensors.map(({ data }) => data[index]))), first.shape) as Metric as M;
  }
  return Object.fromEntries(Object.keys(first).map((name) => [name, combined(parts.map((part) => (part as typeof first)[name]), by)])) as Metric as M;
}

/** A metric without the axis of the examples. */
function perBatch<M extends Metric>(metric: M): M {
  const given: Metric = metric;
  if (typeof given === 'number') return metric;
  if (!isTensor(given)) return Object.fromEntries(Object.entries(given).map(([name, part]) => [name, perBatch(part)])) as Metric as M;
  const axes = given.shape.slice(1);
  const [rows, size] = [given.shape[0] ?? 1, sizeOf(axes)];
  const means = Float32Array.from({ length: size }, (_, index) => mean(Array.from({ length: rows }, (_row, row) => given.data[row * size + index])));
  return (axes.length === 0 ? means[0] : float32(means, axes)) as Metric as M;
}

const isTensor = (metric: Metric): metric is Tensor<'float32'> => isEngineTensor(metric);
