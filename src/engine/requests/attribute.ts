import type { AttributionChoices } from '../../protocol/engine';
import type { BaselineChoice, TargetInfo } from '../../protocol/output';
import { sharedEngine } from '../attribution/engine';
import type { Explanation } from '../attribution/explanation';
import { readInputs } from '../attribution/inputs';
import { currentJob } from '../attribution/job';
import { choicesFor } from '../attribution/catalogue/choices';
import { prepare, withNoise } from '../attribution/catalogue/prepare';
import { strongest } from '../attribution/catalogue/strongest';
import { DEFAULT_METHOD, methodNamed, type PlainOptions } from '../attribution/methods';
import { Passes } from '../attribution/passes';
import { examplesOf } from '../attribution/rows';
import { modelOf } from '../models/modelOf';
import { predictionsOf } from '../presentation/targets';
import type { Tensor } from '../tensor';

/** What someone who attributes without writing code may choose; everything else has its default. */
export interface AttributionWish {
  readonly method?: string;
  readonly options?: PlainOptions;
  /** For methods that have one. */
  readonly baseline?: BaselineChoice;
  /** Index into the output's axes after the first; default: each example's strongest output. */
  readonly target?: readonly number[];
}

/**
 * Attributes a model's output to inputs of any form that `attribute` takes.
 *
 * @throws LensError like `attribute`, and `not-found` for an unknown method.
 */
export async function attributeInputs(model: unknown, inputs: unknown, wish: AttributionWish = {}): Promise<Explanation> {
  const source = await modelOf(model);
  const { tensors } = await readInputs(inputs, source);
  const output = await evaluate(model, tensors);
  const name = wish.method ?? DEFAULT_METHOD;
  const { ntType, ...plain } = wish.options ?? {};
  const prepared = await prepare(name, { model: source, inputs: tensors, additionalForwardArgs: [] }, plain);
  const { algorithm, options } = ntType === undefined ? prepared : withNoise(prepared, ntType, tensors);
  const { target: index } = wish;
  const target = index ? Array.from({ length: output.shape[0] }, () => index) : strongest(output);
  const takesTarget = prepared.algorithm.callOptions?.includes('target') !== false;
  const baselines = wish.baseline && (await methodNamed(name)).baselines === 'one' ? { baselines: wish.baseline } : {};
  return algorithm.explainTensors(tensors, { ...options, ...baselines, ...(takesTarget ? { target } : {}) });
}

/**
 * The methods that can be chosen for a model and inputs, and the strongest classes of the first example.
 *
 * @param first a class that comes before the strongest ones.
 */
export async function choicesOf(model: unknown, inputs: unknown, first?: number): Promise<AttributionChoices> {
  const source = await modelOf(model);
  const { tensors } = await readInputs(inputs, source);
  const output = await evaluate(model, tensors);
  // A second pass, so that the estimates are not those of a first one.
  if ((await sharedEngine()).functionOf(source).speed.isCold) await evaluate(model, tensors);
  return { ...(await choicesFor({ model: source, inputs: tensors, additionalForwardArgs: [] })), predictions: predictionsOf({ model: source, output }, 0, first) ?? [] };
}

/** The classes that a model finds most probable, best first, for each example. */
export async function predictionsFor(model: unknown, inputs: unknown): Promise<TargetInfo[][]> {
  const source = await modelOf(model);
  const { tensors } = await readInputs(inputs, source);
  const output = await evaluate(model, tensors);
  return Array.from({ length: output.shape[0] }, (_, example) => predictionsOf({ model: source, output }, example) ?? []);
}

/** The model's whole first output for tensors in its element types. */
export async function evaluate(model: unknown, tensors: readonly Tensor[]): Promise<Tensor<'float32'>> {
  const [source, engine] = await Promise.all([modelOf(model), sharedEngine()]);
  const job = currentJob();
  return engine.inTurn(source, () => new Passes(engine.functionOf(source), tensors[0].shape[0], { job }).evaluate(examplesOf(tensors)));
}
