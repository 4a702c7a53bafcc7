import { sizeOf } from '../../../tensor';
import { MAX_RANK } from '../limits';
import { isObject } from '../settings';

/** Numbers that a call holds: one, lists of them within each other, or an array as Keras 3 writes it. Undefined for all else. */
export function plainNumbers(plain: unknown): { values: number[]; shape: number[] } | undefined {
  const isArray = isObject(plain) && (plain.class_name === '__numpy__' || plain.class_name === '__tensor__') && isObject(plain.config);
  const value: unknown = isArray && isObject(plain.config) ? plain.config.value : plain;
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner) && shape.length <= MAX_RANK; inner = inner[0]) shape.push(inner.length);
  if (shape.length > MAX_RANK || shape.includes(0)) return undefined;
  const values: unknown[] = [value].flat(shape.length + 1);
  const isRegular = (part: unknown, depth: number): boolean => (depth === shape.length ? isNumber(part) : Array.isArray(part) && part.length === shape[depth] && part.every((each) => isRegular(each, depth + 1)));
  return isRegular(value, 0) && values.length === sizeOf(shape) ? { values: values.filter(isNumber), shape } : undefined;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
