import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import type { Attribution } from './attribution';
import { INPUT_METHODS } from './catalogue/inputMethods';
import { LAYER_METHODS } from './catalogue/layerMethods';
import type { Method, Methods } from './catalogue/method';
import { NEURON_METHODS } from './catalogue/neuronMethods';
import { methodOf, ownAlgorithms } from './catalogue/ownAlgorithms';
import type { PlainOptions } from './plainOptions';

export type { PlainOptions };

/** The algorithms that come with the engine and can be chosen by name, the default first. */
export const METHODS: Methods = { ...INPUT_METHODS, ...LAYER_METHODS, ...NEURON_METHODS };

export const DEFAULT_METHOD = 'IntegratedGradients';

/**
 * The algorithm of a name: one of the engine's, or one of the user's own.
 *
 * @throws LensError `not-found` with the names that there are.
 */
export async function methodNamed(name: string): Promise<Method> {
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  const own = await ownAlgorithms();
  const algorithm = own.get(name);
  if (algorithm) return methodOf(algorithm);
  throw new LensError('not-found', `There is no method '${name}'`, `Choose one of ${[...own.keys(), ...Object.keys(METHODS)].join(', ')}.`);
}

/** Makes an algorithm by its name. Throws like {@link methodNamed}. */
export async function makeMethod(name: string, model: ModelSource, options: PlainOptions = {}): Promise<Attribution> {
  return (await methodNamed(name)).make(model, options);
}
