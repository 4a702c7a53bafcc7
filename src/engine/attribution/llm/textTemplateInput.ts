import { LensError } from '../../../protocol/errors';
import { InterpretableInput } from './interpretableInput';

/** One entry for each place of a template: in order, or by name. */
export type TemplateValues<T = string> = readonly T[] | Readonly<Record<string, T>>;

/** A text with `{}` or `{name}` for the values, `{{` and `}}` for braces; or a function that makes the text of the values. */
export type Template = string | ((...values: string[]) => string) | ((values: Readonly<Record<string, string>>) => string);

export interface TextTemplateInputOptions {
  /** What stands in for a value that is removed; a function is asked anew for each prompt. Default: nothing. */
  baselines?: TemplateValues | (() => TemplateValues);
  /** Values with the same number are kept and removed together. Default: each for itself. */
  mask?: TemplateValues<number>;
}

/**
 * A prompt made of a template whose values are attributed to:
 *
 * ```ts
 * new TextTemplateInput('{} lives in {}, {} and is a {}. {} personal interests include', ['Dave', 'Palm Coast', 'FL', 'lawyer', 'His'])
 * new TextTemplateInput('{name} lives in {city}', { name: 'Dave', city: 'Palm Coast' }, { baselines: { name: 'Sarah', city: 'Seattle' } })
 * ```
 */
export class TextTemplateInput extends InterpretableInput {
  readonly values: readonly string[];
  protected readonly featureOf: readonly number[];
  private readonly keys: readonly string[] | undefined;

  /** @throws LensError `invalid-argument` for baselines or a mask that do not fit the values. */
  constructor(
    private readonly template: Template,
    values: TemplateValues,
    private readonly options: TextTemplateInputOptions = {},
  ) {
    super();
    this.keys = isList(values) ? undefined : Object.keys(values);
    this.values = this.inOrder(values, 'values').map(String);
    if (this.values.length === 0) throw new LensError('invalid-argument', 'TextTemplateInput: at least one value is needed, got none');
    const mask = options.mask === undefined ? this.values.map((_, index) => index) : this.inOrder(options.mask, 'mask');
    const groups = [...new Set(mask)].sort((left, right) => left - right);
    this.featureOf = mask.map((group) => groups.indexOf(group));
    if (typeof options.baselines !== 'function' && options.baselines !== undefined) this.inOrder(options.baselines, 'baselines');
  }

  override toModelInput(kept?: ArrayLike<number>): string {
    const { baselines } = this.options;
    const given = typeof baselines === 'function' ? baselines() : baselines;
    const removed = given === undefined ? this.values.map(() => '') : this.inOrder(given, 'baselines');
    return this.filled(this.values.map((value, index) => (this.keeps(kept, index) ? value : removed[index])));
  }

  private filled(values: readonly string[]): string {
    const { template, keys } = this;
    if (typeof template === 'function') return keys ? (template as (values: Readonly<Record<string, string>>) => string)(Object.fromEntries(keys.map((key, index) => [key, values[index]]))) : (template as (...values: string[]) => string)(...values);
    let next = 0;
    return template.replace(/\{\{|\}\}|\{(\w*)\}/g, (place: string, name: string | undefined) => {
      if (name === undefined) return place[0];
      const index = name === '' ? next++ : (keys?.indexOf(name) ?? Number(name));
      const value = values[index];
      if (value === undefined) throw new LensError('invalid-argument', `TextTemplateInput: the template has a place ${place}, there is no value for it`, `Give one value for each place; there are ${values.length}${keys ? ` (${keys.join(', ')})` : ''}.`);
      return value;
    });
  }

  /** Entries in the order of the values. */
  private inOrder<T>(given: TemplateValues<T>, name: string): T[] {
    const entries = isList(given) ? [...given] : (this.keys ?? []).flatMap((key) => (Object.hasOwn(given, key) ? [given[key]] : []));
    const wanted = this.keys?.length ?? this.values?.length ?? entries.length;
    if (isList(given) === (this.keys === undefined) && entries.length === wanted) return entries;
    throw new LensError('invalid-argument', `TextTemplateInput: ${name} must be ${this.keys ? `an object with ${this.keys.join(', ')}` : `a list of ${wanted}`}, got ${isList(given) ? `a list of ${entries.length}` : `an object with ${Object.keys(given).join(', ') || 'nothing'}`}`);
  }
}

const isList = <T>(values: TemplateValues<T>): values is readonly T[] => Array.isArray(values);
