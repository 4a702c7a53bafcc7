import { LensError } from '../../protocol/errors';
import { randomSource, type RandomSource, type Seed } from './random';

/** The values that a feature's baseline may take. A key that is a list names features that change together. */
export type BaselineValues<Value> = readonly (readonly Value[])[] | Readonly<Record<string, readonly Value[]>> | ReadonlyMap<string | readonly string[], readonly unknown[]>;

/**
 * Baselines drawn from the product of what each feature may take: every feature gets one of its values, all as likely,
 * independent of the others. Features whose values belong together share a key, `[['city', 'state'], [['Seattle', 'WA'],
 * ['Texas City', 'TX']]]` in a Map, and take them together.
 *
 * ```ts
 * const baselines = new ProductBaselines({ animal: ['cat', 'dog'], colour: ['red', 'blue', 'green'] });
 * baselines.sample(); // { animal: 'dog', colour: 'red' }
 * ```
 */
export class ProductBaselines<Value> {
  private readonly keys: readonly (string | readonly string[])[] | undefined;
  private readonly values: readonly (readonly unknown[])[];
  private readonly random: RandomSource;

  /** The same `seed` draws the same. Default: 0. */
  constructor(baselineValues: BaselineValues<Value>, { seed }: { seed?: Seed } = {}) {
    const entries = isList(baselineValues) ? baselineValues.map((values) => [undefined, values] as const) : baselineValues instanceof Map ? [...(baselineValues as ReadonlyMap<string | readonly string[], readonly unknown[]>)] : Object.entries(baselineValues as Readonly<Record<string, readonly Value[]>>);
    this.keys = isList(baselineValues) ? undefined : entries.map(([key]) => key ?? '');
    this.values = entries.map(([, values]) => values);
    this.random = randomSource(seed);
    for (const [key, values] of entries) {
      if (!Array.isArray(values) || values.length === 0) throw new LensError('invalid-argument', `ProductBaselines: feature ${String(key ?? '')} must have a list of at least one baseline`);
      const wrong = Array.isArray(key) && values.find((value: unknown) => !Array.isArray(value) || value.length !== key.length);
      if (wrong) throw new LensError('invalid-argument', `ProductBaselines: the features ${String(key)} must have lists of ${key?.length} values each`);
    }
  }

  /** One baseline of each feature: a list for lists, an object for named features. */
  sample(): Value[] | Record<string, Value> {
    const drawn = this.values.map((values) => values[this.random.choice(1, values.length)[0]]);
    if (!this.keys) return drawn as Value[];
    return Object.fromEntries(this.keys.flatMap((key, index): [string, Value][] => (typeof key === 'string' ? [[key, drawn[index] as Value]] : key.map((name, place) => [name, (drawn[index] as Value[])[place]]))));
  }
}

const isList = <Value>(values: BaselineValues<Value>): values is readonly (readonly Value[])[] => Array.isArray(values);
