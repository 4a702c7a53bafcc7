import type { AttributionInputs } from '../attribution/inputs';
import { readForwardArgs, readInputs } from '../attribution/inputs';
import type { AttributionOptions } from '../attribution/attribution';
import { sharedEngine } from '../attribution/engine';
import { currentJob, runJob } from '../attribution/job';
import { Passes } from '../attribution/passes';
import type { AttributionsOf } from '../attribution/results';
import { copyExample, type Rows } from '../attribution/rows';
import { LensError } from '../../protocol/errors';
import { modelOf, type ModelSource } from '../models/modelOf';
import { float32, sizeOf, type Tensor } from '../tensor';

/** Something that perturbs inputs: FGSM, PGD, or an object with the same method. */
export interface Perturbation<Options extends object> {
  perturb<T extends AttributionInputs>(inputs: T, options: Options): Promise<AttributionsOf<T>>;
}

/** A perturbation as a plain function: noise, blur, a rotation. */
export type PerturbationFunc<Options extends object> = (inputs: AttributionInputs, options: Options) => AttributionInputs | Promise<AttributionInputs>;

export type Attack<Options extends object> = Perturbation<Options> | PerturbationFunc<Options>;

/** Turns what attacks get or return into inputs of the model. */
export type PreprocFunc = (inputs: AttributionInputs) => AttributionInputs | Promise<AttributionInputs>;

/** The inputs of one attempt: what the attack returned, and what the model gets. */
export interface Attempt {
  readonly attacked: AttributionInputs;
  readonly modelInputs: AttributionInputs;
}

/** Runs an attack on the inputs as they are, or as they are after preprocessing. Its own progress is not shown. */
export async function attempt<Options extends object>(attack: Attack<Options>, options: Options, inputs: AttributionInputs, { preprocFn, applyBeforePreproc }: { preprocFn?: PreprocFunc; applyBeforePreproc: boolean }): Promise<Attempt> {
  const prepared = async (given: AttributionInputs): Promise<AttributionInputs> => (preprocFn ? preprocFn(given) : given);
  const start = applyBeforePreproc ? inputs : await prepared(inputs);
  const attacked: AttributionInputs = await runJob({ signal: currentJob().signal }, async () => (typeof attack === 'function' ? attack(start, options) : attack.perturb(start, options)));
  return { attacked, modelInputs: applyBeforePreproc ? await prepared(attacked) : attacked };
}

/**
 * The model's first output for several batches of the same number of examples, evaluated together.
 *
 * @throws LensError `shape-mismatch` for batches of different numbers of examples.
 */
export async function outputsOf(source: ModelSource, batches: readonly AttributionInputs[], additionalForwardArgs: AttributionOptions['additionalForwardArgs']): Promise<Tensor<'float32'>[]> {
  const [model, engine] = await Promise.all([modelOf(source), sharedEngine()]);
  const read = await Promise.all(batches.map(async (batch) => (await readInputs(batch, model)).tensors));
  const [inputs] = read;
  const examples = inputs[0].shape[0];
  for (const tensors of read) {
    const differs = tensors.findIndex(({ shape }, input) => shape.join() !== inputs[input]?.shape.join());
    if (tensors.length !== inputs.length || differs >= 0) throw new LensError('shape-mismatch', `The perturbed inputs must all have the shapes of the first, [${inputs[Math.max(0, differs)].shape.join(', ')}], got [${tensors[Math.max(0, differs)].shape.join(', ')}]`);
  }
  const forwardArgs = await readForwardArgs(additionalForwardArgs, model, inputs.length);
  const rows: Rows = {
    count: batches.length * examples,
    inputs,
    exampleOf: (row) => row % examples,
    write: (input, row, into, offset) => copyExample(read[Math.floor(row / examples)][input], row % examples, into, offset),
  };
  const { data, shape } = await engine.inTurn(model, () => new Passes(engine.functionOf(model), examples, { forwardArgs, job: currentJob() }).evaluate(rows));
  const size = examples * sizeOf(shape.slice(1));
  return batches.map((_, batch) => float32(data.slice(batch * size, (batch + 1) * size), [examples, ...shape.slice(1)]));
}

/** @throws LensError `invalid-argument` for what is no whole number of at least 1. */
export function requireCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new LensError('invalid-argument', `${option} must be a whole number of at least 1, got ${value}`);
}
