import assert from 'node:assert/strict';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import { SkLearnLasso, SkLearnLinearRegression, SkLearnRidge, type InterpretableModel } from '../../../src/engine/attribution/interpretableModel';
import { KernelShap } from '../../../src/engine/attribution/kernelShap';
import { Lime, type FeatureSampler } from '../../../src/engine/attribution/lime';
import { getExpKernelSimilarityFunction, type KernelOptions } from '../../../src/engine/attribution/similarity';
import type { Model } from '../../../src/engine/models/model';
import type { Replay } from './replay';

const INTERPRETABLE_MODELS: Readonly<Record<string, new (options: { alpha?: number }) => InterpretableModel>> = { SkLearnLasso, SkLearnLinearRegression, SkLearnRidge };

const recorded: FeatureSampler = (features, random) => (random as Replay).interpretableSamples(features);

/** `["SkLearnRidge", { alpha: 0.3 }]` and `{ distance_mode: "euclidean", kernel_width: 2 }` in the constructor's arguments. */
export function lime(model: Model, { interpretableModel, similarityFunc }: Readonly<Record<string, unknown>>): Attribution {
  return new Lime(model, {
    perturbFunc: recorded,
    ...(interpretableModel === undefined ? {} : { interpretableModel: interpretableModelOf(interpretableModel) }),
    ...(similarityFunc === undefined ? {} : { similarityFunc: getExpKernelSimilarityFunction(kernelOf(similarityFunc)) }),
  }) as Attribution;
}

export const kernelShap = (model: Model): Attribution => new KernelShap(model, { perturbFunc: recorded }) as Attribution;

function interpretableModelOf(given: unknown): InterpretableModel {
  assert.ok(Array.isArray(given) && Object.hasOwn(INTERPRETABLE_MODELS, String(given[0])), 'an interpretable model that is known here');
  return new INTERPRETABLE_MODELS[String(given[0])](given[1] as { alpha?: number });
}

function kernelOf(given: unknown): KernelOptions {
  const { distance_mode: distanceMode, kernel_width: kernelWidth } = given as { distance_mode?: KernelOptions['distanceMode']; kernel_width?: number };
  return { distanceMode, kernelWidth };
}
