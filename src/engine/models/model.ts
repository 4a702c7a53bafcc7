import type { Graph } from '../graph/graph';
import type { Feeds } from '../runtime/runtime';
import type { DataType, Shape, Tensor } from '../tensor';
import type { Layer } from './onnx/layers';

/** One input or output of a model; an axis of -1 is free (the batch axis, for example). */
export interface ModelPort {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

/**
 * A model of any origin (an ONNX or Keras file, a TensorFlow.js model, a plain function over tensors), as attribution needs it:
 * something that yields its graph for given input shapes. Specialising an ONNX file infers shapes anew; a traced
 * function runs once more on an input of these shapes.
 */
export interface Model {
  /** Shown to users: a file name, a variable name, a class name. */
  readonly name: string;
  /** `onnx`, `keras`, `tfjs-layers`, `tfjs-graph`, `function`. */
  readonly format: 'onnx' | 'keras' | 'tfjs-layers' | 'tfjs-graph' | 'function';
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** Modules of the source framework and single nodes, in order, where the model knows them. */
  readonly layers?: readonly Layer[];
  /** What wrote the file, in one sentence: `Operator set 17, written by pytorch 2.1.` */
  readonly origin?: string;
  /** What was changed while reading (`32 tensors in float16 were cast to float32.`), one sentence each. */
  readonly notes?: readonly string[];
  /** Class names by index of the last axis of the first output, when the model carries them. */
  readonly labels?: readonly string[];
  /** What turns the first output into probabilities: `softmax` or `sigmoid` for logits, `none` when it holds them already. */
  readonly activation?: 'softmax' | 'sigmoid' | 'none';
  /** What runs a model whose graph has no nodes, a function in another process: there are no gradients and no layers. */
  readonly executor?: { readonly name: string; run(graph: Graph, feeds: Feeds): Promise<Record<string, Tensor>> };
  /**
   * The graph for these shapes and element types, one per input in order (batch axis included). The same shapes give
   * the same Graph object. Throws `invalid-model`, `unsupported-operator` or `shape-mismatch`.
   */
  graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph>;
  /** The part of the model that computes one value, as its only output, where the model itself can be cut. Throws `not-found`. */
  endingAt?(output: string): Model;
  dispose(): void;
}
