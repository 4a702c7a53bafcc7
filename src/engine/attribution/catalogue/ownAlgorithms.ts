import type { ModelSource } from '../../models/modelOf';
import { Attribution } from '../attribution';
import type { Method } from './method';

/** An algorithm that did not come with the engine. */
export interface OwnAlgorithm {
  /** Makes the algorithm of a model. */
  readonly create: (model: ModelSource) => unknown;
  readonly description?: string;
  /** Why it cannot be used: the module did not load, for example. */
  readonly problem?: string;
}

/** Gives algorithms by name; asked whenever menus are made, so that the newest definition counts. */
export type AlgorithmSource = () => ReadonlyMap<string, OwnAlgorithm> | Promise<ReadonlyMap<string, OwnAlgorithm>>;

const sources = new Set<AlgorithmSource>();

/** Offers algorithms of one's own; returns what takes the offer back. */
export function offerAlgorithms(source: AlgorithmSource): () => void {
  sources.add(source);
  return () => void sources.delete(source);
}

/** All algorithms of one's own by name. */
export async function ownAlgorithms(): Promise<ReadonlyMap<string, OwnAlgorithm>> {
  return new Map((await Promise.all([...sources].map((source) => source()))).flatMap((found) => [...found]));
}

/** A class of one's own as an algorithm; undefined for anything that is not a subclass of Attribution. */
export function ownAlgorithmOf(value: unknown): OwnAlgorithm | undefined {
  if (typeof value !== 'function' || !(value.prototype instanceof Attribution)) return undefined;
  const Class = value as new (model: ModelSource) => unknown;
  return {
    create: (model) => new Class(model),
    description: textOf(value, 'description'),
    ...(Class.length > 1 ? { problem: `its constructor takes ${Class.length} arguments, and menus know only the model` } : {}),
  };
}

/** An algorithm of one's own as menus take it. */
export const methodOf = ({ create, description = 'An algorithm of your own.', problem }: OwnAlgorithm): Method => ({
  description,
  unfit: () => problem,
  make(model) {
    const made = create(model);
    if (made instanceof Attribution) return made;
    throw new TypeError('An algorithm of your own must be a subclass of Attribution');
  },
});

function textOf(value: object, name: string): string | undefined {
  const text: unknown = Reflect.get(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
