import assert from 'node:assert/strict';
import { FGSM, type FGSMOptions } from '../../../src/engine/robust/fgsm';
import type { AttackConstruction, AttackOptions } from '../../../src/engine/robust/gradientAttack';
import { MinParamPerturbation, type MinParamPerturbationMode } from '../../../src/engine/robust/minParamPerturbation';
import { PGD, type PGDOptions } from '../../../src/engine/robust/pgd';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { closeTo, refuses } from '../compare';
import { isTensor, itemsOf, type GoldenCase, type GoldenValue } from '../goldenFolder';
import type { Adaptor } from './adaptor';
import { goldenModel } from './goldenModel';
import { toTarget, type Json } from './options';
import { replayOf } from './replay';

const CROSS_ENTROPY = 'cross_entropy(reduction=none)';

/** The fast gradient sign method. */
export const fgsmAdaptor: Adaptor = (golden) =>
  compare(golden, async (inputs) => {
    const { epsilon } = golden.field('call') as Json;
    const options: FGSMOptions = { ...optionsOf(golden), epsilon: Number(epsilon) };
    return new FGSM(await goldenModel(golden), constructionOf(golden)).perturb(inputs, options);
  });

/** Projected gradient descent. */
export const pgdAdaptor: Adaptor = (golden) =>
  compare(golden, async (inputs) => {
    const { radius, step_size: stepSize, step_num: stepNum, norm, random_start: randomStart } = golden.field('call') as Json;
    const options: PGDOptions = { ...optionsOf(golden), radius: Number(radius), stepSize: Number(stepSize), stepNum: Number(stepNum), randomStart: randomStart === true, seed: replayOf(golden) };
    return new PGD(await goldenModel(golden), constructionOf(golden)).perturb(inputs, norm === undefined ? options : { ...options, norm: norm as PGDOptions['norm'] });
  });

/** The least epsilon of the fast gradient sign method that makes the model wrong. */
export const minParamPerturbationAdaptor: Adaptor = async (golden) => {
  const { json } = golden;
  const attack = /^FGSM (negative log|cross_entropy\(reduction=none\)), (un)?targeted$/.exec(String(json.attack));
  assert.ok(attack && json.arg_name === 'epsilon', 'an attack that is known here');
  const model = await goldenModel(golden);
  const target = toTarget(golden.field('target') ?? null, examplesOf(golden));
  const search = new MinParamPerturbation(model, new FGSM(model, { lossFunc: attack[1] === CROSS_ENTROPY ? 'cross_entropy' : 'negative_log' }), {
    argName: 'epsilon',
    argMin: Number(json.arg_min),
    argMax: Number(json.arg_max),
    argStep: Number(json.arg_step),
    mode: json.mode as MinParamPerturbationMode,
  });
  const [perturbed, value] = await search.evaluate(itemsOf(golden.field('inputs') ?? []).map(toFloats), { target, attackKwargs: { target, targeted: attack[2] === undefined } });
  const expected = golden.field('expected_input') ?? null;
  if (expected === null || perturbed === null) return assert.deepEqual([perturbed, value], [expected, json.expected_param]);
  const tolerance = golden.tolerance.atol_f32 ?? 1e-5;
  assert.ok(Math.abs(value - Number(json.expected_param)) <= tolerance, `the parameter is ${value}, expected ${String(json.expected_param)}`);
  for (const [index, part] of itemsOf(expected).filter(isTensor).entries()) closeTo(perturbed[index], part, tolerance, `input ${index}`);
};

async function compare(golden: GoldenCase, perturb: (inputs: Tensor<'float32'>[]) => Promise<readonly Tensor<'float32'>[]>): Promise<void> {
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toFloats);
  if (golden.expectedError) return refuses(() => perturb(inputs), golden.expectedError);
  const perturbed = await perturb(inputs);
  const expected = itemsOf(golden.field('expected') ?? []).filter(isTensor);
  assert.equal(perturbed.length, expected.length, 'the number of perturbed inputs');
  for (const [index, part] of expected.entries()) closeTo(perturbed[index], part, golden.tolerance.atol_f32 ?? 1e-6, `input ${index}`);
}

function constructionOf(golden: GoldenCase): AttackConstruction {
  const { loss_func: loss, lower_bound: lowerBound, upper_bound: upperBound } = golden.field('constructor') as Json;
  assert.ok(loss === null || loss === CROSS_ENTROPY, 'a loss that is known here');
  return { lossFunc: loss === null ? 'negative_log' : 'cross_entropy', ...(typeof lowerBound === 'number' ? { lowerBound } : {}), ...(typeof upperBound === 'number' ? { upperBound } : {}) };
}

function optionsOf(golden: GoldenCase): AttackOptions {
  const { target, targeted, mask, additional_forward_args: others } = golden.field('call') as Json;
  const additionalForwardArgs = itemsOf(others ?? []).filter(isTensor).map(toFloats);
  return { target: toTarget(target ?? null, examplesOf(golden)), targeted: targeted === true, ...(additionalForwardArgs.length > 0 ? { additionalForwardArgs } : {}), ...(mask === undefined || mask === null ? {} : { mask: itemsOf(mask).map(toFloats) }) };
}

const examplesOf = (golden: GoldenCase): number => itemsOf(golden.field('inputs') ?? []).filter(isTensor)[0].shape[0];

function toFloats(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), value.shape);
}
