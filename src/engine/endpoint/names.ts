import { LensError } from '../../protocol/errors';
import { api } from '../api';

/** What of the names in the scope of notebook cells cannot be reached from outside: what reads files, or only helps code. */
const WITHHELD = ['Attribution', 'loadModel', 'loadImage', 'loadTensor', 'loadLanguageDetector', 'withHints', 'explanationOf', 'examplesOf', 'float32'];

/** What can be called on objects, where their class has it. */
const METHODS = ['attribute', 'perturb', 'evaluate', 'addAttack', 'summary', 'reset', 'generateReference', 'interpret', 'influence', 'selfInfluence', 'computeIntermediateQuantities', 'trainAndEval', 'weights', 'classes', 'fit'];

type Callable = (...values: unknown[]) => unknown;

const entries: readonly [string, unknown][] = Object.entries(api);
const offered = new Map(entries.filter((entry): entry is [string, Callable] => typeof entry[1] === 'function' && !WITHHELD.includes(entry[0])));
const isClass = (value: Callable): boolean => /^class\b/.test(Function.prototype.toString.call(value));

/** The names that can be constructed, and those that can be called. */
export const names = {
  classes: [...offered].filter(([, value]) => isClass(value)).map(([name]) => name),
  functions: [...offered].filter(([, value]) => !isClass(value)).map(([name]) => name),
};

/** Makes an object of a class of the engine. Throws `not-found` for other names. */
export function construct(name: unknown, values: readonly unknown[]): object {
  if (typeof name !== 'string' || !names.classes.includes(name)) unknown('class', name);
  return Reflect.construct(offered.get(name) as Callable, values) as object;
}

/** Calls a function of the engine. Throws `not-found` for other names. */
export function callFunction(name: unknown, values: readonly unknown[]): unknown {
  if (typeof name !== 'string' || !names.functions.includes(name)) unknown('function', name);
  return offered.get(name)?.(...values);
}

/** Calls a method of an object. Throws `not-found` for other names. */
export function callMethod(object: object, name: unknown, values: readonly unknown[]): unknown {
  const method: unknown = typeof name === 'string' && METHODS.includes(name) ? Reflect.get(object, name) : undefined;
  if (typeof method !== 'function') unknown('method', name);
  return Reflect.apply(method, object, values);
}

function unknown(kind: string, name: unknown): never {
  throw new LensError('not-found', `The engine has no ${kind} ${JSON.stringify(name)?.slice(0, 80)}`);
}
