import { LensError } from '../protocol/errors';
import { CONSTRUCTOR_OPTIONS } from '../engine/attribution/catalogue/construction';
import { NOISE_OPTIONS } from '../engine/attribution/catalogue/prepare';
import { methodNamed } from '../engine/attribution/methods';
import { optionsOf } from '../kernel/language/apiOptions';
import type { ApiOption } from '../kernel/language/complete';
import type { Arguments } from './arguments';

/** Options of NoiseTunnel besides the type, which --noise-tunnel gives. */
const OF_NOISE = NOISE_OPTIONS.filter((name) => name !== 'ntType');

/** What a method takes from the command line: options of its constructor, then those of `attribute`; undefined when it takes all. */
export async function optionsOfMethod(name: string): Promise<readonly string[] | undefined> {
  const { make, needs } = await methodNamed(name);
  const made = make(() => { throw new LensError('invalid-argument', `${name} was made without a model`); }, { layer: 'any' }); // only asked for its options
  const constructed = [...(needs ? ['layer'] : []), ...optionsOf(name, 'constructor', needs ? 2 : 1).map((option) => option.name)];
  return made.callOptions && [...constructed.filter((option) => CONSTRUCTOR_OPTIONS.includes(option)), ...made.callOptions];
}

/** How an option is written on the command line, where --method is the algorithm. */
const spelled = (option: string): string => (option === 'method' ? 'quadrature' : option);

/** What options are on the command line that are documented otherwise in the API, or only in the text of a constructor. */
const MEANINGS: Readonly<Record<string, string>> = {
  multiplyByInputs: 'Whether gradients or multipliers are multiplied by the input, or its difference from the baseline. Default: true.',
  rules: 'The rules of layers as JSON, {"conv": {"rule": "GammaRule", "gamma": 0.25}}. Default: the rule of each operator, EpsilonRule with 1e-9.',
  returnConvergenceDelta: 'Reports the convergence delta where a method takes one only when asked. Default: false.',
};

/**
 * What --help --method NAME prints: each option of the method with its type, meaning and default.
 *
 * @throws LensError `not-found` for an unknown method.
 */
export async function methodHelp(name: string): Promise<string> {
  const { description, needs } = await methodNamed(name);
  const known = (await optionsOfMethod(name)) ?? [];
  const documented = [...optionsOf(name, 'constructor', needs ? 2 : 1), ...optionsOf(name, 'attribute', 1)];
  const noise = optionsOf('NoiseTunnel', 'attribute', 1).filter((option) => OF_NOISE.includes(option.name));
  const lines = (options: readonly ApiOption[]): string => options.map(({ name: option, type, documentation }) => `  --${spelled(option)} (${type.replaceAll('"', '')})\n      ${MEANINGS[option] ?? documentation}`).join('\n');
  const layer = needs ? [{ name: 'layer', type: 'string', documentation: 'The layer, by its name; npm run inspect lists them.' }] : [];
  return `${name}: ${description}\n\nOptions:\n${lines([...layer, ...documented.filter((option) => known.includes(option.name))])}\n\nWith --noise-tunnel TYPE:\n${lines(noise)}\n`;
}

/** @throws LensError `not-found` for an unknown method, `invalid-argument` for an option that it does not have. */
export async function requireOptions({ method, noiseTunnel, options }: Pick<Arguments, 'method' | 'noiseTunnel' | 'options'>): Promise<void> {
  const known = await optionsOfMethod(method);
  if (!known) return;
  const withNoise = [...known, ...OF_NOISE.filter((name) => !known.includes(name))];
  const taken = noiseTunnel === undefined ? known : withNoise;
  const unknown = [...options.keys()].find((name) => !taken.includes(name));
  if (unknown === undefined) return;
  const names = taken.map(spelled).join(', ');
  const advice = withNoise.includes(unknown) ? `Give --noise-tunnel too, or choose of ${names}.` : `It has: ${names}.`;
  throw new LensError('invalid-argument', `${method} has no option '${spelled(unknown)}'${noiseTunnel === undefined ? '' : ', nor has --noise-tunnel'}`, advice);
}
