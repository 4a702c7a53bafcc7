import type * as tfjs from '@tensorflow/tfjs';
import type { GraphNode, ValueInfo } from '../graph/graph';
import type { Tensor } from '../tensor';

/** What a TensorFlow.js kernel sees. Runs inside `tf.tidy`. */
export interface TfjsContext {
  readonly tf: typeof tfjs;
  readonly node: GraphNode;
  readonly inputs: readonly (tfjs.Tensor | undefined)[];
  /** Type and shape of each input and output as the graph has them. int64 and uint8 are held as int32 in TensorFlow.js. */
  readonly inputInfos: readonly (ValueInfo | undefined)[];
  readonly outputInfos: readonly (ValueInfo | undefined)[];
  /** The value of input `index` when it is a constant of the graph. */
  constant(index: number): Tensor | undefined;
}

/** Computes a node's outputs with TensorFlow.js's forward operations only; its own gradients are never used. */
export type TfjsKernel = (context: TfjsContext) => tfjs.Tensor[];
