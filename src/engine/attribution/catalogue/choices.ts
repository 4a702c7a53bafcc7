import { LensError } from '../../../protocol/errors';
import type { LayerChoice, MethodChoice } from '../../../protocol/renderer';
import { titleOf } from '../../presentation/titleOf';
import { isFloat32 } from '../../tensor';
import { sharedEngine } from '../engine';
import { GUIDED, DECONVOLUTION } from '../reluOverride';
import { LRP_BY_DEFAULT, relevanceOf } from '../lrp';
import { PLAIN, type Derivation, type ModelFunction } from '../modelFunction';
import { METHODS } from '../methods';
import { extentOf } from './extent';
import { layersIn } from './layers';
import type { Method, Rows, Subject } from './method';
import { methodOf, ownAlgorithms } from './ownAlgorithms';
import { specsOf } from './specs';

/** More evaluations of one example than this are not offered. */
const MOST_PASSES = 20_000;

/** What menus show: the algorithms, and the layers that some of them need. */
export interface Choices {
  readonly methods: MethodChoice[];
  readonly layers?: LayerChoice[];
}

/**
 * All algorithms for a subject, the default first: what each is for, what it costs at the speed of the passes so far,
 * and why some do not fit. Derives graphs, but runs nothing.
 */
export async function choicesFor(subject: Subject): Promise<Choices> {
  const engine = await sharedEngine();
  const target = engine.functionOf(subject.model);
  const [layers, own, derivable] = [await layersIn(subject).catch(noneIfRefused), await ownAlgorithms(), await derivations(target, subject)];
  const extent = extentOf(subject, layers);
  const choice = (name: string, method: Method): MethodChoice => {
    const cost = method.rows ? costOf(method.rows(extent), subject, target) : lastCostOf(name, subject, target);
    const unavailable = method.unfit?.(subject) ?? refusal(method, subject, layers, derivable) ?? (method.rows && tooMany(cost));
    return { name, title: titleOf(name), description: method.description, ...(method.needs ? { needs: method.needs } : {}), ...(cost && Number.isFinite(cost.passes) ? { cost } : {}), ...(unavailable === undefined ? {} : { unavailable }) };
  };
  const methods = [...Object.entries(METHODS).map(([name, method]) => choice(name, method)), ...[...own].filter(([name]) => !Object.hasOwn(METHODS, name)).map(([name, algorithm]) => ({ ...choice(name, methodOf(algorithm)), isOwn: true }))];
  return { methods, ...(layers.length > 0 ? { layers } : {}) };
}

function costOf({ forward = 0, gradient = 0 }: Rows, { inputs }: Subject, { speed }: ModelFunction): MethodChoice['cost'] {
  const [examples] = inputs[0].shape;
  const [each, back] = [speed.secondsOf('forward'), speed.secondsOf('gradient')];
  const seconds = each === undefined || back === undefined ? undefined : examples * (forward * each + gradient * back);
  return { passes: examples * (forward + gradient), ...(seconds === undefined ? {} : { seconds }) };
}

/** Of an algorithm of one's own only its last run on the model is known. */
function lastCostOf(name: string, { inputs }: Subject, target: ModelFunction): MethodChoice['cost'] {
  const last = target.lastCostOf(name);
  const [examples] = inputs[0].shape;
  return last && { passes: Math.ceil(examples * last.passes), seconds: examples * last.seconds };
}

function tooMany(cost: MethodChoice['cost']): string | undefined {
  if (!cost || cost.passes <= MOST_PASSES) return undefined;
  return Number.isFinite(cost.passes) ? `too many passes: ${cost.passes.toLocaleString('en')}` : 'too many passes: twice as many for every feature';
}

/** Why the algorithm's derivatives or its layer are not to be had. */
function refusal({ derivation, needs, baselines }: Method, { inputs, model }: Subject, layers: readonly LayerChoice[], derivable: ReadonlyMap<Derivation, string>): string | undefined {
  const isWhole = inputs.some((input) => !isFloat32(input));
  if (isWhole && derivation && needs !== 'layer') return 'needs float32 inputs: attribute to the embedding layer instead';
  if (isWhole && baselines === 'distribution') return 'needs float32 inputs to make a distribution of baselines from';
  if (needs && layers.length === 0) return `needs a layer: none is known of ${model.name}`;
  return derivation && derivable.get(derivation);
}

/** For each way to differentiate that the model does not admit, why. */
async function derivations(target: ModelFunction, subject: Subject): Promise<ReadonlyMap<Derivation, string>> {
  const { model, inputs } = subject;
  const specs = await specsOf(subject);
  const problems = new Map<Derivation, string>();
  const hasRelu = (await model.graph(specs)).nodes.some(({ op }) => op === 'Relu');
  for (const derivation of [PLAIN, LRP_BY_DEFAULT, GUIDED, DECONVOLUTION]) {
    if (!hasRelu && (derivation === GUIDED || derivation === DECONVOLUTION)) problems.set(derivation, 'needs a ReLU network: without ReLUs it is the gradient, which Saliency shows');
    else if (inputs.every(isFloat32)) {
      const problem = await target.gradient(specs, inputs.length, derivation === LRP_BY_DEFAULT ? relevanceOf(model) : derivation).then(() => undefined, reasonOf);
      if (problem !== undefined) problems.set(derivation, problem);
    }
  }
  const plain = problems.get(PLAIN);
  if (plain !== undefined) for (const derivation of [LRP_BY_DEFAULT, GUIDED, DECONVOLUTION]) problems.set(derivation, plain);
  return problems;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof LensError)) throw error;
  const operator = /^(\w+) '.*': LRP has no default rule/.exec(error.message)?.[1];
  return operator === undefined ? `needs gradients: ${error.message}` : `needs a ReLU network: LRP has no rule for ${operator}`;
}

function noneIfRefused(error: unknown): LayerChoice[] {
  if (error instanceof LensError) return [];
  throw error;
}
