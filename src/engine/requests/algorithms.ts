import { pathToFileURL } from 'node:url';
import type { AlgorithmFile, EngineRequests } from '../../protocol/engine';
import { api } from '../api';
import { offerAlgorithms, ownAlgorithmOf, type OwnAlgorithm } from '../attribution/catalogue/ownAlgorithms';

/** Algorithms of other extensions by name, as they are loaded from their modules. */
let registered = new Map<string, { file: AlgorithmFile; loading: Promise<OwnAlgorithm> }>();

offerAlgorithms(async () => new Map(await Promise.all(Array.from(registered, async ([name, { loading }]) => [name, await loading] as const))));

/** Sets the algorithms of other extensions; those that did not change are not loaded again. Returns what went wrong. */
export async function setAlgorithms({ algorithms }: EngineRequests['algorithms']['params']): Promise<EngineRequests['algorithms']['result']> {
  const before = registered;
  registered = new Map(
    algorithms.map((file) => {
      const known = before.get(file.name);
      return [file.name, known && known.file.file === file.file && known.file.description === file.description ? known : { file, loading: load(file) }];
    }),
  );
  const loaded = await Promise.all(Array.from(registered, async ([name, { loading }]) => ({ name, problem: (await loading).problem })));
  return loaded.flatMap(({ name, problem }) => (problem === undefined ? [] : [{ name, problem }]));
}

async function load({ name, description, file }: AlgorithmFile): Promise<OwnAlgorithm> {
  const failed = (problem: string): OwnAlgorithm => ({ description, problem, create: () => undefined });
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    const make = defaultOf(defaultOf(loaded));
    if (typeof make !== 'function') return failed('its module must export a function that returns the class');
    const made: unknown = await make(api);
    const algorithm = ownAlgorithmOf(made);
    if (!algorithm) return failed('its module must return a subclass of Attribution');
    const actual = (made as { name: string }).name;
    return actual === name ? { ...algorithm, description } : failed(`its module returns the class ${actual || 'without a name'}, not ${name}`);
  } catch (error) {
    return failed(`its module cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `module.exports` and `export default` both arrive as the property `default`; bundlers may nest the two. */
const defaultOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 'default' in value ? value.default : value);
