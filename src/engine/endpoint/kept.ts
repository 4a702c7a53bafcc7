import { LensError } from '../../protocol/errors';
import type { Explanation } from '../attribution/explanation';
import { bytesOf } from '../requests/outputs';
import type { Reference } from './values';

const MOST = 10_000;
/** So many explanations are kept at most, and so many bytes of their tensors; the oldest give way. */
const MOST_EXPLANATIONS = 100;
const MOST_BYTES = 512 * 2 ** 20;

const NOUNS: Readonly<Record<Reference, string>> = { $model: 'model', $object: 'object', $explanation: 'record of attributions' };

/** What a connection keeps by number: models, algorithms and functions, and what attributions found. */
export class Kept {
  private readonly things = new Map<number, { readonly kind: Reference; readonly value: object }>();
  private readonly explanations = new Map<number, Explanation>();
  private next = 1;

  /** @throws LensError `out-of-memory` when there are too many. */
  add(kind: '$model' | '$object', value: object): number {
    if (this.things.size >= MOST) throw new LensError('out-of-memory', `A connection keeps at most ${MOST} models and objects`, 'Release some: in Python, forget the variables that hold them.');
    this.things.set(this.next, { kind, value });
    return this.next++;
  }

  addExplanation(explanation: Explanation): number {
    this.explanations.set(this.next, explanation);
    let bytes = 0;
    for (const [index, [number, kept]] of [...this.explanations].reverse().entries()) {
      bytes += bytesOf(kept);
      if (index > 0 && (index >= MOST_EXPLANATIONS || bytes > MOST_BYTES)) this.explanations.delete(number);
    }
    return this.next++;
  }

  /** @throws LensError `not-found` when there is no such thing, or too many came after it. */
  get(kind: Reference, number: number): object {
    const found = kind === '$explanation' ? this.explanations.get(number) : this.things.get(number);
    if (found && !('kind' in found)) return found;
    if (found?.kind === kind) return found.value;
    throw new LensError('not-found', `There is no ${NOUNS[kind]} ${number} any more`, kind === '$explanation' ? 'Attribute again.' : 'Make it again.');
  }

  release(number: number): void {
    this.things.delete(number);
    this.explanations.delete(number);
  }

  /** Forgets everything; the numbers mean nothing from then on. */
  clear(): void {
    this.things.clear();
    this.explanations.clear();
  }
}
