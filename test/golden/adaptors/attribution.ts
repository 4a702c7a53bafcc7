import assert from 'node:assert/strict';
import type { Attribution, AttributionOptions } from '../../../src/engine/attribution/attribution';
import { interpolate, type InterpolateMode } from '../../../src/engine/attribution/layer/interpolate';
import { NoiseTunnel } from '../../../src/engine/attribution/noiseTunnel';
import type { RandomSource } from '../../../src/engine/attribution/random';
import { readTargets } from '../../../src/engine/attribution/targets';
import type { TensorLike } from '../../../src/engine/attribution/tensorLike';
import type { Model } from '../../../src/engine/models/model';
import type { Tensor } from '../../../src/engine/tensor';
import { closeTo, largest, refuses } from '../compare';
import { isTensor, itemsOf, type GoldenCase, type GoldenTensor } from '../goldenFolder';
import { MissingMethod, type Adaptor } from './adaptor';
import { ATTRIBUTION_METHODS } from './attributionMethods';
import { goldenModel, layersOf } from './goldenModel';
import { GRADIENT_METHODS } from './gradientMethods';
import { camelCase, toEngine, toOption, toTarget, type Json } from './options';
import { deviatesOnlyByQuirks, notRefused, type Change } from './quirks';
import { replayOf } from './replay';
import { nearestTo, roundedDifferently } from './rounding';
import { casesLike, siblingOf } from './siblings';

/** Algorithms that attribute to inputs, layers or of neurons: attributions, convergence delta and refusals. */
export const attributionAdaptor: Adaptor = async (golden) => {
  const { json } = golden;
  const inputs = itemsOf(golden.field('inputs') ?? []).map(toEngine);
  const model = await goldenModel(golden);
  const layers = await layersOf(golden);
  const attribute = async (change?: Change, given: readonly TensorLike[] = inputs): Promise<unknown> =>
    algorithmOf(golden, model, layers, change).attribute(json.inputs_is_tuple ? given : given[0], optionsOf(golden, inputs[0].shape[0]));
  requireMethod(golden);
  const different = notRefused(golden);
  if (different) {
    const result = await attribute();
    if (different.quirks.includes('layer_feature_permutation_applies_target_twice')) await selectsTargetOnce(golden, result);
    throw different;
  }
  if (golden.expectedError) return refuses(() => attribute(), golden.expectedError);
  await deviatesOnlyByQuirks(golden, {
    attribute,
    isCaptums: (result, isChanged) => check(isChanged ? withSlack(golden) : golden, result),
    isCaptumsButForRounding: async (result) => {
      const found = [foundOf(golden, result)];
      for (const given of roundedDifferently(inputs)) found.push(foundOf(golden, await attribute(undefined, given)));
      compare(golden, nearestFound(golden, found));
    },
    isPublished: (result) => {
      const sibling = siblingOf(golden);
      if (sibling) check(sibling, result);
    },
  });
};

/**
 * What a target gives where Captum applies it twice and fails: the selected output's part of the attributions of all
 * outputs; and in the cases whose model sums its outputs, Captum's values when the targets' attributions are summed here.
 */
async function selectsTargetOnce(golden: GoldenCase, result: unknown): Promise<void> {
  const run = async (one: GoldenCase, targeted: object): Promise<Tensor<'float32'>> => {
    const inputs = itemsOf(one.field('inputs') ?? []).map(toEngine);
    const { target: _, ...options } = optionsOf(one, inputs[0].shape[0]);
    return (await algorithmOf(one, await goldenModel(one), await layersOf(one)).attribute(inputs, { ...options, ...targeted })) as unknown as Tensor<'float32'>;
  };
  const { shape, data } = result as Tensor<'float32'>;
  const ofAll = await run(golden, {});
  const outputs = ofAll.shape[0] / shape[0];
  const targets = await readTargets(optionsOf(golden, shape[0]).target, [shape[0], outputs], shape[0]);
  assert.ok(outputs > 1 && targets, 'one of several outputs is selected');
  const size = data.length / shape[0];
  const selected = targets.flatMap(([output], example) => Array.from(ofAll.data.subarray((example * outputs + output) * size, (example * outputs + output + 1) * size)));
  closeTo({ shape, data }, { shape: [targets.length, ...ofAll.shape.slice(1)], data: selected }, 1e-6 * largest(ofAll), 'attributions of the target');
  for (const sibling of casesLike(golden, { forward_wrapper: 'sum_rows' })) {
    const unwrapped = { ...sibling, json: { ...sibling.json, forward_wrapper: undefined } };
    const parts: Tensor<'float32'>[] = [];
    for (let target = 0; target < outputs; target++) parts.push(await run(unwrapped, { target }));
    check(sibling, { ...parts[0], data: parts[0].data.map((_, index) => parts.reduce((sum, part) => sum + part.data[index], 0)) });
  }
}

