import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../protocol/errors';
import type { ImageInput } from '../images/imageInput';
import type { Model } from './model';
import { loadOnnxModel } from './onnx/onnxModel';

/** The `model.json` of a model folder: what an ONNX file cannot say of its input and output. */
interface ModelCard {
  name: string;
  /** The ONNX file, relative to the folder. */
  file: string;
  /** A JSON file with the class names, relative to the folder. */
  labels?: string;
  input?: ImageInput;
  output?: { activation?: 'softmax' | 'sigmoid' | 'none' };
}

/** A model with what its folder says about it. */
export interface DescribedModel extends Model {
  readonly imageInput?: ImageInput;
}

/** The model with what is known about another that it is made from; the class names where they fit its first output. */
export function describedAs({ labels, imageInput, notes, origin }: DescribedModel, model: Model): DescribedModel {
  const last = model.outputs[0]?.shape.at(-1);
  return Object.assign(Object.create(model) as Model, { labels: last === labels?.length || last === -1 ? labels : undefined, imageInput, notes, origin });
}

/** Whether a `model.json` is a model folder's card (and not, say, a TensorFlow.js model). */
export const isModelCard = (value: unknown): value is ModelCard =>
  typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string' && value.file.endsWith('.onnx') && 'name' in value && typeof value.name === 'string';

/** Reads a JSON file of at most 64 MB. Throws `not-found` or `invalid-model` naming it. */
export async function readJson(file: string): Promise<unknown> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `Model '${path.basename(path.dirname(file))}': there is no file ${path.basename(file)}`);
  if (info.size > 64 * 2 ** 20) throw new LensError('invalid-model', `${path.basename(file)}: at most 64 MB are read, got ${info.size} bytes`);
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new LensError('invalid-model', `${path.basename(file)}: is not valid JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** Loads the model of a folder that holds a `model.json` card. */
export async function loadModelFolder(folder: string, card: ModelCard): Promise<DescribedModel> {
  const model = await loadOnnxModel(inside(folder, card.file), { name: card.name });
  const labels = card.labels === undefined ? model.labels : await readJson(inside(folder, card.labels));
  if (labels !== undefined && !isStrings(labels)) throw new LensError('invalid-model', `Model '${card.name}': ${card.labels} must be a JSON array of class names`);
  return Object.assign(Object.create(model) as typeof model, { labels, activation: card.output?.activation, imageInput: card.input });
}

function inside(folder: string, file: string): string {
  const resolved = path.resolve(folder, file);
  if (path.relative(folder, resolved).startsWith('..')) throw new LensError('invalid-model', `Model folder '${path.basename(folder)}': '${file}' lies outside the folder`);
  return resolved;
}

const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every((entry) => typeof entry === 'string');
