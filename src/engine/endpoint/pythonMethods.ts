import type { PythonMethod } from '../../protocol/endpoint';
import { METHODS } from '../attribution/methods';
import { titleOf } from '../presentation/titleOf';

/** The algorithms of the catalogue as Python offers them, the default first. */
export function pythonMethods(): PythonMethod[] {
  return Object.entries(METHODS).map(([name, { description, needs, derivation }]) => ({ name, title: titleOf(name), description, needs, differentiates: derivation !== undefined }));
}
