/** Captum's `VisualizeSign`: which attributions are drawn. */
export const ATTRIBUTION_SIGNS = ['all', 'positive', 'negative', 'absolute_value'] as const;
export type AttributionSign = (typeof ATTRIBUTION_SIGNS)[number];

/** The part of one attribution that a sign shows: 0 for the other sign, the magnitude for `absolute_value`. */
export function withSign(value: number, sign: AttributionSign): number {
  switch (sign) {
    case 'all':
      return value;
    case 'positive':
      return value > 0 ? value : 0;
    case 'negative':
      return value < 0 ? value : 0;
    case 'absolute_value':
      return Math.abs(value);
  }
}
