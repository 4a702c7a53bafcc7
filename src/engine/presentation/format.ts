/** A number for people: three significant digits, a true minus sign, no exponent for everyday sizes. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const magnitude = Math.abs(value);
  const text = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6) ? magnitude.toExponential(2) : String(Number(magnitude.toPrecision(3)));
  return value < 0 ? `−${text}` : text;
}

/** A share as a percentage: `0.4 %`, `12 %`, `< 0.01 %`. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '< 0.01 %';
  return `${Number(percent.toPrecision(2))} %`;
}

/** Names that are written otherwise than word by word. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [[/ Shap\b/, 'SHAP'], [/Deep Lift/, 'DeepLift'], [/Grad Cam/, 'Grad-CAM'], [/\bX(?=[A-Z])/, '× ']];

const NOISE: Readonly<Record<string, string>> = { smoothgrad: 'SmoothGrad', smoothgrad_sq: 'SmoothGrad squared', vargrad: 'VarGrad' };

/** An algorithm's name as people write it: `IntegratedGradients` becomes `Integrated Gradients`, with noise `Integrated Gradients + SmoothGrad`. */
export function titleOf(method: string, { ntType, attributionMethod }: Readonly<Record<string, unknown>> = {}): string {
  if (typeof attributionMethod === 'string') return `${titleOf(attributionMethod)} + ${NOISE[String(ntType)] ?? 'noise'}`;
  return WRITTEN.reduce((title, [pattern, text]) => title.replace(pattern, text), method.replace(/([a-z])([A-Z])/g, '$1 $2'));
}
