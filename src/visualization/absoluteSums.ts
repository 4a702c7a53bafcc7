import { withSign, type AttributionSign } from './sign';

/**
 * The sorted magnitudes of the attributions that a sign shows, with their running sum. Sorting once makes every later
 * outlier percentage a binary search, so a slider can follow the pointer.
 */
export class AbsoluteSums {
  private constructor(
    private readonly sorted: Float32Array,
    private readonly running: Float64Array,
    /** How many attributions were NaN or infinite; they are left out. */
    readonly nonFinite: number,
  ) {}

  static of(attr: ArrayLike<number>, sign: AttributionSign): AbsoluteSums {
    const magnitudes = new Float32Array(attr.length);
    let count = 0;
    for (let i = 0; i < attr.length; i++) {
      if (Number.isFinite(attr[i])) magnitudes[count++] = Math.abs(withSign(attr[i], sign));
    }
    const sorted = magnitudes.subarray(0, count).sort();
    const running = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i++) running[i] = sum += sorted[i];
    return new AbsoluteSums(sorted, running, attr.length - count);
  }

  /** The sum of all magnitudes. */
  get total(): number {
    return this.running.at(-1) ?? 0;
  }

  /** The largest magnitude. */
  get largest(): number {
    return this.sorted.at(-1) ?? 0;
  }

  /** The smallest magnitude at which the running sum reaches `percentile` percent of the total; 0 when there are none. */
  threshold(percentile: number): number {
    const needed = this.total * 0.01 * percentile;
    let low = 0;
    let high = this.running.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.running[middle] >= needed) high = middle;
      else low = middle + 1;
    }
    return this.sorted[low] ?? 0;
  }
}
