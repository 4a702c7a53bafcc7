import { float32, type Tensor } from '../../tensor';

/**
 * A prompt seen as features that can be there or not (Captum's `InterpretableInput`): what attribution methods perturb is
 * a row with 1 for each feature that is kept and 0 for each that is at its baseline.
 */
export abstract class InterpretableInput {
  /** What each part of the prompt that is attributed to reads. */
  abstract readonly values: readonly string[];
  /** For each of `values`, the feature that it belongs to, numbered from 0. */
  protected abstract readonly featureOf: readonly number[];

  /** The features that change on their own: fewer than values when a mask groups them. */
  get featureCount(): number {
    return new Set(this.featureOf).size;
  }

  /** All features kept: ones, [1, features]. */
  toTensor(): Tensor<'float32'> {
    return float32(new Float32Array(this.featureCount).fill(1), [1, this.featureCount]);
  }

  /** The prompt with these features kept (default: all), as a text or as token ids. */
  abstract toModelInput(kept?: ArrayLike<number>): string | number[];

  /** Attributions of the features as those of `values`. */
  formatAttr(attributions: ArrayLike<number>): number[] {
    return this.featureOf.map((feature) => attributions[feature]);
  }

  /** Whether a value is kept. */
  protected keeps(kept: ArrayLike<number> | undefined, value: number): boolean {
    return kept === undefined || kept[this.featureOf[value]] !== 0;
  }
}
