import { createRequire } from 'node:module';

export type Tensorflow = typeof import('@tensorflow/tfjs');

/** Packages that have to be the kernel's own, or their tensors and models would be foreign to it. */
const PACKAGES = ['tfjs', 'tfjs-core', 'tfjs-layers', 'tfjs-converter', 'tfjs-data', 'tfjs-backend-cpu', 'tfjs-backend-wasm', 'tfjs-node', 'tfjs-node-gpu'];

let loaded: Tensorflow | undefined;

/** TensorFlow.js, if something has loaded it. */
export function loadedTensorflow(): Tensorflow | undefined {
  return loaded;
}

/** Loads TensorFlow.js, a second or more of work; once. */
export async function loadTensorflow(): Promise<Tensorflow> {
  return (loaded ??= require('@tensorflow/tfjs') as Tensorflow);
}
export function loadTensorflowNow(): Tensorflow {
  return (loaded ??= require('@tensorflow/tfjs') as Tensorflow);
}

/** The packages of TensorFlow.js that cells can import without installing them. */
export const tensorflowPackages = (): string[] => PACKAGES.slice(0, 1).map((name) => `@tensorflow/${name}`);

/** The files of the packages of TensorFlow.js that cells get, by specifier. */
export async function tensorflowFiles(): Promise<Record<string, string>> {
  const main = require.resolve('@tensorflow/tfjs');
  const files: Record<string, string> = {};
  for (const name of PACKAGES) {
    const specifier = `@tensorflow/${name}`;
    try {
      files[specifier] = /^tfjs(-node.*)?$/.test(name) ? main : createRequire(main).resolve(specifier);
    } catch {
      // Not among the packages of this installation; a cell gets its own.
    }
  }
  return files;
}
