import { LensError } from '../../protocol/errors';
import { toTensor, type TensorLike } from '../attribution/tensorLike';
import { withWeights } from '../models/derived/parameters';
import { loadModel } from '../models/loadModel';
import type { Model } from '../models/model';
import { modelOf, type ModelSource } from '../models/modelOf';
import { isFloat32, type Tensor } from '../tensor';

/** A model as it was at some point of its training. */
export interface Checkpoint {
  /** The model of the checkpoint, or the path of its file. Default: the model whose training it is of. */
  readonly model?: ModelSource | string;
  /** Parameters that differ from the model's, by name. */
  readonly weights?: Readonly<Record<string, TensorLike>>;
  /** The learning rate from there on. Default: 1. */
  readonly learningRate?: number;
}

/** A checkpoint whose model is at hand. */
export interface LoadedCheckpoint {
  readonly model: Model;
  readonly learningRate: number;
}

/** @throws LensError `invalid-argument` for an empty list, `not-found` or `invalid-model` for a file that cannot be read. */
export async function loadCheckpoints(base: ModelSource, checkpoints: readonly Checkpoint[]): Promise<LoadedCheckpoint[]> {
  if (!Array.isArray(checkpoints) || checkpoints.length === 0) throw new LensError('invalid-argument', 'Invalid checkpoints provided for TracIn class: at least one checkpoint { model or weights, learningRate } is needed');
  return Promise.all(checkpoints.map((checkpoint, index) => loadCheckpoint(base, checkpoint, `Checkpoint ${index}`)));
}

async function loadCheckpoint(base: ModelSource, { model = base, weights, learningRate = 1 }: Checkpoint, subject: string): Promise<LoadedCheckpoint> {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) throw new LensError('invalid-argument', `${subject}: learningRate must be a finite number above 0, got ${learningRate}`);
  const loaded = typeof model === 'string' ? await loadModel(model) : await modelOf(model);
  if (!weights) return { model: loaded, learningRate };
  const read = await Promise.all(Object.entries(weights).map(async ([name, value]) => [name, await floats(value, `${subject}: parameter '${name}'`)] as const));
  return { model: withWeights(loaded, Object.fromEntries(read)), learningRate };
}

async function floats(value: TensorLike, subject: string): Promise<Tensor<'float32'>> {
  const { tensor } = await toTensor(value, subject);
  if (!isFloat32(tensor)) throw new LensError('invalid-argument', `${subject} must be float32, got ${tensor.dtype}`);
  return tensor;
}
