import { LensError } from '../../protocol/errors';
import type { AttributionInputs } from '../attribution/inputs';

/** The examples of a concept: a batch of inputs, or batches that come one by one, anew each time they are asked for. */
export type ConceptData = AttributionInputs | { readonly [Symbol.asyncIterator]: () => AsyncIterator<AttributionInputs> };

/** A human-friendly idea (stripes, happiness) as examples that show it. */
export class Concept {
  /**
   * @param id Tells concepts apart; the same in all experimental sets.
   * @param name Shown to users.
   * @param data Inputs of the model that show the concept; not needed where the concept's CAVs are known.
   */
  constructor(
    readonly id: number,
    readonly name: string,
    readonly data?: ConceptData,
  ) {
    if (!Number.isInteger(id)) throw new LensError('invalid-argument', `Concept '${name}': its id must be a whole number, got ${String(id)}`);
  }
}

/** The key of an experimental set: the ids of its concepts, `0-1`. */
export const conceptsKey = (concepts: readonly Concept[]): string => concepts.map(({ id }) => id).join('-');
