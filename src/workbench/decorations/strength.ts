import { DEFAULT_OUTLIER_PERC } from '../../visualization/normalizeAttr';
import { ViewNormalizer } from '../../visualization/viewNormalizer';

/** The colours of the renderer's default scheme, which differ for every common kind of colour blindness. */
export const TINT_COLORS = { positive: '#f07d0c', negative: '#2b7bd9' } as const;

/** Tints between nothing and the strongest token; more would not be told apart on a background. */
export const LEVELS = 6;

/** How one token is tinted. */
export interface Tint {
  sign: 'positive' | 'negative';
  /** 1 (weakest) to {@link LEVELS}; 0 for tokens that are too weak for a tint. */
  level: number;
}

/** Below 1, so that weak attributions are seen; as in the renderer's overlay. */
const EXPONENT = 0.75;

/**
 * Sign and strength of each attribution as the renderer draws them at first: clipped at Captum's scale for 2 % outliers,
 * `level = round(LEVELS * |normalized| ** 0.75)`. All levels are 0 when all attributions are 0; a value that is not
 * finite has level 0.
 */
export function tints(attributions: readonly number[]): Tint[] {
  const { values } = new ViewNormalizer(Float32Array.from(attributions)).normalize('all', DEFAULT_OUTLIER_PERC);
  return Array.from(values, (value) => ({
    sign: value < 0 ? 'negative' : 'positive',
    level: Number.isFinite(value) ? Math.round(LEVELS * Math.abs(value) ** EXPONENT) : 0,
  }));
}
