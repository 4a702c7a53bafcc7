import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { LensError } from '../../../protocol/errors';
import type { Model } from '../model';
import { reasonOf } from './callable';
import { readModelJson, readWeights, type ModelJson } from './modelFiles';
import { tfjsModel, type TfjsModelOptions } from './tfjsModel';
import type { Tf } from './tfjs';

export interface LoadedTfjsModel {
  /** The engine's view of the model. Disposing it leaves `source` as it is. */
  readonly model: Model;
  /** TensorFlow.js's own model, for `predict`. */
  readonly source: tfjs.LayersModel | tfjs.GraphModel;
}

/**
 * Loads a LayersModel or a GraphModel from its `model.json` and the weight files beside it, with any TensorFlow.js
 * package: `file://` addresses need tfjs-node, this does not. The default name is that of the model's folder.
 *
 * Throws `not-found` for missing files and `invalid-model` for everything that is not such a model: weight files outside
 * the folder, sizes that do not agree, layers that TensorFlow.js does not know.
 */
export async function loadTfjsModel(tf: Tf, file: string, options: TfjsModelOptions = {}): Promise<LoadedTfjsModel> {
  const json = await readModelJson(file);
  const handler: tfjs.io.IOHandler = { load: () => tf.io.getModelArtifactsForJSON(json, (manifest) => readWeights(file, manifest)) };
  const source = await loaded<tfjs.LayersModel | tfjs.GraphModel>(file, () => (isGraphModel(json) ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler)));
  return { model: tfjsModel(tf, source, { name: path.basename(path.dirname(path.resolve(file))), ...options }), source };
}

const isGraphModel = ({ format, modelTopology }: ModelJson): boolean => format === 'graph-model' || 'node' in modelTopology;

async function loaded<T>(file: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof LensError) throw error;
    throw new LensError('invalid-model', `Model '${path.basename(file)}': TensorFlow.js cannot read it. ${reasonOf(error)}`);
  }
}
