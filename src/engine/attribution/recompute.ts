import { BASELINE_CHOICES, type RecomputeRequest } from '../../protocol/output';
import { algorithmOf } from './attribution';
import { BASELINE_NAMES } from './baselines';
import type { Explanation } from './explanation';
import { makeMethod, type PlainOptions } from './methods';

/** Options of constructors: to change one, the algorithm is made anew. */
const CONSTRUCTOR_OPTIONS = ['multiplyByInputs'];

/**
 * Computes an explanation anew with what the request changes; everything else stays: inputs, baselines, targets and the
 * options that the method has too.
 */
export function recompute(explanation: Explanation, request: RecomputeRequest): Promise<Explanation> {
  const { method = explanation.method, options: changed = {} } = request;
  const isSame = method === explanation.method && !CONSTRUCTOR_OPTIONS.some((name) => name in changed);
  const options: PlainOptions = { ...explanation.options, ...changed };
  const algorithm = (isSame ? algorithmOf(explanation) : undefined) ?? makeMethod(method, explanation.model, options);
  const target = request.target;
  const call: Record<string, unknown> = {
    ...options,
    baselines: request.baseline ?? sameBaselines(explanation),
    target: target ? Array.from({ length: explanation.output.shape[0] }, () => target) : explanation.targets,
    additionalForwardArgs: explanation.additionalForwardArgs.length > 0 ? explanation.additionalForwardArgs : undefined,
  };
  const known = algorithm.optionNames;
  const requested = Object.keys(changed).filter((name) => !CONSTRUCTOR_OPTIONS.includes(name));
  const kept = Object.entries(call).filter(([name, value]) => value !== undefined && (!known || known.includes(name) || requested.includes(name)));
  return algorithm.explainTensors(explanation.inputs, Object.fromEntries(kept));
}

/** Named baselines by their name, so that they keep it. */
function sameBaselines({ baselines, baselineName }: Explanation): unknown {
  return BASELINE_CHOICES.find((choice) => BASELINE_NAMES[choice] === baselineName) ?? baselines;
}
