/** The minus of typography, as wide as a plus. */
export const MINUS = '\u2212';
const withMinus = (text: string): string => text.replaceAll('-', MINUS);

/** Three significant digits, in scientific notation when very large or small: `0.0213`, `−1.2e−7`, `NaN`. */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e6) return withMinus(value.toExponential(digits - 1).replace('e+', 'e'));
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A share as a percentage: `0.4 %`, `< 0.01 %`. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return '< 0.01\u00a0%';
  return `${formatNumber(percent, percent < 10 ? 2 : 3)}\u00a0%`;
}
