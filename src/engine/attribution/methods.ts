import { LensError } from '../../protocol/errors';
import type { OutputCapabilities } from '../../protocol/renderer';
import type { ModelSource } from '../models/modelOf';
import { titleOf } from '../presentation/format';
import { sizeOf, type Tensor } from '../tensor';
import type { Attribution } from './attribution';
import { DeepLift } from './deepLift';
import { FeatureAblation } from './featureAblation';
import { InputXGradient } from './inputXGradient';
import { IntegratedGradients } from './integratedGradients';
import { KernelShap } from './kernelShap';
import { Lime } from './lime';
import { LRP } from './lrp';
import { Deconvolution, GuidedBackprop } from './reluOverride';
import { Saliency } from './saliency';
import { ShapleyValueSampling } from './shapleyValueSampling';

/** Options as they are recorded and sent: plain values by name. */
export type PlainOptions = Readonly<Record<string, string | number | boolean>>;

interface Method {
  readonly description: string;
  /** With more input elements than this it takes too many passes to be offered without a feature mask. Default: no limit. */
  readonly mostElements?: number;
  /** Makes the algorithm; of the options it takes those of the constructor. */
  make(model: ModelSource, options: PlainOptions): Attribution;
}

/** The algorithms that can be chosen by name, the default first. */
const METHODS: Readonly<Record<string, Method>> = {
  IntegratedGradients: {
    description: 'Gradients summed along the path from a baseline to the input; they add up to the change of the output.',
    make: (model, { multiplyByInputs }) => new IntegratedGradients(model, { multiplyByInputs: multiplyByInputs !== false }),
  },
  Saliency: { description: 'How strongly the output reacts to a small change of each input.', make: (model) => new Saliency(model) },
  InputXGradient: { description: 'The gradient times the input: one step, without a baseline.', make: (model) => new InputXGradient(model) },
  DeepLift: {
    description: 'Differences from a baseline, handed back layer by layer; one pass, and the attributions add up.',
    make: (model, { multiplyByInputs }) => new DeepLift(model, { multiplyByInputs: multiplyByInputs !== false }) as Attribution,
  },
  GuidedBackprop: { description: 'The gradient, of which ReLUs let back what excites the output; sharp pictures of what convolutions see.', make: (model) => new GuidedBackprop(model) as Attribution },
  Deconvolution: { description: 'As Guided Backprop, whatever the input of a ReLU was.', make: (model) => new Deconvolution(model) as Attribution },
  LRP: { description: 'The output, handed back layer by layer in proportion to each contribution; one pass, for models of usual layers.', make: (model) => new LRP(model) as Attribution },
  FeatureAblation: { description: 'What the output loses when an input is replaced by the baseline; needs no gradients, one pass for each input.', mostElements: 2000, make: (model) => new FeatureAblation(model) as Attribution },
  ShapleyValueSampling: { description: 'What an input adds to the output, on average over random orders of adding inputs; many passes.', mostElements: 200, make: (model) => new ShapleyValueSampling(model) as Attribution },
  Lime: { description: 'The coefficients of a sparse linear model fitted to random variants of the input.', mostElements: 1000, make: (model) => new Lime(model) as Attribution },
  KernelShap: { description: 'Shapley values by a linear regression on random variants of the input.', mostElements: 1000, make: (model) => new KernelShap(model) as Attribution },
};

export const DEFAULT_METHOD = 'IntegratedGradients';

/** What menus show of the algorithms: those that are practical for these inputs, where they are known. */
export function methodChoices(inputs: readonly Tensor[] = []): OutputCapabilities['methods'] {
  const elements = inputs.reduce((sum, { shape }) => sum + sizeOf(shape.slice(1)), 0);
  return Object.entries(METHODS)
    .filter(([, { mostElements = Infinity }]) => elements <= mostElements)
    .map(([name, { description }]) => ({ name, title: titleOf(name), description }));
}

/** @throws LensError `not-found` with the names that there are. */
export function makeMethod(name: string, model: ModelSource, options: PlainOptions = {}): Attribution {
  if (Object.hasOwn(METHODS, name)) return METHODS[name].make(model, options);
  throw new LensError('not-found', `There is no method '${name}'`, `Choose one of ${Object.keys(METHODS).join(', ')}.`);
}
