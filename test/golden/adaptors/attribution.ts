import assert from 'node:assert/strict';
import type { AttributionOptions } from '../../../src/engine/attribution/attribution';
import type { RandomSource } from '../../../src/engine/attribution/random';
import { castTo, type TensorLike } from '../../../src/engine/attribution/tensorLike';
import type { DataType, Tensor } from '../../../src/engine/tensor';
import { closeTo, largest, refuses } from '../compare';
import { isTensor, itemsOf, Tuple, type GoldenCase, type GoldenTensor, type GoldenValue } from '../goldenFolder';
import { MissingMethod, type Adaptor } from './adaptor';
import { ATTRIBUTION_METHODS } from './attributionMethods';
import { goldenModel } from './goldenModel';
import { replayOf } from './replay';

type Json = Readonly<Record<string, GoldenValue>>;

/** Algorithms that attribute to the inputs: attributions, convergence delta and refusals. */
export const attributionAdaptor: Adaptor = async (golden) => {
  if (!Object.hasOwn(ATTRIBUTION_METHODS, golden.method)) throw new MissingMethod(golden.method);
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toEngine);
  const call = optionsOf(golden.field('call') as Json, inputs[0].shape[0]);
  const model = await goldenModel(golden);
  const attribute = (): Promise<unknown> => {
    const algorithm = ATTRIBUTION_METHODS[golden.method](model, camelCase(golden.field('constructor') as Json));
    const seed = replayOf(golden);
    return algorithm.attribute(golden.json.inputs_is_tuple ? inputs : inputs[0], seed ? { ...call, seed } : call);
  };
  if (golden.expectedError) return refuses(attribute, golden.expectedError);
  const result = await attribute();
  const [attributions, delta] = call.returnConvergenceDelta && Array.isArray(result) ? result : [result, undefined];
  assert.equal(Array.isArray(attributions), golden.json.inputs_is_tuple, 'a tuple is returned exactly for a tuple');
  compare(golden, Array.isArray(attributions) ? attributions : [attributions], delta);
};

/**
 * Stable cases are compared with Captum's float32 run. In unstable ones float32 runs differ by ties and kinks: they are
 * compared with the float64 run, at the same tolerance, which is a small multiple of what Captum's own runs differ by.
 */
function compare(golden: GoldenCase, attributions: readonly GoldenTensor[], delta: GoldenTensor | undefined): void {
  const expected = golden.field(golden.tolerance.unstable ? 'expected_f64' : 'expected') as Json;
  const parts = itemsOf(expected.attributions).filter(isTensor);
  assert.equal(attributions.length, parts.length, 'the number of attributions');
  for (const [index, part] of parts.entries()) closeTo(attributions[index], part, golden.tolerance.atol_f32 ?? 1e-6 + 1e-4 * largest(part), `attributions of input ${index}`);
  assert.equal(delta === undefined, !isTensor(expected.delta), 'a convergence delta is returned exactly when it is asked for');
  if (!delta || !isTensor(expected.delta)) return;
  const outputs = Object.entries(golden.tensors).filter(([name]) => name.startsWith('forward_f64.'));
  closeTo(delta, expected.delta, 1e-5 * Math.max(...outputs.map(([, tensor]) => largest(tensor))), 'convergence delta');
}

function optionsOf(call: Json, examples: number): AttributionOptions & { returnConvergenceDelta?: true; seed?: RandomSource } {
  const { target, ...others } = call;
  return { ...camelCase(others), ...(target === undefined ? {} : { target: targetOf(target, examples) }) };
}

/** A tuple selects the same output of all examples: written out for each of them. */
function targetOf(target: GoldenValue, examples: number): AttributionOptions['target'] {
  const plain = toOption(target) as AttributionOptions['target'];
  return target instanceof Tuple ? Array.from({ length: examples }, () => plain as number[]) : plain;
}

const camelCase = (options: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), toOption(value)]));

function toOption(value: GoldenValue): unknown {
  if (isTensor(value)) return toEngine(value);
  if (value instanceof Tuple || Array.isArray(value)) return itemsOf(value).map(toOption);
  return value;
}

function toEngine(value: GoldenValue): Tensor & TensorLike {
  assert.ok(isTensor(value), 'a tensor is expected');
  const dtypes: Readonly<Record<string, DataType>> = { float64: 'float32', int64: 'int64', int32: 'int32', uint8: 'bool' };
  return castTo(value, dtypes[value.dtype ?? ''] ?? 'float32', 'golden tensor');
}
