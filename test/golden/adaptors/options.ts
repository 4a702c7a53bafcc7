import assert from 'node:assert/strict';
import type { CustomAttributionFunc } from '../../../src/engine/attribution/deepLift';
import type { Target } from '../../../src/engine/attribution/targets';
import { castTo, type TensorLike } from '../../../src/engine/attribution/tensorLike';
import { float32, type DataType, type Tensor } from '../../../src/engine/tensor';
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

/** What a custom_attribution_func makes of a multiplier, an input and its baseline, by its description. */
const CUSTOM: Readonly<Record<string, (multiplier: number, x: number, baseline: number) => number>> = {
  multipliers: (multiplier) => multiplier,
  'multipliers*inputs': (multiplier, x) => multiplier * x,
  'multipliers*(inputs-baselines)': (multiplier, x, baseline) => multiplier * (x - baseline),
};

/** `multipliers*inputs (baseline not subtracted)` and the like; the remark does not count. */
function callableOf(text: string): CustomAttributionFunc {
  const formula = text.replace(/ \([a-z ]+\)$/, '').replace(/\s/g, '');
  assert.ok(Object.hasOwn(CUSTOM, formula), `a function that is known here: ${text}`);
  return (multipliers, inputs, baselines) => multipliers.map(({ shape, data }, index) => float32(data.map((value, place) => CUSTOM[formula](value, inputs[index].data[place], baselines[index].data[place])), shape));
}
