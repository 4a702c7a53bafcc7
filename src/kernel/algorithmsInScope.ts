import { ownAlgorithmOf, type OwnAlgorithm } from '../engine/attribution/catalogue/ownAlgorithms';
import type { Kernel } from './kernel';

/** The algorithms of one's own that cells have declared: every variable that holds a subclass of Attribution. */
export function algorithmsInScope(kernel: Kernel): ReadonlyMap<string, OwnAlgorithm> {
  const found = kernel.variables().map((variable) => [variable, kernel.repl.peek(variable)?.value] as const);
  return new Map(
    found.flatMap(([variable, value]) => {
      const algorithm = ownAlgorithmOf(value);
      // Under another name than its own it is a helper variable, or a class of the engine.
      return algorithm && typeof value === 'function' && value.name === variable ? [[variable, algorithm]] : [];
    }),
  );
}
