import { CONVERGED_LIMIT, LOOSE_LIMIT, type ConvergenceInfo, type NextAction, type PathInfo, type Verdict } from '../../protocol/output';
import type { Explanation, PathRecord } from '../attribution/explanation';
import { formatNumber } from '../../visualization/formatNumber';

/** More steps than this are not offered: the rest is rounding, or a model that jumps. */
const MAX_STEPS = 1000;
/** Below this relative delta nothing is offered. */
const REFINED = 0.001;
/** Points of the path that are drawn at most. */
const MAX_POINTS = 200;
/** Rounding of float32 outputs: a smaller |F(x) - F(baseline)| in relation to |F| is no difference. */
const FLAT = 1e-6;

/** The completeness check of one example in words; undefined when the method has none. */
export function convergenceOf(explanation: Explanation, example: number): ConvergenceInfo | undefined {
  const delta = explanation.convergenceDelta?.[example];
  const endValue = explanation.endValues?.[example];
  const startValue = explanation.startValues?.[example];
  if (delta === undefined || endValue === undefined || startValue === undefined) return undefined;
  const difference = endValue - startValue;
  const flat = Math.abs(difference) <= FLAT * Math.max(Math.abs(endValue), Math.abs(startValue), Number.MIN_VALUE);
  const relative = flat ? null : Math.abs(delta / difference);
  const verdict = verdictOf(relative);
  const record = explanation.path?.[example];
  return {
    delta,
    endValue,
    startValue,
    relative,
    verdict,
    explanation: sentence(delta, difference, verdict, explanation),
    next: nextAction(relative, explanation),
    path: record && pathOf(record, startValue, endValue, difference + delta),
  };
}

function verdictOf(relative: number | null): Verdict {
  if (relative === null) return 'flat';
  if (relative <= CONVERGED_LIMIT) return 'converged';
  return relative <= LOOSE_LIMIT ? 'loose' : 'not-converged';
}

function sentence(delta: number, difference: number, verdict: Verdict, explanation: Explanation): string {
  const amount = delta / difference > 0 ? 'more' : 'less';
  switch (verdict) {
    case 'flat':
      return 'The model says the same for the input and the baseline, so there is no difference to attribute.';
    case 'converged':
      return 'The attributions account for the change of the output.';
    default:
      if (isTrapezoid(explanation)) return 'The weights of riemann_trapezoid sum to (n − 1)/n instead of 1; gausslegendre has no such loss.';
      return verdict === 'loose'
        ? `The attributions sum to a little ${amount} than the change of the output, within the 5 % that the Integrated Gradients paper asks for.`
        : `The attributions sum to ${formatNumber(difference + delta)}, ${amount} than the change of the output: do not read them as its shares yet.`;
  }
}

function nextAction(relative: number | null, explanation: Explanation): NextAction | undefined {
  if (relative === null) {
    const baseline = explanation.baselineName === 'zero' ? 'mean' : 'zero';
    return { label: `Use a ${baseline} baseline`, request: { baseline } };
  }
  if (relative <= REFINED) return undefined;
  if (isTrapezoid(explanation) && relative > CONVERGED_LIMIT) return { label: 'Use gausslegendre', request: { options: { method: 'gausslegendre' } } };
  const steps = explanation.options.nSteps;
  if (typeof steps !== 'number' || steps >= MAX_STEPS) return undefined;
  const nSteps = Math.min(MAX_STEPS, steps * 4);
  return { label: `Refine to ${nSteps} steps`, request: { options: { nSteps } } };
}

const isTrapezoid = (explanation: Explanation): boolean => explanation.options.method === 'riemann_trapezoid';

/** The curve from baseline to input; each node's contribution is counted half before and half after the node. */
function pathOf({ alphas, values, increments }: PathRecord, startValue: number, endValue: number, total: number): PathInfo {
  const stride = Math.ceil(alphas.length / MAX_POINTS);
  const path: PathInfo = { alphas: [0], values: [startValue], cumulative: [startValue] };
  let sum = startValue;
  for (const [index, alpha] of alphas.entries()) {
    if (index % stride === 0 && alpha > 0 && alpha < 1) {
      path.alphas.push(alpha);
      path.values.push(values[index]);
      path.cumulative.push(sum + increments[index] / 2);
    }
    sum += increments[index];
  }
  path.alphas.push(1);
  path.values.push(endValue);
  path.cumulative.push(startValue + total);
  return path;
}
