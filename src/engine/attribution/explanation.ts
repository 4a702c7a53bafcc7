import type { BatchLayout } from '../models/derived/batchLayout';
import type { Model } from '../models/model';
import type { Tensor } from '../tensor';

/** One selected output of each example: an index into the non-batch axes of the model's output. */
export type TargetIndex = readonly number[];

/**
 * Everything that an attribution found, so that it can be returned, drawn and explained: the record behind the numbers.
 * Lists over examples have one entry for each example of the batch.
 */
export interface Explanation {
  /** Captum's class name of the algorithm. */
  readonly method: string;
  /** Options used, defaults included, as plain values. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly model: Model;
  readonly runtime: string;
  readonly inputs: readonly Tensor[];
  readonly additionalForwardArgs: readonly Tensor[];
  /** Baselines with the shape of the inputs, for methods that have one. */
  readonly baselines?: readonly Tensor<'float32'>[];
  /** How the baseline reads: `zero`, `mean`, `blurred input`, `given tensor`. */
  readonly baselineName?: string;
  /** One for each input, of that input's shape; or one for each of `layers`, with the layer's axes, the examples on axis 0. */
  readonly attributions: readonly Tensor<'float32'>[];
  /** The names of the layers that are attributed to, when it is not the inputs. */
  readonly layers?: readonly string[];
  /** The values of the layers at the inputs, with the examples on axis 0. */
  readonly layerValues?: readonly Tensor<'float32'>[];
  /** Where the layers themselves have the examples. */
  readonly layouts?: readonly BatchLayout[];
  /** The target of each example; absent when the output is one number for each example. */
  readonly targets?: readonly TargetIndex[];
  /** The whole first output of the model at the inputs. */
  readonly output: Tensor<'float32'>;
  /** The selected output at the inputs, F(x), and at the baselines, F(x'). */
  readonly endValues?: Float64Array;
  readonly startValues?: Float64Array;
  /** sum(attributions) - (F(x) - F(x')). */
  readonly convergenceDelta?: Float64Array;
  /** Deltas of another form that `attribute` returns: one for each sample, or lists for each layer. */
  readonly deltas?: readonly Float64Array[];
  /** F along the straight path, for path methods: nodes ascending in alpha; one list for each example. */
  readonly path?: readonly PathRecord[];
  readonly cost: Cost;
  /** What it is not, though it was computed. */
  readonly warnings?: readonly string[];
}

/** One example's path from baseline (alpha 0) to input (alpha 1). */
export interface PathRecord {
  readonly alphas: readonly number[];
  /** F at each alpha. */
  readonly values: readonly number[];
  /** The contribution of each node of the quadrature to the sum of the attributions. */
  readonly increments: readonly number[];
}

export interface Cost {
  readonly seconds: number;
  /** Rows (examples) pushed forward only, and forward and back. */
  readonly forwardPasses: number;
  readonly gradientPasses: number;
  readonly rowsPerChunk: number;
  readonly peakBytes?: number;
}
