import assert from 'node:assert/strict';
import type { RandomSource } from '../../../src/engine/attribution/random';
import { BinaryConcreteStochasticGates } from '../../../src/engine/module/binaryConcreteStochasticGates';
import { GaussianStochasticGates } from '../../../src/engine/module/gaussianStochasticGates';
import type { StochasticGates } from '../../../src/engine/module/stochasticGates';
import { float32, int64, sizeOf, type Tensor } from '../../../src/engine/tensor';
import { closeTo } from '../compare';
import { isTensor, itemsOf, type GoldenCase } from '../goldenFolder';
import type { Adaptor } from './adaptor';

/** Stochastic gates while training, with the recorded noise, and not. */
export const stochasticGatesAdaptor: Adaptor = async (golden) => {
  const gates = gatesOf(golden);
  const [input] = itemsOf(golden.field('inputs') ?? []).filter(isTensor);
  const x = float32(Float32Array.from(input.data), input.shape);
  const check = (actual: Tensor<'float32'>, field: string): void => closeTo(actual, golden.tensors[field], golden.tolerance.atol_f32 ?? 1e-6, field);
  const [gated, reg] = await gates.forward(x);
  check(gated, 'expected_train_output');
  check(reg, 'expected_train_reg');
  gates.training = false;
  const [gatedByMeans, regOfMeans] = await gates.forward(x);
  check(gatedByMeans, 'expected_eval_output');
  check(regOfMeans, 'expected_eval_reg');
  check(gates.getGateValues(), 'expected_gate_values');
  check(gates.getGateValues({ clamp: false }), 'expected_gate_values_unclamped');
  check(gates.getGateActiveProbs(), 'expected_active_probs');
};

function gatesOf({ method, json, tensors }: GoldenCase): StochasticGates {
  const noise = Array.from(tensors.train_noise.data);
  const next = (count: number): number[] => {
    assert.ok(count <= noise.length, 'no more noise is drawn than recorded');
    return noise.splice(0, count);
  };
  const seed: RandomSource = { uniform: next, normal: (shape) => next(sizeOf(shape)), choice: () => [], permutation: () => [] };
  const known: Readonly<Record<string, string>> = { reg_weight: 'regWeight', reg_reduction: 'regReduction', temperature: 'temperature', lower_bound: 'lowerBound', upper_bound: 'upperBound', eps: 'eps', std: 'std' };
  const options = Object.fromEntries(Object.entries(known).flatMap(([field, option]) => (json[field] === undefined ? [] : [[option, json[field]]])));
  const mask = tensors.mask && int64(tensors.mask.data, tensors.mask.shape);
  const Gates = method === 'GaussianStochasticGates' ? GaussianStochasticGates : BinaryConcreteStochasticGates;
  return new Gates(tensors.parameter.data.length, { ...options, mask, parameter: tensors.parameter.data, seed });
}
