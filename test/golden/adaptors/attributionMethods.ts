import type { Attribution } from '../../../src/engine/attribution/attribution';
import { InputXGradient } from '../../../src/engine/attribution/inputXGradient';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { Saliency } from '../../../src/engine/attribution/saliency';
import type { Model } from '../../../src/engine/models/model';

/** Makes an algorithm from a model and the constructor's other arguments. */
type Make = (model: Model, options: Readonly<Record<string, unknown>>) => Attribution;

/** The algorithms by Captum's class names. */
export const ATTRIBUTION_METHODS: Readonly<Record<string, Make>> = {
  InputXGradient: (model) => new InputXGradient(model),
  IntegratedGradients: (model, options) => new IntegratedGradients(model, options),
  Saliency: (model) => new Saliency(model),
};
