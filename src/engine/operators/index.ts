import { identity } from './identity';
import type { Operator } from './operator';

/** Every operator, in alphabetical order. */
export const operators: readonly Operator[] = [identity];
