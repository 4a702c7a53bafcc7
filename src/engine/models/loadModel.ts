import { stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../protocol/errors';
import { outputModel } from './derived/outputModel';
import { timeFirst } from './derived/timeFirst';
import { withBatchAxis } from './derived/withBatchAxis';
import type { Model } from './model';
import { describedAs, isModelCard, loadModelFolder, readJson, type DescribedModel } from './modelFolder';
import { loadOnnxModel } from './onnx/onnxModel';

/** The folder of the models that come with the extension; set by the process that starts the engine. */
const bundledModels = (): string | undefined => process.env.ATTRIBUTION_LENS_MODELS;

/** What PyTorch and older TensorFlow save: weights, or code with weights, which cannot be read without them. */
const CHECKPOINT = /\.(pt|pth|pt2|ckpt|safetensors|pb)$/i;

/** How a model is loaded. */
export interface LoadOptions {
  /**
   * What is attributed: the name of an output, or of a layer, node or value inside the model, such as a detector's
   * scores before NonMaxSuppression. What only other outputs need is left out. Default: the first output, or the first
   * float32 one where that is none: classifiers of scikit-learn give labels before probabilities.
   */
  output?: string;
  /**
   * Whether the first axis of the inputs is that of the examples. `false`: the model takes one example without such an
   * axis, as torchvision's detectors take a picture [3, H, W]; it is given one. 1: the model takes [time, batch, ...], as
   * torch's recurrent and attention layers do; it is given the examples first. A list has 0 or 1 for each input.
   * Default: true, which is 0.
   */
  batchAxis?: boolean | 0 | 1 | readonly (0 | 1)[];
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
export async function loadModel(source: string, { output, batchAxis = true }: LoadOptions = {}): Promise<DescribedModel> {
  if (output !== undefined && (typeof output !== 'string' || output === '')) throw new LensError('invalid-argument', `loadModel: output must be the name of an output or layer, got ${JSON.stringify(output)}`);
  const isAxis = (axis: unknown): boolean => axis === 0 || axis === 1;
  if (typeof batchAxis !== 'boolean' && !(Array.isArray(batchAxis) ? batchAxis.every(isAxis) : isAxis(batchAxis))) {
    throw new LensError('invalid-argument', `loadModel: batchAxis must be true, false, 0, 1 or a list of 0 and 1, got ${JSON.stringify(batchAxis)}`);
  }
  const loaded = await load(source);
  const name = output ?? firstScores(loaded);
  const chosen = name === undefined ? loaded : describedAs(loaded, outputModel(loaded, name));
  return batchAxis === true ? chosen : describedAs(chosen, batchAxis === false ? withBatchAxis(chosen) : timeFirst(chosen, timeFirstInputs(chosen, batchAxis)));
}

function timeFirstInputs({ name, inputs }: Model, batchAxis: 0 | 1 | readonly (0 | 1)[]): boolean[] {
  const axes = typeof batchAxis === 'number' ? inputs.map(() => batchAxis) : batchAxis;
  if (axes.length !== inputs.length) throw new LensError('invalid-argument', `loadModel: batchAxis must have one entry for each of the ${inputs.length} inputs of model '${name}', got ${axes.length}`);
  const short = inputs.find(({ shape }, index) => axes[index] === 1 && shape.length < 2);
  if (short) throw new LensError('invalid-argument', `Input '${short.name}' of model '${name}' has no axis 1 for the examples`, 'Give batchAxis a list with 0 or 1 for each input.');
  return axes.map((axis) => axis === 1);
}

/** The first float32 output of a model that gives something else before it. */
const firstScores = ({ outputs }: Model): string | undefined => (outputs.at(0)?.dtype === 'float32' ? undefined : outputs.find(({ dtype }) => dtype === 'float32')?.name);

async function load(source: string): Promise<DescribedModel> {
  if (typeof source !== 'string' || source === '') throw new LensError('invalid-argument', `loadModel: the path of a model must be a string, got ${source === '' ? 'an empty string' : typeof source}`);
  const file = await locate(source);
  if (file.endsWith('.json')) return loadJson(file);
  if (/\.(onnx|ort)$/i.test(file)) return loadOnnxModel(file);
  if (/\.(keras|h5|hdf5)$/i.test(file)) return (await import('./keras/kerasModel')).loadKerasModel(file);
  throw new LensError('invalid-argument', `Model '${path.basename(file)}': must be an ONNX file (.onnx), a Keras model (.keras, .h5) or a TensorFlow.js model (model.json)`, CHECKPOINT.test(file) ? 'Export it to ONNX (torch.onnx.export, tf2onnx), or attribute the model in a Python notebook.' : undefined);
}

async function locate(source: string): Promise<string> {
  const bundled = bundledModels();
  const candidates = [path.resolve(source), ...(bundled && /^[\w.-]+$/.test(source) ? [path.join(bundled, source)] : [])];
  for (const candidate of candidates) {
    const info = await stat(candidate).catch(() => undefined);
    if (info?.isFile()) return candidate;
    if (info?.isDirectory()) return path.join(candidate, 'model.json');
  }
  throw new LensError('not-found', `Model '${source}': there is no such file or folder`, path.isAbsolute(source) ? undefined : `Relative paths start at ${process.cwd()}.`);
}

async function loadJson(file: string): Promise<Model> {
  const card = await readJson(file);
  if (isModelCard(card)) return loadModelFolder(path.dirname(file), card);
  const [{ loadTfjs }, { loadTfjsModel }] = await Promise.all([import('../tfjs/loadTfjs'), import('./tfjs/loadTfjsModel')]);
  const { tf } = await loadTfjs();
  return (await loadTfjsModel(tf, file)).model;
}
