/** Names that are written otherwise than word by word. */
const WRITTEN: readonly (readonly [RegExp, string])[] = [[/ Shap\b/, 'SHAP'], [/Deep Lift/, 'DeepLift'], [/Grad Cam/, 'Grad-CAM'], [/\bX(?=[A-Z])/, '× ']];

const NOISE: Readonly<Record<string, string>> = { smoothgrad: 'SmoothGrad', smoothgrad_sq: 'SmoothGrad squared', vargrad: 'VarGrad' };

/** An algorithm's name as people write it: `IntegratedGradients` becomes `Integrated Gradients`, with noise `Integrated Gradients + SmoothGrad`. */
export function titleOf(method: string, { ntType, attributionMethod }: Readonly<Record<string, unknown>> = {}): string {
  if (typeof attributionMethod === 'string') return `${titleOf(attributionMethod)} + ${NOISE[String(ntType)] ?? 'noise'}`;
  return WRITTEN.reduce((title, [pattern, text]) => title.replace(pattern, text), method.replace(/([a-z])([A-Z])/g, '$1 $2'));
}
