import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import type { ComponentStatus } from '../../protocol/engine';
import { LensError } from '../../protocol/errors';
import type { Tf } from '../models/tfjs/tfjs';
import { completeWasm } from './completeWasm';
import { supplyRemovedUtil } from './nodeUtil';
import { probe } from './probe';
import { quietly, withoutCrashListeners } from './quietly';

export interface LoadTfjsOptions {
  /**
   * Folders whose node_modules may hold tfjs-node, in order: the notebook's folder, the extension's global storage. What
   * is found there is executed: give no folder of an untrusted workspace. The extension's own node_modules come last.
   * Default: those of the environment variable ATTRIBUTION_LENS_TFJS_FOLDERS, separated as in PATH.
   */
  folders?: readonly string[];
}

export interface LoadedTfjs {
  readonly tf: Tf;
  /** Every package and backend that was considered, in order of preference. */
  readonly status: readonly ComponentStatus[];
}

/** Native packages, in order of preference. */
const NATIVE = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
const PURE = '@tensorflow/tfjs';
const WASM = '@tensorflow/tfjs-backend-wasm';

let loading: Promise<LoadedTfjs> | undefined;

/**
 * TensorFlow.js as fast as this machine has it: tfjs-node-gpu with a GPU, tfjs-node, WebAssembly, plain JavaScript. Native
 * packages are first tried in a child process. A process has one TensorFlow.js: the first call decides, later calls get
 * the same. Throws `not-found` when not even the pure package can be loaded.
 */
export function loadTfjs(options: LoadTfjsOptions = {}): Promise<LoadedTfjs> {
  loading ??= load(options).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

const foldersOfEnvironment = (): string[] => (process.env.ATTRIBUTION_LENS_TFJS_FOLDERS ?? '').split(delimiter).filter((folder) => folder !== '');

/** A native package that was found. */
interface Native {
  readonly entry: ComponentStatus;
  readonly folder: string;
  readonly gpu: boolean;
}

async function load({ folders = foldersOfEnvironment() }: LoadTfjsOptions): Promise<LoadedTfjs> {
  const natives: ComponentStatus[] = NATIVE.map((name) => ({ name, available: false, chosen: false, reason: 'It is not installed.' }));
  const working: Native[] = [];
  for (const entry of natives) working.push(...(await inspect(entry, folders)));
  working.sort((left, right) => Number(right.gpu) - Number(left.gpu) || Number(right.entry.name === NATIVE[1]) - Number(left.entry.name === NATIVE[1]));
  for (const native of working) {
    const tf = await loadNative(native);
    if (tf) return { tf, status: [...natives, ...pureStatus('A native package is used.')] };
  }
  return loadPure(natives);
}

async function inspect(entry: ComponentStatus, folders: readonly string[]): Promise<Native[]> {
  const folder = folders.concat(__dirname).map((start) => packageFolder(entry.name, start)).find((found) => found !== undefined);
  if (folder === undefined) return [];
  entry.version = versionOf(folder);
  const result = await probe(folder);
  entry.available = result.works;
  if (!result.works) {
    entry.reason = `It is installed in ${folder}, but does not work: ${sentence(result.reason)}`;
    return [];
  }
  entry.reason = result.gpu ? 'It works on a GPU; another package is used.' : 'It works on the CPU; another package is used.';
  return [{ entry, folder, gpu: result.gpu }];
}

async function loadNative({ entry, folder, gpu }: Native): Promise<Tf | undefined> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  supplyRemovedUtil();
  try {
    const tf: Tf = quietly(() => createRequire(__filename)(folder));
    await tf.ready();
    Object.assign(entry, { chosen: true, reason: gpu ? 'It works and uses a GPU.' : 'It works on the CPU.' });
    return tf;
  } catch (error) {
    Object.assign(entry, { available: false, reason: `It works in a process of its own, but not in this one: ${sentence(reasonOf(error))}` });
    return undefined;
  }
}

async function loadPure(natives: readonly ComponentStatus[]): Promise<LoadedTfjs> {
  const tf = requirePure();
  const [wasm, cpu] = pureStatus('It is slower than WebAssembly.');
  try {
    quietly(() => createRequire(__filename)(WASM));
    await start(tf, 'cpu');
    await withoutCrashListeners(() => start(tf, 'wasm'));
    completeWasm(tf);
    Object.assign(wasm, { chosen: true, available: true, reason: 'It is the fastest without a native package.' });
  } catch (error) {
    Object.assign(wasm, { available: false, reason: `WebAssembly cannot be used: ${sentence(reasonOf(error))}` });
    await start(tf, 'cpu');
    Object.assign(cpu, { chosen: true, reason: 'It always works.' });
  }
  return { tf, status: [...natives, wasm, cpu] };
}

function requirePure(): Tf {
  try {
    return quietly(() => createRequire(__filename)(PURE));
  } catch (error) {
    throw new LensError('not-found', `${PURE} cannot be loaded: ${reasonOf(error)}`, 'Reinstall the extension.');
  }
}

/** Makes a backend the current one and uses it once, which is when it prints its banner. */
async function start(tf: Tf, backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' did not start`);
  quietly(() => tf.scalar(0).dispose());
}

function pureStatus(reason: string): [ComponentStatus, ComponentStatus] {
  const [folder, wasmFolder] = [packageFolder(PURE, __dirname), packageFolder(WASM, __dirname)];
  const entry = (name: string, path: string | undefined): ComponentStatus => ({
    name,
    version: path === undefined ? undefined : versionOf(path),
    available: path !== undefined,
    chosen: false,
    reason: path === undefined ? 'It is not installed.' : reason,
  });
  return [entry(`${PURE} (wasm)`, wasmFolder), entry(`${PURE} (cpu)`, folder)];
}

/** Where a package lies, seen from a folder. Its package.json is enough: nothing is executed. */
function packageFolder(name: string, start: string): string | undefined {
  try {
    return dirname(createRequire(join(start, 'index.js')).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

function versionOf(folder: string): string | undefined {
  const content: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content ? String(content.version) : undefined;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