/** What shows that a quirk explains a difference need not be as near as a result. */
const withSlack = (golden: GoldenCase): GoldenCase => ({ ...golden, tolerance: { ...golden.tolerance, atol_f32: 10 * (golden.tolerance.atol_f32 ?? 1e-6) } });

/** What a case found, in the form in which it is expected. */
interface Found {
  readonly attributions: readonly GoldenTensor[];
  readonly deltas: readonly GoldenTensor[];
}

const check = (golden: GoldenCase, result: unknown): void => compare(golden, foundOf(golden, result));

function foundOf({ json }: GoldenCase, result: unknown): Found {
  const { return_convergence_delta: returnsDelta, return_input_shape: returnsInputShape } = (json.call ?? {}) as Json;
  const [attributions, delta] = returnsDelta && Array.isArray(result) ? result : [result, undefined];
  const isOfInputs = json.layer === undefined || json.neuron_selector !== undefined || String(json.wrapped_method).startsWith('Neuron');
  const isList = returnsInputShape === false ? false : isOfInputs ? json.inputs_is_tuple : Array.isArray(json.layer);
  assert.equal(Array.isArray(attributions), isList || false, 'a list is returned exactly for a tuple of inputs or a list of layers');
  const size = interpolationOf(json);
  const parts: readonly Tensor<'float32'>[] = Array.isArray(attributions) ? attributions : [attributions];
  const compared = size ? parts.map((part) => interpolate(part, size.shape, size.mode)) : parts;
  return { attributions: compared, deltas: delta === undefined ? [] : Array.isArray(delta) ? delta : [delta] };
}

/** The values of several runs that are nearest to what is expected. */
function nearestFound(golden: GoldenCase, runs: readonly Found[]): Found {
  const expected = expectedOf(golden);
  const nearest = (part: keyof Found): GoldenTensor[] => expected[part].map((tensor, index) => nearestTo(tensor, runs.map((run) => run[part][index])));
  return { attributions: nearest('attributions'), deltas: nearest('deltas') };
}

function requireMethod({ method, json }: GoldenCase): void {
  const name = String(json.wrapped_method ?? method);
  if (!Object.hasOwn(ATTRIBUTION_METHODS, name) && !Object.hasOwn(GRADIENT_METHODS, name)) throw new MissingMethod(name);
}

function algorithmOf(golden: GoldenCase, model: Model, layers: string | string[], change: Change = (algorithm) => algorithm): Attribution {
  const { json, method } = golden;
  const name = String(json.wrapped_method ?? method);
  const options = { ...camelCase(golden.field('constructor') as Json), ...(json.lrp_rules ? { rules: rulesOf(golden.field('lrp_rules') as Json) } : {}) };
  const algorithm = change(
    Object.hasOwn(GRADIENT_METHODS, name)
      ? GRADIENT_METHODS[name](model, { options, layers, layer: typeof layers === 'string' ? layers : layers[0] })
      : ATTRIBUTION_METHODS[name](model, options),
  );
  return method === 'NoiseTunnel' ? (new NoiseTunnel(algorithm) as unknown as Attribution) : algorithm;
}

/** `LayerAttribution.interpolate(attr, (50, 50), interpolate_mode="bicubic")` in a note: what the result went through. */
function interpolationOf({ notes }: GoldenCase['json']): { shape: number[]; mode: InterpolateMode } | undefined {
  const found = Array.isArray(notes) ? notes.map((note) => /interpolate\(attr, \(([\d, ]+)\), interpolate_mode="(\w+)"\)/.exec(String(note))).find(Boolean) : undefined;
  return found ? { shape: found[1].split(',').map(Number), mode: found[2] as InterpolateMode } : undefined;
}

/** `{ fc1: { rule: 'GammaRule', args: { gamma: 0.25 } } }` in our form. */
const rulesOf = (rules: Json): Record<string, unknown> =>
  Object.fromEntries(Object.entries(rules as Readonly<Record<string, Json>>).map(([layer, { rule, args }]) => [layer, { rule, ...camelCase((args ?? {}) as Json) }]));

