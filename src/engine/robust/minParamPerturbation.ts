import { LensError } from '../../protocol/errors';
import type { AttributionOptions } from '../attribution/attribution';
import type { AttributionInputs } from '../attribution/inputs';
import { currentJob, throwIfCancelled } from '../attribution/job';
import type { AttributionsOf } from '../attribution/results';
import { readTargets, type Target } from '../attribution/targets';
import type { ModelSource } from '../models/modelOf';
import type { Tensor } from '../tensor';
import { attempt, outputsOf, requireCount, type Attack, type PreprocFunc } from './perturbation';

const MODES = ['linear', 'binary'] as const;
export type MinParamPerturbationMode = (typeof MODES)[number];

/** Whether the model is still right; gets its output for the perturbed inputs, the target and `correctFnKwargs`. */
export type CorrectFunc = (output: Tensor<'float32'>, kwargs: Readonly<Record<string, unknown>>) => boolean | Promise<boolean>;

export interface MinParamPerturbationConstruction<Options extends object> {
  /** The option of the attack that is searched: `epsilon`, `radius`. */
  argName: keyof Options & string;
  /** The first value that is tried. */
  argMin: number;
  /** All values that are tried are below. */
  argMax: number;
  /** The distance of the values that are tried. */
  argStep: number;
  /** `linear` tries the values in order; `binary` halves the range, and needs that larger values never help the model. Default: `linear`. */
  mode?: MinParamPerturbationMode;
  /** How often a random attack is tried with each value. Default: 1. */
  numAttempts?: number;
  /** Turns the given inputs into the model's. Default: they are. */
  preprocFn?: PreprocFunc;
  /** Whether the attack gets the inputs before `preprocFn`. Default: false. */
  applyBeforePreproc?: boolean;
  /** Default: the largest output of every example is its target. */
  correctFn?: CorrectFunc;
}

export interface MinParamPerturbationOptions<Options extends object> {
  additionalForwardArgs?: AttributionOptions['additionalForwardArgs'];
  /** The right class of each example; needed unless there is a `correctFn`. */
  target?: Target;
  /** How many attempts the model evaluates at once. Default: 1. Does not change the result. */
  perturbationsPerEval?: number;
  /** The other options of the attack. */
  attackKwargs?: Partial<Options>;
  /** Handed on to `correctFn`. */
  correctFnKwargs?: Readonly<Record<string, unknown>>;
}

/**
 * The smallest parameter of an attack that makes the model wrong (Captum's minimal parameter perturbation): the least
 * epsilon of FGSM, the least blur. A measure of how robust a prediction is.
 */
export class MinParamPerturbation<Options extends object> {
  constructor(
    private readonly model: ModelSource,
    private readonly attack: Attack<Options>,
    private readonly construction: MinParamPerturbationConstruction<Options>,
  ) {
    const { argMin, argMax, argStep, mode = 'linear', numAttempts = 1 } = construction;
    if (![argMin, argMax, argStep].every(Number.isFinite) || argStep <= 0) throw new LensError('invalid-argument', `MinParamPerturbation: argMin and argMax must be numbers and argStep one above 0, got ${argMin}, ${argMax} and ${argStep}`);
    if (!MODES.includes(mode)) throw new LensError('invalid-argument', `MinParamPerturbation: mode must be linear or binary, got '${String(mode)}'`);
    if (!Number.isInteger(numAttempts) || numAttempts < 1) throw new LensError('invalid-argument', `MinParamPerturbation: numAttempts must be a whole number of at least 1, got ${numAttempts}`);
  }

  /** The perturbed inputs and the parameter of the first attempt that made the model wrong; two nulls when none did. */
  async evaluate<T extends AttributionInputs>(inputs: T, options: MinParamPerturbationOptions<Options> = {}): Promise<[AttributionsOf<T>, number] | [null, null]> {
    const { perturbationsPerEval = 1 } = options;
    requireCount('perturbationsPerEval', perturbationsPerEval);
    if (this.construction.mode === 'binary') return this.binarySearch(inputs, options);
    const { argMin, argMax, argStep } = this.construction;
    const values = Array.from({ length: Math.max(0, Math.ceil((argMax - argMin) / argStep - 1e-9)) }, (_, step) => argMin + step * argStep);
    return (await this.firstWrong(inputs, values, options)) ?? [null, null];
  }

  private async binarySearch<T extends AttributionInputs>(inputs: T, options: MinParamPerturbationOptions<Options>): Promise<[AttributionsOf<T>, number] | [null, null]> {
    const { argMin, argMax, argStep } = this.construction;
    let [low, high] = [argMin, argMax];
    let best: [AttributionsOf<T>, number] | undefined;
    while (high > low) {
      const half = Math.floor(Math.floor((high - low) / argStep) / 2);
      const middle = low + (half === 0 && low + argStep < high ? 1 : half) * argStep;
      const found = await this.firstWrong(inputs, [middle], options);
      if (found) [best, high] = [found, middle];
      else if (middle === low) break;
      else low = middle;
    }
    return best ?? [null, null];
  }

  /** The first attempt, of all attempts with each value in order, that makes the model wrong. */
  private async firstWrong<T extends AttributionInputs>(inputs: T, values: readonly number[], options: MinParamPerturbationOptions<Options>): Promise<[AttributionsOf<T>, number] | undefined> {
    const { numAttempts = 1, argName, preprocFn, applyBeforePreproc = false } = this.construction;
    const { perturbationsPerEval = 1 } = options;
    const job = currentJob();
    const tries = values.flatMap((value) => Array<number>(numAttempts).fill(value));
    for (let start = 0; start < tries.length; start += perturbationsPerEval) {
      throwIfCancelled(job);
      const chunk = tries.slice(start, start + perturbationsPerEval);
      const attempts = [];
      for (const value of chunk) attempts.push(await attempt(this.attack, { ...options.attackKwargs, [argName]: value } as Options, inputs, { preprocFn, applyBeforePreproc }));
      const outputs = await outputsOf(this.model, attempts.map(({ modelInputs }) => modelInputs), options.additionalForwardArgs);
      for (const [index, output] of outputs.entries()) {
        if (!(await this.isCorrect(output, options))) return [attempts[index].attacked as AttributionsOf<T>, chunk[index]];
      }
      const done = start + chunk.length;
      job.onProgress?.({ fraction: done / tries.length, message: `attempt ${done} of ${tries.length}` });
    }
    return undefined;
  }

  private async isCorrect(output: Tensor<'float32'>, { target, correctFnKwargs }: MinParamPerturbationOptions<Options>): Promise<boolean> {
    const { correctFn } = this.construction;
    if (correctFn) return correctFn(output, { target, ...correctFnKwargs });
    if (output.shape.length !== 2 || target === undefined) throw new LensError('invalid-argument', `MinParamPerturbation: the target of every example is needed, and an output of the shape [examples, classes], got ${output.shape.length} axes`, 'Give a correctFn.');
    const targets = await readTargets(target, output.shape, output.shape[0]);
    const [, classes] = output.shape;
    return (targets ?? []).every(([wanted], example) => output.data.subarray(example * classes, (example + 1) * classes).reduce((best, value, index, row) => (value > row[best] ? index : best), 0) === wanted);
  }
}
