import { BASELINE_CHOICES, type RecomputeRequest } from '../../protocol/output';
import { callOf, type AnyAttribution } from './attribution';
import { BASELINE_NAMES } from './baselines';
import { CONSTRUCTOR_OPTIONS } from './catalogue/construction';
import { NOISE_OPTIONS, prepare, readOptions, withNoise } from './catalogue/prepare';
import type { Method, Subject } from './catalogue/method';
import { strongestOutputs } from './catalogue/strongest';
import type { Explanation } from './explanation';
import { METHODS, methodNamed } from './methods';
import { NoiseTunnel } from './noiseTunnel';

/** Options that say something else in every algorithm that has them. */
const OWN_MEANING = ['nSamples', 'stdevs'];

/** Options that fit one layer. */
const OF_LAYER = ['neuronSelector', 'layerMask', 'layerBaselines'];

/** The option `ntType` of a request that takes the noise away. */
export const NO_NOISE = 'none';

/**
 * Computes an explanation anew with what the request changes; everything else stays: inputs, baselines, targets, feature
 * masks, noise, and the options that the method has too.
 */
export async function recompute(explanation: Explanation, request: RecomputeRequest): Promise<Explanation> {
  const { options: changed = {}, target } = request;
  const before = callOf(explanation);
  const tunnel = before?.algorithm instanceof NoiseTunnel ? before.algorithm : undefined;
  const inner = tunnel?.method ?? before?.algorithm;
  const current = inner?.name ?? explanation.method;
  const name = request.method ?? current;
  const subject: Subject = explanation;
  const { ntType: noise = tunnel && explanation.options.ntType, ...asked } = changed;
  const loses = tunnel && noise === NO_NOISE ? NOISE_OPTIONS : [];

  const kept = present({ ...(before?.options ?? explanation.options) }, (option) => option !== 'baselines' && option !== 'target' && !loses.includes(option));
  const isSame = name === current && !CONSTRUCTOR_OPTIONS.some((option) => option in asked);
  const reused = isSame && inner ? { algorithm: inner, options: { ...kept, ...readOptions(asked) } } : undefined;
  const moved = present(kept, (option) => (name === current || !OWN_MEANING.includes(option)) && !('layer' in asked && OF_LAYER.includes(option)));
  const prepared = reused ?? (await prepare(name, subject, { ...constructorOptions(explanation), ...asked }, { ...moved, ...readOptions(asked) }));
  const { algorithm, options } = noise === undefined || noise === NO_NOISE ? prepared : withNoise(prepared, noise, explanation.inputs);

  const method = isSame ? methodOf(name) : await methodNamed(name);
  const takes = optionNames(algorithm);
  // A neuron's explanation has no target to keep.
  const targets = explanation.targets ?? (isSame || takes?.includes('target') === false ? undefined : await strongestOutputs(subject));
  const call: Record<string, unknown> = {
    ...options,
    baselines: request.baseline ?? sameBaselines(explanation, methodOf(current), method) ?? (isSame && before ? optionsOf(before).baselines : options.baselines),
    target: target ? Array.from({ length: explanation.inputs[0].shape[0] }, () => target) : targets,
    additionalForwardArgs: explanation.additionalForwardArgs.length > 0 ? explanation.additionalForwardArgs : undefined,
  };
  return algorithm.explainTensors(explanation.inputs, present(call, (option) => !takes || takes.includes(option) || option in asked));
}

const optionsOf = ({ options }: { options: object }): Record<string, unknown> => ({ ...options });

const methodOf = (name: string): Pick<Method, 'baselines'> | undefined => (Object.hasOwn(METHODS, name) ? METHODS[name] : undefined);

/** What is given, as far as it is wanted. */
const present = (options: Readonly<Record<string, unknown>>, isWanted = (_: string): boolean => true): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== undefined && isWanted(name)));

/** The recorded options that constructors take. */
const constructorOptions = ({ options }: Explanation): Record<string, string | number | boolean> => Object.fromEntries(Object.entries(options).filter(([name]) => CONSTRUCTOR_OPTIONS.includes(name)));

function optionNames(algorithm: AnyAttribution): readonly string[] | undefined {
  if (!(algorithm instanceof NoiseTunnel)) return algorithm.callOptions;
  const inner = algorithm.method.callOptions;
  return inner && [...inner, ...NOISE_OPTIONS];
}

/** The one baseline that was used, for a method that takes one; named ones by their name, so that they keep it. */
function sameBaselines({ baselines, baselineName }: Explanation, before: Pick<Method, 'baselines'> | undefined, after: Pick<Method, 'baselines'> | undefined): unknown {
  if (after?.baselines !== 'one' || before?.baselines === 'distribution') return undefined;
  return BASELINE_CHOICES.find((choice) => BASELINE_NAMES[choice] === baselineName) ?? baselines;
}
