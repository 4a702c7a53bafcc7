import { LensError } from '../../protocol/errors';
import type { InputHints } from '../presentation/hints';
import { perToken } from '../presentation/tokens';

const MOST_TOKENS = 100_000;

/**
 * What a client says about its inputs, so that they are drawn well: one object for each input (or layer) with any of
 * `name`, `layout`, `mean`, `std`, `features` and `tokens`. Attributions of an example that has several numbers for each
 * token are summed over them.
 *
 * @throws LensError `invalid-argument` that names what does not fit.
 */
export function readHints(given: unknown): InputHints[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) return refuse('must be a list with an entry for each input');
  return given.map((entry: unknown) => (typeof entry === 'object' && entry !== null ? readOne(entry) : {}));
}

function readOne(entry: object): InputHints {
  const { name, layout, mean, std, features, tokens } = entry as Partial<Record<keyof InputHints, unknown>>;
  return {
    ...(name === undefined ? {} : { name: typeof name === 'string' ? name : refuse('name must be a string') }),
    ...(layout === undefined ? {} : { layout: layout === 'NCHW' || layout === 'NHWC' ? layout : refuse("layout must be 'NCHW' or 'NHWC'") }),
    ...(mean === undefined ? {} : { mean: isNumbers(mean) ? mean : refuse('mean must be a list of numbers') }),
    ...(std === undefined ? {} : { std: isNumbers(std) ? std : refuse('std must be a list of numbers') }),
    ...(features === undefined ? {} : { features: isStrings(features) ? features : refuse('features must be a list of strings') }),
    ...(tokens === undefined ? {} : { tokens: isStrings(tokens) ? { texts: tokens, attributionsOf: (attributions) => perToken(attributions, tokens.length) } : refuse('tokens must be a list of strings') }),
  };
}

const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.length > 0 && value.length <= MOST_TOKENS && value.every((item) => typeof item === 'string');
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item));

function refuse(why: string): never {
  throw new LensError('invalid-argument', `Hints about the inputs: ${why}`);
}
