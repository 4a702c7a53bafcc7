import Module, { createRequire } from 'node:module';
import { LensError } from '../../protocol/errors';
import type { Tf } from '../../engine/models/tfjs/tfjs';
import { loadTfjs } from '../../engine/tfjs/loadTfjs';

/** Packages that have to be the kernel's own, or their tensors and models would be foreign to it. */
const WHOLE = ['@tensorflow/tfjs', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];
const PARTS = ['core', 'layers', 'converter', 'data', 'backend-cpu', 'backend-wasm'].map((name) => `@tensorflow/tfjs-${name}`);

let loaded: Tf | undefined;

/** TensorFlow.js, if something has loaded it. */
export function loadedTensorflow(): Tf | undefined {
  return loaded;
}

/** Loads TensorFlow.js, a second or more of work; once. */
export async function loadTensorflow(): Promise<Tf> {
  loaded ??= (await loadTfjs()).tf;
  return loaded;
}

/** What the global `tf` is: loaded before any cell runs that mentions it. */
export function tensorflowNow(): Tf {
  if (!loaded) throw new LensError('not-found', 'TensorFlow.js is not loaded yet', "Mention tf by name in the cell, so that it is loaded first, or await import('@tensorflow/tfjs').");
  return loaded;
}

/** The package of TensorFlow.js that cells can import without installing it. */
export const TENSORFLOW_PACKAGE = '@tensorflow/tfjs';

/** The files of the kernel's own copy of TensorFlow.js and its parts, by specifier; before it is loaded, the pure package's. */
export function tensorflowFiles(): Record<string, string> {
  const main = Object.values(require.cache).find((module) => loaded && module?.exports === loaded)?.filename ?? require.resolve(TENSORFLOW_PACKAGE);
  const files: Record<string, string> = Object.fromEntries(WHOLE.map((specifier) => [specifier, main]));
  for (const specifier of PARTS) {
    try {
      files[specifier] = createRequire(main).resolve(specifier);
    } catch {
      // It has no such part.
    }
  }
  return files;
}

/** Makes `require` of TensorFlow.js give the kernel's own, to packages of the user too. */
export function redirectRequire(): void {
  const key = '_resolveFilename';
  const resolveFilename = Reflect.get(Module, key) as (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => string;
  let files: Record<string, string> | undefined;
  Reflect.set(Module, key, (request: string, parent: { filename?: string } | undefined, ...rest: unknown[]) => {
    const isForeign = request.startsWith('@tensorflow/') && parent?.filename !== undefined && !isOwnFile(parent.filename);
    if (isForeign && loaded) files ??= tensorflowFiles();
    const file = isForeign ? (files ?? tensorflowFiles())[request] : undefined;
    return file ?? resolveFilename(request, parent, ...rest);
  });
}

/** Files that find their own TensorFlow.js: the kernel, and TensorFlow.js itself. */
const isOwnFile = (file: string): boolean => file === __filename || /[\\/]node_modules[\\/]@tensorflow[\\/]/.test(file);
