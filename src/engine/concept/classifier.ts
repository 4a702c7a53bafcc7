import type { Tensor } from '../tensor';

/** Activations with the ids of the concepts that they belong to. */
export interface LabelledActivations {
  /** [examples, features] */
  readonly activations: Tensor<'float32'>;
  /** One for each example. */
  readonly labels: readonly number[];
}

/**
 * Learns to tell concepts apart by a layer's activations: implement it to bring a classifier of your own. It must be
 * linear, for its weights are the concept activation vectors.
 */
export interface Classifier {
  /** Learns anew, forgetting what it learned before; may tell how good it got. */
  trainAndEval(data: LabelledActivations): { readonly accs?: number } | void | Promise<{ readonly accs?: number } | void>;
  /** [classes, features], one row for each class also when there are two. */
  weights(): Tensor<'float32'>;
  /** The label of each row. */
  classes(): readonly number[];
}
