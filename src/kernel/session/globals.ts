import type { ModuleLoader } from '../modules/moduleLoader';
import { DYNAMIC_IMPORT, IMPORT_META } from '../cell/moduleSyntax';
import { tensorflowNow } from './tensorflow';

/**
 * Puts what cells have in scope besides JavaScript's own into the global scope: `tf`, which loads when it is first
 * used, `require`, `display`, and the attribution API. A cell may declare any of the names anew.
 */
export function defineGlobals(loader: ModuleLoader, display: (value: unknown) => void, api: Readonly<Record<string, unknown>>): void {
  const values = { require: loader.require, display, ...api };
  for (const [name, value] of Object.entries(values)) define(name, { value, writable: true, enumerable: true });
  define('tf', { get: tensorflowNow, set: (value: unknown) => define('tf', { value, writable: true, enumerable: true }), enumerable: true });
  define(DYNAMIC_IMPORT, { value: (specifier: unknown) => loader.import(String(specifier)) });
  define(IMPORT_META, { value: Object.freeze(loader.meta) });
}

function define(name: string, property: PropertyDescriptor): void {
  Object.defineProperty(globalThis, name, { ...property, configurable: true });
}
