import type * as tfjs from '@tensorflow/tfjs';
import type { Model, ModelPort } from '../model';
import type { Tracer } from './tracer';

/** Something that can be run with TensorFlow.js, as tracing needs it. */
export interface Callable {
  readonly format: Exclude<Model['format'], 'onnx' | 'keras'>;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Names of weights by TensorFlow.js's identity of their data. */
  weightNames(): Map<object, string>;
  /** Runs the model in inference mode and labels what it makes. Throws {@link NeedsAsync} when only callAsync can do so. */
  call(inputs: tfjs.Tensor[], tracer: Tracer): tfjs.Tensor[];
  callAsync?(inputs: tfjs.Tensor[]): Promise<tfjs.Tensor[]>;
}

/** The model has control flow, which TensorFlow.js runs asynchronously only. */
export class NeedsAsync extends Error {}

/** TensorFlow.js writes null for a free axis, GraphModels -1. */
export const portShape = (shape: readonly (number | null)[] | undefined): number[] => (shape ?? []).map((dim) => dim ?? -1);

/** The most characters of TensorFlow.js's own messages, some of which list all nodes or quote the file. */
const MAX_REASON = 500;

/** What TensorFlow.js says is wrong. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON);