/**
 * Stable cases are compared with Captum's float32 run. In unstable ones float32 runs differ by ties and kinks: they are
 * compared with the float64 run, at the same tolerance, which is a small multiple of what Captum's own runs differ by.
 */
function expectedOf(golden: GoldenCase): Found {
  const { attributions, delta = null } = golden.field(golden.tolerance.unstable ? 'expected_f64' : 'expected') as Json;
  return { attributions: itemsOf(attributions).filter(isTensor), deltas: itemsOf(delta).filter(isTensor) };
}

function compare(golden: GoldenCase, { attributions, deltas }: Found): void {
  const expected = expectedOf(golden);
  assert.equal(attributions.length, expected.attributions.length, 'the number of attributions');
  assert.equal(deltas.length, expected.deltas.length, 'a convergence delta is returned exactly when it is asked for');
  for (const [index, part] of expected.attributions.entries()) closeTo(attributions[index], part, toleranceFor(golden, part), `attributions ${index}`);
  for (const [index, delta] of expected.deltas.entries()) closeTo(deltas[index], delta, deltaToleranceOf(golden), 'convergence delta');
}

/**
 * Deltas are differences of large sums: 1e-5 of the largest output, or six times what Captum's own two runs differ by, as
 * `atol_f32` is. In unstable cases a kink changes several attributions, which the delta sums: twice that.
 */
function deltaToleranceOf(golden: GoldenCase): number {
  const rounding = Math.max(1e-5 * largestOutput(golden), golden.tolerance.unstable ? 2 * (golden.tolerance.atol_f32 ?? 0) : 0);
  const [single, double] = ['expected', 'expected_f64'].map((run) => itemsOf(((golden.field(run) ?? {}) as Json).delta ?? null).filter(isTensor));
  return Math.max(rounding, ...double.map((delta, index) => 6 * largest({ shape: delta.shape, data: Array.from(delta.data, (value, place) => value - single[index].data[place]) })));
}

const largestOutput = ({ tensors }: GoldenCase): number => Math.max(...Object.entries(tensors).map(([name, tensor]) => (name.startsWith('forward_f64.') ? largest(tensor) : 0)));

/**
 * A case's own tolerance, six times what PyTorch's float32 run differs from its float64 run by, but for three.
 *
 * - DeepLift and LRP divide by differences of activations and by sums that may be small, and the executors' activations
 *   are not as near to the true values as PyTorch's (Tanh within 2.2e-7 on ONNX Runtime, 0.8e-7 on TensorFlow.js, 0.3e-7
 *   there): three times as much.
 * - Captum sums the 2^m terms of Shapley values in float32, in its float64 run too, so that the two runs do not show what
 *   that rounds: up to 5e-6 of the largest value, where ours are within 1e-7 of the exact ones.
 * - The variance of perturbed outputs (vargrad) is a difference of squares of the outputs' size: their rounding.
 */
function toleranceFor(golden: GoldenCase, expected: GoldenTensor): number {
  const { method, tolerance, json } = golden;
  const given = tolerance.atol_f32 ?? 1e-6 + 1e-4 * largest(expected);
  if (/DeepLift|LRP/.test(method)) return 3 * given;
  if (method === 'ShapleyValues') return Math.max(given, 1e-5 * largest(expected));
  const { nt_type: type } = (json.noise_tunnel_call ?? {}) as Json;
  const perturbs = /Ablation|Permutation|Occlusion|Shapley/.test(String(json.wrapped_method));
  return perturbs && type === 'vargrad' ? Math.max(given, 2 ** -23 * largestOutput(golden) ** 2) : given;
}

function optionsOf(golden: GoldenCase, examples: number): AttributionOptions & { returnConvergenceDelta?: true; returnInputShape?: boolean; seed?: RandomSource } {
  const { target, ...others } = (golden.field('call') ?? {}) as Json;
  const selector = golden.field('neuron_selector');
  const seed = replayOf(golden);
  return {
    ...camelCase(others),
    ...camelCase((golden.field('noise_tunnel_call') ?? {}) as Json),
    ...(target === undefined ? {} : { target: toTarget(target, examples) }),
    ...(selector !== undefined ? { neuronSelector: toOption(selector) } : {}),
    ...(seed ? { seed } : {}),
  };
}
