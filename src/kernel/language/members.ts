import { isProxy } from 'node:util/types';
import type { CompletionItem } from '../../protocol/kernel';

/** A namespace such as `tf` has about 500 names. */
const MAX_MEMBERS = 1000;

export interface Member {
  name: string;
  kind: CompletionItem['kind'];
  detail?: string;
  /** Steps along the prototype chain: own members first. */
  depth: number;
}

/** The members of a value, inherited ones included. Runs no code of the value's: neither getters nor proxies. */
export function membersOf(value: unknown): Member[] {
  const members = new Map<string, Member>();
  let depth = 0;
  for (let object = objectOf(value); object !== null && !isProxy(object) && members.size < MAX_MEMBERS; object = Object.getPrototypeOf(object) as object | null) {
    // What every object has is not worth a proposal, unless asked for.
    if (object === Object.prototype && depth > 0) break;
    for (const name of Object.getOwnPropertyNames(object)) {
      if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) || name === 'constructor' || members.has(name)) continue;
      members.set(name, { name, depth, ...describe(object, name, depth) });
    }
    depth++;
  }
  return [...members.values()];
}

/** What a value is, in a word or two, without running its code. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return isClass(value) ? 'class' : 'function';
  if (typeof value !== 'object') return typeof value;
  if (isProxy(value)) return 'Proxy';
  const prototype = Object.getPrototypeOf(value) as object | null;
  const constructor = prototype && !isProxy(prototype) ? Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown : undefined;
  if (typeof constructor !== 'function' || isProxy(constructor)) return 'object';
  const name = Object.getOwnPropertyDescriptor(constructor, 'name')?.value as unknown;
  return typeof name === 'string' && name !== '' ? name : 'object';
}

export function kindOf(value: unknown): CompletionItem['kind'] {
  return typeof value === 'function' ? (isClass(value) ? 'class' : 'function') : 'variable';
}

const isClass = (value: object): boolean => !isProxy(value) && /^class\b/.test(Function.prototype.toString.call(value));

function objectOf(value: unknown): object | null {
  return value === null || value === undefined ? null : (Object(value) as object);
}

function describe(object: object, name: string, depth: number): Pick<Member, 'kind' | 'detail'> {
  let property: PropertyDescriptor | undefined;
  try {
    property = Object.getOwnPropertyDescriptor(object, name);
  } catch {
    // A module's name that is not initialised yet.
  }
  if (!property || !('value' in property)) return { kind: 'property' };
  const value: unknown = property.value;
  if (typeof value !== 'function') return { kind: 'property', detail: typeName(value) };
  if (isClass(value)) return { kind: 'class' };
  return { kind: depth === 0 ? 'function' : 'method' };
}
