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

/**
 * Sign and strength of each attribution, relative to the strongest one: `level = round(LEVELS * |a| / max|a|)`.
 * Everything is level 0 when all attributions are 0; a value that is not finite counts as 0.
 */
export function tints(attributions: readonly number[]): Tint[] {
  const strengths = attributions.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0));
  const strongest = strengths.reduce((most, value) => Math.max(most, value), 0);
  return strengths.map((strength, index) => ({
    sign: attributions[index]! < 0 ? 'negative' : 'positive',
    level: strongest > 0 ? Math.round((LEVELS * strength) / strongest) : 0,
  }));
}
