import assert from 'node:assert/strict';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import type { Baselines } from '../../../src/engine/attribution/baselines';
import { infidelity, infidelityPerturbFuncDecorator } from '../../../src/engine/metrics/infidelity';
import { sensitivityMax } from '../../../src/engine/metrics/sensitivityMax';
import type { Model } from '../../../src/engine/models/model';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { closeTo, largest } from '../compare';
import { isTensor, itemsOf, type GoldenCase, type GoldenValue } from '../goldenFolder';
import { MissingMethod, type Adaptor } from './adaptor';
import { ATTRIBUTION_METHODS } from './attributionMethods';
import { goldenModel } from './goldenModel';
import { GRADIENT_METHODS } from './gradientMethods';
import { camelCase, toOption, toTarget, type Json } from './options';

/** Infidelity, with the recorded noise taken away from the inputs. */
export const infidelityAdaptor: Adaptor = async (golden) => {
  const { target, n_perturb_samples: nPerturbSamples, normalize, max_examples_per_batch: maxExamplesPerBatch, baselines, decorated_multiply_by_inputs: decorated } = golden.field('call') as Json;
  const noise = noiseOf(golden);
  const perturb = (inputs: readonly Tensor<'float32'>[]): { perturbations: Tensor<'float32'>[]; inputs: Tensor<'float32'>[] } => {
    const perturbations = inputs.map(noise);
    return { perturbations, inputs: inputs.map(({ data, shape }, input) => float32(data.map((value, index) => value - perturbations[input].data[index]), shape)) };
  };
  const perturbFunc = typeof decorated === 'boolean' ? infidelityPerturbFuncDecorator({ multiplyByInputs: decorated })((inputs) => perturb(inputs).inputs) : perturb;
  const inputs = tensorsOf(golden.field('inputs'));
  const scores = await infidelity(await goldenModel(golden), perturbFunc, inputs, tensorsOf(golden.field('attributions')), {
    target: toTarget(target ?? null, inputs[0].shape[0]),
    nPerturbSamples: Number(nPerturbSamples),
    normalize: normalize === true,
    maxExamplesPerBatch: maxExamplesPerBatch as number | null,
    baselines: baselines === undefined ? undefined : (toOption(baselines) as Baselines),
  });
  compare(golden, scores);
};

/** Maximum sensitivity, with the recorded noise added to the inputs. */
export const sensitivityMaxAdaptor: Adaptor = async (golden) => {
  const { method, kwargs, n_perturb_samples: nPerturbSamples, perturb_radius: perturbRadius, norm_ord: normOrd, max_examples_per_batch: maxExamplesPerBatch } = golden.field('call') as Json;
  const noise = noiseOf(golden);
  const perturbFunc = (inputs: readonly Tensor<'float32'>[]): Tensor<'float32'>[] =>
    inputs.map((input, index) => {
      const added = noise(input, index);
      return float32(input.data.map((value, place) => value + added.data[place]), input.shape);
    });
  const algorithm = methodOf(String(method), await goldenModel(golden));
  const inputs = tensorsOf(golden.field('inputs'));
  const { target, ...others } = kwargs as Json;
  const options = { ...camelCase(others), ...(target === undefined ? {} : { target: toTarget(target, inputs[0].shape[0]) }) };
  const settings = { perturbFunc, nPerturbSamples: Number(nPerturbSamples), perturbRadius: Number(perturbRadius), normOrd: normOrd as number | 'fro', maxExamplesPerBatch: maxExamplesPerBatch as number | null };
  compare(golden, await sensitivityMax((inputs, given) => algorithm.attribute(inputs, given), inputs, settings, options));
};

function methodOf(name: string, model: Model): Attribution {
  if (Object.hasOwn(ATTRIBUTION_METHODS, name)) return ATTRIBUTION_METHODS[name](model, {});
  if (Object.hasOwn(GRADIENT_METHODS, name)) return GRADIENT_METHODS[name](model, { options: {}, layers: '', layer: '' });
  throw new MissingMethod(name);
}

/** The recorded noise in call order; each must have the shape of what it is drawn for. */
function noiseOf(golden: GoldenCase): (input: Tensor, index: number) => Tensor<'float32'> {
  const recorded = tensorsOf(golden.field('noise'));
  return ({ shape }) => {
    const next = recorded.shift();
    assert.deepEqual(next?.shape, [...shape], 'the shape of the noise');
    return next;
  };
}

function compare(golden: GoldenCase, scores: unknown): void {
  const expected = golden.field('expected');
  assert.ok(isTensor(expected));
  const score = Array.isArray(scores) ? scores[0] : scores;
  closeTo(score, expected, golden.tolerance.atol_f32 ?? 1e-6 + 1e-4 * largest(expected), golden.method);
}

const tensorsOf = (value: GoldenValue | undefined): Tensor<'float32'>[] => itemsOf(value ?? []).map(toFloats);

function toFloats(value: GoldenValue): Tensor<'float32'> {
  assert.ok(isTensor(value), 'a tensor is expected');
  return float32(Float32Array.from(value.data), [...value.shape]);
}
