import type { Attribution } from '../../../src/engine/attribution/attribution';
import { FeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { FeaturePermutation } from '../../../src/engine/attribution/featurePermutation';
import { InputXGradient } from '../../../src/engine/attribution/inputXGradient';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { Occlusion } from '../../../src/engine/attribution/occlusion';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { ShapleyValues } from '../../../src/engine/attribution/shapleyValues';
import { ShapleyValueSampling } from '../../../src/engine/attribution/shapleyValueSampling';
import type { Model } from '../../../src/engine/models/model';
import { kernelShap, lime } from './limeMethods';

/** Makes an algorithm from a model and the constructor's other arguments. */
type Make = (model: Model, options: Readonly<Record<string, unknown>>) => Attribution;

/** The algorithms by Captum's class names. */
export const ATTRIBUTION_METHODS: Readonly<Record<string, Make>> = {
  FeatureAblation: (model) => new FeatureAblation(model),
  FeaturePermutation: (model) => new FeaturePermutation(model),
  InputXGradient: (model) => new InputXGradient(model),
  IntegratedGradients: (model, options) => new IntegratedGradients(model, options),
  KernelShap: kernelShap,
  Lime: lime,
  Occlusion: (model) => new Occlusion(model),
  Saliency: (model) => new Saliency(model),
  ShapleyValues: (model) => new ShapleyValues(model),
  ShapleyValueSampling: (model) => new ShapleyValueSampling(model),
};
