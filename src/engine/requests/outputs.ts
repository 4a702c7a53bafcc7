import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import { LensError } from '../../protocol/errors';
import type { AttributionBundle, RecomputeRequest } from '../../protocol/output';
import type { OutputCapabilities } from '../../protocol/renderer';
import type { Explanation } from '../attribution/explanation';
import { choicesFor } from '../attribution/catalogue/choices';
import { LLMAttributionResult } from '../attribution/llm/llmAttributionResult';
import { explanationOf } from '../attribution/results';
import { Figure } from '../presentation/figure';
import { presentCompared, recomputeCompared } from './comparison';

/** So many explanations are kept at most, and so many bytes of their tensors, to be computed anew on demand. */
const MOST_OUTPUTS = 50;
const MOST_BYTES = 512 * 2 ** 20;

const GONE = 'Run the cell again to change what was computed.';

/** The explanations behind outputs, in the order of their last use. */
const outputs = new Map<string, Explanation>();

/** What is shown of an explanation, under a new id (or the given one) by which it can be computed anew. */
export function display(explanation: Explanation, id: string = randomUUID()): AttributionBundle {
  const bundle = presentCompared(explanation, id);
  keep(id, explanation);
  return bundle;
}

/**
 * What is shown of a value that `attribute` returned, or of a list of parts of it such as `[attributions, delta]`, and of
 * figures; undefined for every other value.
 */
export function describeResult(value: unknown): AttributionBundle | undefined {
  if (types.isProxy(value)) return undefined; // asking what it is would run its traps
  if (value instanceof Figure) return value.bundle();
  if (value instanceof LLMAttributionResult) return value.plotTokenAttr().bundle();
  const explanation = explanationOf(value) ?? (Array.isArray(value) ? common(value) : undefined);
  return explanation && display(explanation);
}

/** The one explanation behind the parts of a list. */
function common(parts: readonly unknown[]): Explanation | undefined {
  const explanations = new Set(parts.slice(0, 100).flatMap((part) => explanationOf(part) ?? []));
  return explanations.size === 1 ? [...explanations][0] : undefined;
}

/**
 * Computes an output anew with what the request changes, under the same id. The old one stays when that fails.
 *
 * @throws LensError `not-found` when the output is not of this process, or too many came after it.
 */
export async function recomputeOutput(id: string, request: RecomputeRequest): Promise<AttributionBundle> {
  const explanation = outputs.get(id);
  if (!explanation) throw new LensError('not-found', 'This output was computed by a process that is gone', GONE);
  return display(await recomputeCompared(explanation, request), id);
}

/** Whether an output can be computed anew, and how. */
export async function capabilitiesOf(id: string): Promise<OutputCapabilities> {
  const explanation = outputs.get(id);
  if (!explanation) return { live: false, reason: `This output is from an earlier session. ${GONE}`, methods: [] };
  return { live: true, ...(await choicesFor(explanation)) };
}

/** Lets go of outputs: they cannot be computed anew any more. */
export function forget(ids: Iterable<string>): void {
  for (const id of ids) outputs.delete(id);
}

function keep(id: string, explanation: Explanation): void {
  outputs.delete(id);
  outputs.set(id, explanation);
  let bytes = 0;
  for (const [index, [key, kept]] of [...outputs].reverse().entries()) {
    bytes += bytesOf(kept);
    if (index > 0 && (index >= MOST_OUTPUTS || bytes > MOST_BYTES)) outputs.delete(key);
  }
}

/** What the tensors of an explanation take. */
export const bytesOf = ({ inputs, attributions, baselines = [], output }: Explanation): number => 4 * [...inputs, ...attributions, ...baselines, output].reduce((sum, { data }) => sum + data.length, 0);
