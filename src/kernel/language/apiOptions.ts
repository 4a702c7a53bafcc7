import table from './apiOptions.json';
import type { ApiOption } from './complete';

/** The options of the attribution API: by class (empty for functions), method and position of the argument. */
export type ApiOptions = Record<string, Record<string, Record<number, ApiOption[]>>>;

/** Read from the API's types; a test sees to it that it is up to date. */
const options: ApiOptions = table;

/** The options that a call of the API takes at an argument; none for other calls. */
export function optionsOf(className: string, method: string, argument: number): readonly ApiOption[] {
  const methods = Object.hasOwn(options, className) ? options[className]! : {};
  const positions = Object.hasOwn(methods, method) ? methods[method]! : {};
  return positions[argument] ?? [];
}
