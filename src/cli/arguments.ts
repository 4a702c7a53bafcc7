import { LensError } from '../protocol/errors';

/** A command line, read. Names of options are in camelCase, however they were written. */
export interface Arguments {
  readonly model: string;
  /** The output or layer of the model that is attributed. Default: the first output. */
  readonly modelOutput?: string;
  /** Whether the model takes one example without an axis for examples. */
  readonly batchAxis: false | 0 | 1;
  readonly inputs: readonly string[];
  /** A tokenizer.json. Default: the one beside the model. */
  readonly tokenizer?: string;
  readonly method: string;
  /** `smoothgrad`, `smoothgrad_sq` or `vargrad`. */
  readonly noiseTunnel?: string;
  /** Files or folders that are written. */
  readonly out: readonly string[];
  readonly json: boolean;
  /** A value of the setting attributionLens.runtime: `onnxruntime-node`, `onnxruntime-web`, `tfjs`... */
  readonly runtime?: string;
  /** What is subtracted from and divided into each channel of an image. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Everything else: options of the algorithm, each with the values it was given; --quadrature is its option `method`. */
  readonly options: ReadonlyMap<string, readonly string[]>;
}

/** Short names of options. */
const ALIASES: Readonly<Record<string, string>> = { neuron: 'neuronSelector', baseline: 'baselines', mask: 'featureMask' };

const camelCase = (name: string): string => name.replace(/[_-]+(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads `--name value`, `--name=value` and `--flag`; an option may be repeated. Names are taken in the spellings
 * `nSteps`, `n_steps` and `n-steps`.
 *
 * @throws LensError `invalid-argument` when something is missing or not an option.
 */
export function readArguments(given: readonly string[]): Arguments {
  const options = new Map<string, string[]>();
  for (let index = 0; index < given.length; index++) {
    const argument = given[index];
    const found = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(argument);
    if (!found) throw new LensError('invalid-argument', `'${argument}' is no option`, 'Options are written --name value.');
    const next = given[index + 1];
    const takesNext = found[2] === undefined && next !== undefined && !next.startsWith('--');
    const name = camelCase(found[1]);
    const key = ALIASES[name] ?? name;
    options.set(key, [...(options.get(key) ?? []), found[2] ?? (takesNext ? next : 'true')]);
    if (takesNext) index++;
  }
  const take = (name: string): string[] => {
    const values = options.get(name) ?? [];
    options.delete(name);
    return values;
  };
  const one = (name: string): string | undefined => {
    const values = take(name);
    if (values.length > 1) throw new LensError('invalid-argument', `--${name} can be given once, got ${values.join(' and ')}`);
    return values[0];
  };
  const needed = (name: string): string => one(name) ?? missing(name);
  const numbers = (name: string): number[] | undefined => one(name)?.split(',').map((value) => numberOf(value, name));
  const inputs = take('input');
  const quadrature = take('quadrature');
  if (inputs.length === 0) missing('input');
  const [model, method] = [needed('model'), needed('method')];
  if (quadrature.length > 0) options.set('method', quadrature);
  return {
    model,
    modelOutput: one('modelOutput'),
    batchAxis: batchAxisOf(one('noBatchAxis'), one('batchAxis')),
    inputs,
    tokenizer: one('tokenizer'),
    method,
    noiseTunnel: one('noiseTunnel'),
    out: take('out'),
    json: one('json') === 'true',
    runtime: one('runtime'),
    mean: numbers('mean'),
    std: numbers('std'),
    options,
  };
}

function batchAxisOf(none: string | undefined, axis = '0'): false | 0 | 1 {
  if (none === 'true') return false;
  if (axis === '0' || axis === '1') return axis === '0' ? 0 : 1;
  throw new LensError('invalid-argument', `--batch-axis must be 0 or 1, got '${axis}'`);
}

function missing(name: string): never {
  throw new LensError('invalid-argument', `--${name} is missing`, 'See --help.');
}

function numberOf(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new LensError('invalid-argument', `--${name} must be numbers with commas between them, got '${text}'`);
}
