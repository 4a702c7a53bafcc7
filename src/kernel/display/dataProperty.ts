import { isProxy } from 'node:util/types';

/** A property of a value, inherited or its own, if it can be read without running code: no getter, no proxy. */
export function dataProperty(value: unknown, key: string): unknown {
  let object: unknown = value;
  for (let depth = 0; depth < 20 && typeof object === 'object' && object !== null && !isProxy(object); depth++) {
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property) return property.value;
    object = Object.getPrototypeOf(object);
  }
  return undefined;
}
