import { AbsoluteSums } from './absoluteSums';
import { normalizeBy, scaleFactorOf } from './normalizeAttr';
import type { AttributionSign } from './sign';

/** Attributions ready to be drawn, whatever they hold. */
export interface ViewNorm {
  /** As {@link normalizeBy}; all 0 when `scaleFactor` is 0. */
  values: Float32Array;
  /** 0 when nothing of the chosen sign is left. */
  scaleFactor: number;
  /** How many attributions are NaN or infinite; they are NaN in `values`. */
  nonFinite: number;
}

/**
 * {@link normalizeAttr} for a view that has to show something in any case: an empty map is drawn as zeros and values that
 * are not finite are left out, where Captum throws. Keeps what is sorted, so that another percentage costs no sort.
 */
export class ViewNormalizer {
  private readonly sums = new Map<AttributionSign, AbsoluteSums>();

  constructor(readonly attributions: Float32Array) {}

  normalize(sign: AttributionSign, outlierPerc: number, out?: Float32Array): ViewNorm {
    const sums = this.sumsOf(sign);
    const scaleFactor = scaleFactorOf(sums, sign, outlierPerc);
    return { values: normalizeBy(this.attributions, sign, scaleFactor || 1, out), scaleFactor, nonFinite: sums.nonFinite };
  }

  /** The magnitudes of a sign; `all` and `absolute_value` share theirs. */
  sumsOf(sign: AttributionSign): AbsoluteSums {
    const key = sign === 'all' ? 'absolute_value' : sign;
    let sums = this.sums.get(key);
    if (!sums) this.sums.set(key, (sums = AbsoluteSums.of(this.attributions, key)));
    return sums;
  }
}
