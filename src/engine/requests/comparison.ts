import type { AttributionBundle, ComparedOutput, RecomputeRequest } from '../../protocol/output';
import { besidePicture } from '../../visualization/besidePicture';
import type { Explanation } from '../attribution/explanation';
import { recompute } from '../attribution/recompute';
import { present } from '../presentation/present';

/** What is shown beside explanations. */
const beside = new WeakMap<Explanation, Explanation>();

/**
 * Computes an explanation anew, or what is shown beside it: `compare` says how that differs from the explanation. A new
 * target is also that of what is shown beside it.
 */
export async function recomputeCompared(explanation: Explanation, { compare, ...request }: RecomputeRequest): Promise<Explanation> {
  const changes = Object.values(request).some((value) => value !== undefined);
  const main = changes ? await recompute(explanation, request) : explanation;
  const before = beside.get(explanation);
  const after = compare ? await recompute(main, compare) : compare === null ? undefined : before && request.target ? await recompute(before, { target: request.target }) : before;
  if (after) beside.set(main, after);
  else beside.delete(main);
  return main;
}

/** An explanation as it is shown, with what is beside it. */
export function presentCompared(explanation: Explanation, id: string): AttributionBundle {
  const bundle = present(explanation, id);
  const other = beside.get(explanation);
  if (!other) return bundle;
  const second = present(other, id);
  const { summary, method, examples, cost } = second.output;
  const compared: ComparedOutput = { summary, method, examples, cost };
  return { output: { ...bundle.output, summary: `${bundle.output.summary} Beside it: ${summary}`, compared }, png: besidePicture(bundle.png, second.png) };
}
