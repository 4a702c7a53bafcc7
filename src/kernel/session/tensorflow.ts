import Module, { createRequire } from 'node:module';
import { LensError } from '../../protocol/errors';
import type { Tf } from '../../engine/models/tfjs/tfjs';
import { loadTfjs } from '../../engine/tfjs/loadTfjs';

/** Packages that have to be the kernel's own, or their tensors and models would be foreign to it. */
const OWN = ['tfjs', 'tfjs-node', 'tfjs-node-gpu', 'tfjs-core', 'tfjs-layers', 'tfjs-converter', 'tfjs-data', 'tfjs-backend-cpu', 'tfjs-backend-wasm'];
/** Of these, the ones that stand for TensorFlow.js as a whole. */
const WHOLE = /^@tensorflow\/tfjs(-node(-gpu)?)?$/;

let folders: readonly string[] = [];
let loaded: Tf | undefined;

/** Sets where native packages of TensorFlow.js are looked for; before it loads. */
export function searchTensorflowIn(places: readonly string[]): void {
  folders = places;
}

/** TensorFlow.js, if something has loaded it. */
export function loadedTensorflow(): Tf | undefined {
  return loaded;
}

/** Loads TensorFlow.js, a second or more of work; once. */
export async function loadTensorflow(): Promise<Tf> {
  loaded ??= (await loadTfjs({ folders })).tf;
  return loaded;
}

/** What the global `tf` is: loaded before any cell runs that mentions it. */
export function tensorflowNow(): Tf {
  if (!loaded) throw new LensError('not-found', 'TensorFlow.js is not loaded yet', "Mention tf by name in the cell, so that it is loaded first, or await import('@tensorflow/tfjs').");
  return loaded;
}

/** Whether a module is TensorFlow.js or a part of it. */
export const isTensorflow = (specifier: string): boolean => specifier.startsWith('@tensorflow/') && OWN.includes(specifier.slice('@tensorflow/'.length));

/** The package of TensorFlow.js that cells can import without installing it. */
export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs';

/**
 * The file of the kernel's own copy of TensorFlow.js, or of a part of it; undefined for a part that it does not have.
 * Before it is loaded, the pure package's.
 */
export function tensorflowFile(specifier: string): string | undefined {
  if (!isTensorflow(specifier)) return undefined;
  const main = Object.values(require.cache).find((module) => loaded && module?.exports === loaded)?.filename ?? require.resolve(TENSORFLOW_PACKAGE);
  if (WHOLE.test(specifier)) return main;
  try {
    return createRequire(main).resolve(specifier);
  } catch {
    return undefined;
  }
}

/** Makes `require` of TensorFlow.js give the kernel's own, to packages of the user too. */
export function redirectRequire(): void {
  const resolveFilename = Reflect.get(Module, '_resolveFilename') as (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => string;
  let resolving = false;
  Reflect.set(Module, '_resolveFilename', (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => {
    const isForeign = !resolving && isTensorflow(request) && !isOwnFile(parent?.filename);
    if (!isForeign) return resolveFilename(request, parent, ...rest);
    resolving = true;
    try {
      return tensorflowFile(request) ?? resolveFilename(request, parent, ...rest);
    } finally {
      resolving = false;
    }
  });
}

/** Files that find their own TensorFlow.js: the kernel, and TensorFlow.js itself. */
const isOwnFile = (file: string | undefined): boolean => file === undefined || file === __filename || /[\\/]node_modules[\\/]@tensorflow[\\/]/.test(file);
