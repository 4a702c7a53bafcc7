import { isFloat32, toNumbers } from '../../../../tensor';
import type { NodeContext } from '../../nodeContext';

/** The numbers of a list attribute, or of the tensor that newer versions have in its place; undefined when there is none. */
export function numbersOf({ node }: NodeContext, ...names: readonly string[]): number[] | undefined {
  for (const name of names) {
    const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
    if (typeof value === 'object' && 'dtype' in value) return toNumbers(value);
    if (Array.isArray(value)) return value.map(Number);
  }
  return undefined;
}

/** The strings of a list attribute; undefined when there is none. */
export function stringsOf({ node }: NodeContext, name: string): string[] | undefined {
  const value = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'object' && 'dtype' in value && !isFloat32(value) ? Array.from(value.data, String) : undefined;
}

/** {@link numbersOf} a list that must be there, of so many elements where that is known. */
export function requiredNumbers(context: NodeContext, names: readonly string[], length?: number): number[] {
  const values = numbersOf(context, ...names);
  if (!values || (length !== undefined && values.length !== length)) throw context.invalid(`${names[0]} must be a list${length === undefined ? '' : ` of ${length} numbers`}, got ${values ? values.length : 'nothing'}`);
  return values;
}
