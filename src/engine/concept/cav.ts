import type { Tensor } from '../tensor';
import type { Concept } from './concept';

/** What training a classifier of concepts gave. */
export interface CAVStats {
  /** [classes, features]: a vector orthogonal to the boundary of each class, towards it. */
  readonly weights: Tensor<'float32'>;
  /** The id of the concept of each row. */
  readonly classes: readonly number[];
  /** The part of examples that were held out and classified right. */
  readonly accs?: number;
}

/**
 * Concept activation vectors (Kim et al., "Interpretability Beyond Feature Attribution: Quantitative Testing with Concept
 * Activation Vectors (TCAV)", ICML 2018): vectors in the space of a layer's activations, each pointing from the other
 * concepts of a set towards its own.
 */
export class CAV {
  constructor(
    readonly concepts: readonly Concept[],
    readonly layer: string,
    readonly stats: CAVStats,
  ) {}
}
