import { LensError } from '../src/protocol/errors';

/** Longer strings of a payload are cut; labels and sentences are far shorter. */
const MAX_STRING = 10_000;
/** Longer lists of numbers are refused; larger arrays come in base64. */
export const MAX_NUMBERS = 20_000;

/** A value of untrusted JSON with the path that names it in messages. */
export class Untrusted {
  constructor(
    readonly value: unknown,
    readonly path: string,
  ) {}

  /** A property of an object, own properties only; throws when this is not an object. */
  at(key: string): Untrusted {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.wrong('an object');
    return new Untrusted(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, this.path ? `${this.path}.${key}` : key);
  }

  get missing(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The result of a reader, or undefined when the value is missing. */
  optional<T>(read: (value: Untrusted) => T): T | undefined {
    return this.missing ? undefined : read(this);
  }

  string(): string {
    if (typeof this.value !== 'string') throw this.wrong('a string');
    return this.value.length > MAX_STRING ? `${this.value.slice(0, MAX_STRING)}…` : this.value;
  }

  /** A string of any length (base64). */
  data(): string {
    if (typeof this.value !== 'string') throw this.wrong('a base64 string');
    return this.value;
  }

  /** A number; JSON writes NaN and infinity as null, which is read as NaN. */
  number(): number {
    if (this.value === null) return NaN;
    if (typeof this.value !== 'number') throw this.wrong('a number');
    return this.value;
  }

  /** A whole number between the limits. */
  integer(min: number, max: number): number {
    if (!Number.isInteger(this.value) || (this.value as number) < min || (this.value as number) > max) {
      throw this.wrong(`a whole number between ${min} and ${max}`);
    }
    return this.value as number;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.wrong('true or false');
    return this.value;
  }

  /** One of the given strings. */
  choice<T extends string>(choices: readonly T[]): T {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) throw this.wrong(`one of ${choices.join(', ')}`);
    return found;
  }

  /** An array of at most `max` items, each read with its own path. */
  list<T>(max: number, read: (item: Untrusted) => T): T[] {
    if (!Array.isArray(this.value)) throw this.wrong('a list');
    if (this.value.length > max) throw this.wrong(`a list of at most ${max} items`, `${this.value.length}`);
    return Array.from(this.value, (item, i) => read(new Untrusted(item, `${this.path}[${i}]`)));
  }

  /** The own entries of an object with at most `max` of them. */
  record<T>(max: number, read: (item: Untrusted) => T): Record<string, T> {
    this.at('');
    const keys = Object.keys(this.value as object);
    if (keys.length > max) throw this.wrong(`an object of at most ${max} entries`, `${keys.length}`);
    return Object.fromEntries(keys.map((key) => [key, read(this.at(key))]));
  }

  /** The error for a value that is not what it must be. */
  wrong(requirement: string, actual = describe(this.value)): LensError {
    return new LensError('invalid-argument', `${this.path || 'The output'} must be ${requirement}, got ${actual}`);
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = String(value);
  return typeof value === 'string' ? `'${text.slice(0, 40)}${text.length > 40 ? '…' : ''}'` : text.slice(0, 40);
}

/** A list of numbers, of a length if one is given. */
export function readNumbers(list: Untrusted, length?: number): number[] {
  const numbers = list.list(MAX_NUMBERS, (item) => item.number());
  if (length !== undefined && numbers.length !== length) throw list.wrong(`a list of ${length} numbers`, `${numbers.length}`);
  return numbers;
}
