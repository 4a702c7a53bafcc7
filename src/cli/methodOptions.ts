import { LensError } from '../protocol/errors';
import { CONSTRUCTOR_OPTIONS } from '../engine/attribution/catalogue/construction';
import { NOISE_OPTIONS } from '../engine/attribution/catalogue/prepare';
import { methodNamed } from '../engine/attribution/methods';
import { optionsOf } from '../kernel/language/apiOptions';
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

/** @throws LensError `not-found` for an unknown method, `invalid-argument` for an option that it does not have. */
export async function requireOptions({ method, noiseTunnel, options }: Pick<Arguments, 'method' | 'noiseTunnel' | 'options'>): Promise<void> {
  const known = await optionsOfMethod(method);
  if (!known) return;
  const withNoise = [...known, ...OF_NOISE.filter((name) => !known.includes(name))];
  const taken = noiseTunnel === undefined ? known : withNoise;
  const unknown = [...options.keys()].find((name) => !taken.includes(name));
  if (unknown === undefined) return;
  const advice = withNoise.includes(unknown) ? `Give --noise-tunnel too, or choose of ${taken.join(', ')}.` : `It has: ${taken.join(', ')}.`;
  throw new LensError('invalid-argument', `${method} has no option '${unknown}'${noiseTunnel === undefined ? '' : ', nor has --noise-tunnel'}`, advice);
}
