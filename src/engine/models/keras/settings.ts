import { LensError } from '../../../protocol/errors';

/** The `config` of a layer. Every value is checked when it is read, and the message of an error names the layer. */
export class Settings {
  constructor(
    /** The layer, for messages: `Conv2D 'block1/conv'`. */
    readonly subject: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  /** The value as it stands in the file, arrays of NumPy as lists; null is undefined. */
  raw(key: string): unknown {
    const value = Object.hasOwn(this.values, key) ? this.values[key] : undefined;
    const isArray = isObject(value) && value.class_name === '__numpy__' && isObject(value.config);
    return (isArray && isObject(value.config) ? value.config.value : value) ?? undefined;
  }

  number(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(key, 'a number', value);
    return value;
  }

  integer(key: string, fallback?: number, least = -Infinity): number {
    const value = this.raw(key) ?? fallback;
    return this.whole(key, value, least);
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.wrong(key, 'true or false', value);
    return value;
  }

  text(key: string, fallback?: string): string {
    const value = this.raw(key) ?? fallback;
    if (typeof value !== 'string') throw this.wrong(key, 'a text', value);
    return value;
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.raw(key) ?? fallback;
    const known = choices.find((candidate) => candidate === value);
    if (known === undefined) throw this.wrong(key, `one of ${choices.join(', ')}`, value);
    return known;
  }

  /** A list of integers; one integer stands for all of them. */
  integers(key: string, count: number, fallback?: number, least = 1): number[] {
    const value = this.raw(key) ?? fallback;
    if (!Array.isArray(value)) return new Array<number>(count).fill(this.whole(key, value, least));
    if (value.length !== count) throw this.wrong(key, `${count} integers`, value);
    return value.map((item) => this.whole(key, item, least));
  }

  /** A list of numbers, nested ones flattened; one number is a list of one. Undefined when there is none. */
  numbers(key: string): number[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const list: unknown[] = [value].flat(8);
    return list.map((item) => {
      if (typeof item !== 'number') throw this.wrong(key, 'numbers', value);
      return item;
    });
  }

  /** Axes counted from the front; one integer is a list of one. */
  axes(key: string, rank: number, fallback?: number): number[] {
    const value = this.raw(key) ?? fallback;
    const axes = (Array.isArray(value) ? value : [value]).map((axis) => {
      const given = this.whole(key, axis, -rank);
      if (given >= rank) throw this.wrong(key, `axes of a value with ${rank} axes`, value);
      return given < 0 ? given + rank : given;
    });
    if (new Set(axes).size < axes.length) throw this.wrong(key, 'different axes', value);
    return axes.sort((a, b) => a - b);
  }

  invalid(problem: string): LensError {
    return new LensError('invalid-model', `${this.subject}: ${problem}`);
  }

  unsupported(what: string, nextStep?: string): LensError {
    return new LensError('unsupported-operator', `${this.subject}: ${what}`, nextStep);
  }

  private whole(key: string, value: unknown, least: number): number {
    if (!Number.isSafeInteger(value) || Number(value) < least) throw this.wrong(key, least === -Infinity ? 'an integer' : `an integer of at least ${least}`, value);
    return Number(value);
  }

  private wrong(key: string, requirement: string, value: unknown): LensError {
    const shown = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
    return this.invalid(`${key} must be ${requirement}, got ${shown.slice(0, 100)}`);
  }
}

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
