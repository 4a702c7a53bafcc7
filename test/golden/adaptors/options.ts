import assert from 'node:assert/strict';
import type { CustomAttributionFunc } from '../../../src/engine/attribution/deepLift';
import type { Target } from '../../../src/engine/attribution/targets';
import { castTo, type TensorLike } from '../../../src/engine/attribution/tensorLike';
import type { DataType, Tensor } from '../../../src/engine/tensor';
import { isTensor, itemsOf, Tuple, type GoldenValue } from '../goldenFolder';

export type Json = Readonly<Record<string, GoldenValue>>;

/** Captum's arguments as our options: names in camel case, values as {@link toOption} reads them. */
export const camelCase = (options: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), toOption(value)]));

/** A value of a case as an option of ours: tuples and lists as lists, functions by their description. */
export function toOption(value: GoldenValue): unknown {
  if (isTensor(value)) return toEngine(value);
  if (value instanceof Tuple || Array.isArray(value)) return itemsOf(value).map(toOption);
  if (typeof value === 'object' && value !== null && 'callable' in value) return callableOf(String(value.callable));
  return value;
}

/** A target of a case. A tuple selects the same output of all examples: written out for each of them. */
export function toTarget(target: GoldenValue, examples: number): Target {
  const plain = toOption(target) as Target;
  return target instanceof Tuple ? Array.from({ length: examples }, () => plain as number[]) : plain;
}

/** A tensor of a case in the types of our models. */
export function toEngine(value: GoldenValue): Tensor & TensorLike {
  assert.ok(isTensor(value), 'a tensor is expected');
  const dtypes: Readonly<Record<string, DataType>> = { float64: 'float32', int64: 'int64', int32: 'int32', uint8: 'bool' };
  return castTo(value, dtypes[value.dtype ?? ''] ?? 'float32', 'golden tensor');
}

/** `multipliers*inputs (baseline not subtracted)` and the like. */
function callableOf(text: string): unknown {
  assert.match(text, /^multipliers\*inputs/, 'a function that is known here');
  const custom: CustomAttributionFunc = (multipliers, inputs) => multipliers.map((multiplier, index) => ({ ...multiplier, data: multiplier.data.map((value, place) => value * inputs[index].data[place]) }));
  return custom;
}
