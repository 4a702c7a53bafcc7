import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import { sizeOf } from '../../tensor';

/** Largest `model.json`; converted graphs with their constants inside stay far below. */
const MAX_JSON_BYTES = 64 * 2 ** 20;
/** Largest sum of the weight files. */
const MAX_WEIGHT_BYTES = 2 ** 31 - 1;
const MAX_RANK = 16;

/** Bytes of an element as it is stored. */
const STORED_BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, uint8: 1, uint16: 2, float16: 2, bool: 1, complex64: 8 };

/** A `model.json`, as far as it has been checked: an object with a topology. */
export type ModelJson = io.ModelJSON & { readonly modelTopology: object };

/** Reads a `model.json`. Throws `not-found` or `invalid-model` that names the file. */
export async function readModelJson(file: string): Promise<ModelJson> {
  const shown = path.basename(file);
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `Model '${shown}': there is no file ${file}`);
  if (info.size > MAX_JSON_BYTES) throw new LensError('invalid-model', `Model '${shown}': model.json may have ${MAX_JSON_BYTES} bytes, got ${info.size}`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new LensError('invalid-model', `Model '${shown}': it is not valid JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isObject(json) || !isObject(json.modelTopology)) throw new LensError('invalid-model', `Model '${shown}': a TensorFlow.js model has a 'modelTopology', this file has none`);
  return json as unknown as ModelJson;
}

/**
 * Reads the weight files that a manifest names, one after the other. They must lie in the model's folder, symbolic links
 * followed, and together have exactly the bytes that the manifest's shapes and types need.
 */
export async function readWeights(file: string, manifest: unknown): Promise<[io.WeightsManifestEntry[], ArrayBuffer]> {
  const shown = path.basename(file);
  const groups = groupsOf(shown, manifest);
  const folder = await realpath(path.dirname(file));
  const parts: Buffer[] = [];
  let total = 0;
  for (const name of groups.flatMap(({ paths }) => paths)) {
    const located = await locate(shown, folder, name);
    total += (await stat(located)).size;
    if (total > MAX_WEIGHT_BYTES) throw new LensError('invalid-model', `Model '${shown}': its weight files may have ${MAX_WEIGHT_BYTES} bytes in all`);
    parts.push(await readFile(located));
  }
  const specs = groups.flatMap(({ weights }) => weights);
  const data = new Uint8Array(Buffer.concat(parts));
  checkSize(shown, specs, data);
  return [specs, data.buffer];
}

async function locate(shown: string, folder: string, name: string): Promise<string> {
  const refusal = new LensError('invalid-model', `Model '${shown}': weight files must lie in the model's folder, got '${name}'`);
  if (path.isAbsolute(name) || name.includes('\0') || !isInside(folder, path.resolve(folder, name))) throw refusal;
  const located = await realpath(path.resolve(folder, name)).catch(() => undefined);
  if (located === undefined) throw new LensError('not-found', `Model '${shown}': its weight file '${name}' is not in the model's folder`, 'Copy the file beside the model.');
  if (!isInside(folder, located)) throw refusal;
  if (!(await stat(located)).isFile()) throw new LensError('invalid-model', `Model '${shown}': '${name}' is not a regular file`);
  return located;
}

function isInside(folder: string, file: string): boolean {
  const steps = path.relative(folder, file);
  return steps !== '' && steps !== '..' && !steps.startsWith(`..${path.sep}`) && !path.isAbsolute(steps);
}

interface Group {
  readonly paths: string[];
  readonly weights: io.WeightsManifestEntry[];
}

function groupsOf(shown: string, manifest: unknown): Group[] {
  if (!Array.isArray(manifest)) throw new LensError('invalid-model', `Model '${shown}': its 'weightsManifest' must be a list`);
  return manifest.map((group: unknown) => {
    const isGroup = isObject(group) && Array.isArray(group.paths) && group.paths.every((name) => typeof name === 'string') && Array.isArray(group.weights);
    if (!isGroup) throw new LensError('invalid-model', `Model '${shown}': each group of its 'weightsManifest' must have 'paths' and 'weights'`);
    return { paths: group.paths as string[], weights: (group.weights as unknown[]).map((weight) => checkedSpec(shown, weight)) };
  });
}

function checkedSpec(shown: string, weight: unknown): io.WeightsManifestEntry {
  const name = isObject(weight) && typeof weight.name === 'string' ? weight.name : undefined;
  if (name === undefined || !isObject(weight)) throw new LensError('invalid-model', `Model '${shown}': a weight has no name`);
  const { shape } = weight;
  const isShape = Array.isArray(shape) && shape.length <= MAX_RANK && shape.every((dim) => Number.isSafeInteger(dim) && Number(dim) >= 0);
  if (!isShape || sizeOf(shape as number[]) > MAX_WEIGHT_BYTES) throw new LensError('invalid-model', `Model '${shown}': weight '${name}' has no valid shape`);
  if (weight.dtype !== 'string' && storedBytes(weight) === undefined) throw new LensError('invalid-model', `Model '${shown}': weight '${name}' has the unknown type ${String(weight.dtype)}`);
  return weight as unknown as io.WeightsManifestEntry;
}

function storedBytes({ dtype, quantization }: { dtype?: unknown; quantization?: unknown }): number | undefined {
  const stored = isObject(quantization) ? quantization.dtype : dtype;
  return typeof stored === 'string' && Object.hasOwn(STORED_BYTES, stored) ? STORED_BYTES[stored] : undefined;
}

/** Strings are stored as their length (4 bytes) and their bytes. */
function checkSize(shown: string, specs: readonly io.WeightsManifestEntry[], data: Uint8Array): void {
  const view = new DataView(data.buffer);
  let offset = 0;
  for (const spec of specs) {
    const size = sizeOf(spec.shape);
    if (spec.dtype !== 'string') offset += size * (storedBytes(spec) ?? 0);
    else for (let index = 0; index < size && offset + 4 <= data.length; index++) offset += 4 + view.getUint32(offset, true);
    if (offset > data.length) throw new LensError('invalid-model', `Model '${shown}': its weight files end at byte ${data.length}, within weight '${spec.name}'`);
  }
  if (offset !== data.length) throw new LensError('invalid-model', `Model '${shown}': its weights need ${offset} bytes, its weight files have ${data.length}`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
