import { stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../protocol/errors';
import { outputModel } from './derived/outputModel';
import type { Model } from './model';
import { describedAs, isModelCard, loadModelFolder, readJson, type DescribedModel } from './modelFolder';
import { loadOnnxModel } from './onnx/onnxModel';

/** The folder of the models that come with the extension; set by the process that starts the engine. */
const bundledModels = (): string | undefined => process.env.ATTRIBUTION_LENS_MODELS;

/** How a model is loaded. */
export interface LoadOptions {
  /**
   * What is attributed: the name of an output, or of a layer, node or value inside the model, such as a detector's
   * scores before NonMaxSuppression. What only other outputs need is left out. Default: the first output.
   */
  output?: string;
}

/**
 * Loads a model for attribution:
 *
 * - an ONNX file: `net.onnx`;
 * - a Keras model: `net.keras` (Keras 3), or `net.h5` with the whole model (Keras 2 and 3);
 * - a TensorFlow.js model: its `model.json` (LayersModel or GraphModel), or the folder that holds it;
 * - a folder with a card (`model.json` that names an ONNX file, class names and the picture's normalisation);
 * - the name of a model that comes with the extension: `efficientnet-lite0`.
 *
 * Relative paths start at the notebook's folder. Files are read only, nothing in them is executed.
 *
 * @throws LensError `not-found`, `invalid-model` or `unsupported-operator`.
 */
export async function loadModel(source: string, { output }: LoadOptions = {}): Promise<DescribedModel> {
  if (output !== undefined && (typeof output !== 'string' || output === '')) throw new LensError('invalid-argument', `loadModel: output must be the name of an output or layer, got ${JSON.stringify(output)}`);
  const model = await load(source);
  return output === undefined ? model : describedAs(model, outputModel(model, output));
}

async function load(source: string): Promise<DescribedModel> {
  if (typeof source !== 'string' || source === '') throw new LensError('invalid-argument', `loadModel: the path of a model must be a string, got ${source === '' ? 'an empty string' : typeof source}`);
  const file = await locate(source);
  if (file.endsWith('.json')) return loadJson(file);
  if (/\.(onnx|ort)$/i.test(file)) return loadOnnxModel(file);
  if (/\.(keras|h5|hdf5)$/i.test(file)) return (await import('./keras/kerasModel')).loadKerasModel(file);
  throw new LensError('invalid-argument', `Model '${path.basename(file)}': must be an ONNX file (.onnx), a Keras model (.keras, .h5) or a TensorFlow.js model (model.json)`);
}

async function locate(source: string): Promise<string> {
  const bundled = bundledModels();
  const candidates = [path.resolve(source), ...(bundled && /^[\w.-]+$/.test(source) ? [path.join(bundled, source)] : [])];
  for (const candidate of candidates) {
    const info = await stat(candidate).catch(() => undefined);
    if (info?.isFile()) return candidate;
    if (info?.isDirectory()) return path.join(candidate, 'model.json');
  }
  throw new LensError('not-found', `Model '${source}': there is no such file or folder`, `Relative paths start at ${process.cwd()}.`);
}

async function loadJson(file: string): Promise<Model> {
  const card = await readJson(file);
  if (isModelCard(card)) return loadModelFolder(path.dirname(file), card);
  const [{ loadTfjs }, { loadTfjsModel }] = await Promise.all([import('../tfjs/loadTfjs'), import('./tfjs/loadTfjsModel')]);
  const { tf } = await loadTfjs();
  return (await loadTfjsModel(tf, file)).model;
}
