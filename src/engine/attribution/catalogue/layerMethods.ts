import type { Attribution } from '../attribution';
import { LayerDeepLift } from '../deepLift';
import { LayerDeepLiftShap } from '../deepLiftShap';
import { LayerGradientShap } from '../gradientShap';
import { LayerIntegratedGradients } from '../integratedGradients';
import { InternalInfluence } from '../layer/internalInfluence';
import { LayerActivation } from '../layer/layerActivation';
import { LayerConductance } from '../layer/layerConductance';
import { LayerFeatureAblation } from '../layer/layerFeatureAblation';
import { LayerFeaturePermutation } from '../layer/layerFeaturePermutation';
import { LayerGradCam } from '../layer/layerGradCam';
import { LayerGradientXActivation } from '../layer/layerGradientXActivation';
import { LayerLRP, LRP_BY_DEFAULT } from '../lrp';
import { PLAIN } from '../modelFunction';
import { deepLiftSettings, layersOf, lrpSettings, multiplies } from './construction';
import { needsSeveralExamples, type Methods } from './method';

const needs = 'layer';

/** The algorithms that attribute to a layer. */
export const LAYER_METHODS: Methods = {
  LayerActivation: { description: 'The values of a layer: what it computes for this input.', needs, rows: () => ({ forward: 1 }), make: (model, options) => new LayerActivation(model, layersOf(options)) as Attribution },
  LayerGradientXActivation: {
    description: 'The values of a layer times the gradients of the output there.',
    needs,
    derivation: PLAIN,
    rows: () => ({ gradient: 1 }),
    make: (model, options) => new LayerGradientXActivation(model, layersOf(options), multiplies(options)) as Attribution,
  },
  LayerGradCam: {
    description: 'Where a convolution saw the class: coarse and robust, in one pass.',
    needs,
    derivation: PLAIN,
    rows: () => ({ gradient: 1 }),
    make: (model, options) => new LayerGradCam(model, layersOf(options)) as Attribution,
  },
  LayerIntegratedGradients: {
    description: 'Integrated Gradients between a layer\'s values; takes token ids, too.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 50 }),
    make: (model, options) => new LayerIntegratedGradients(model, layersOf(options), multiplies(options)) as Attribution,
  },
  LayerConductance: {
    description: 'How much of the change of the output flows through each neuron of a layer.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 51 }),
    make: (model, options) => new LayerConductance(model, layersOf(options)) as Attribution,
  },
  InternalInfluence: {
    description: 'The gradient at a layer, averaged on the way from the baseline to the input.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 50 }),
    make: (model, options) => new InternalInfluence(model, layersOf(options)) as Attribution,
  },
  LayerDeepLift: {
    description: 'DeepLift up to a layer: its share of the change against a baseline.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 2 }),
    make: (model, options) => new LayerDeepLift(model, layersOf(options), deepLiftSettings(options)) as Attribution,
  },
  LayerDeepLiftShap: {
    description: 'The mean of DeepLift at a layer over several baselines.',
    needs,
    derivation: PLAIN,
    baselines: 'distribution',
    rows: ({ distribution }) => ({ gradient: 2 * distribution, forward: 2 * distribution }),
    make: (model, options) => new LayerDeepLiftShap(model, layersOf(options), deepLiftSettings(options)) as Attribution,
  },
  LayerGradientShap: {
    description: 'GradientSHAP at a layer.',
    needs,
    derivation: PLAIN,
    baselines: 'distribution',
    rows: () => ({ gradient: 5, forward: 10 }),
    make: (model, options) => new LayerGradientShap(model, layersOf(options), multiplies(options)) as Attribution,
  },
  LayerFeatureAblation: {
    description: 'What the output loses when a unit of a layer, such as a channel, is zero.',
    needs,
    takesLayerMask: true,
    rows: ({ units }) => ({ forward: units }),
    make: (model, options) => new LayerFeatureAblation(model, layersOf(options)) as Attribution,
  },
  LayerFeaturePermutation: {
    description: 'What the output loses when a unit of a layer is shuffled among the examples.',
    needs,
    takesLayerMask: true,
    unfit: needsSeveralExamples,
    rows: ({ units }) => ({ forward: units }),
    make: (model, options) => new LayerFeaturePermutation(model, layersOf(options)) as Attribution,
  },
  LayerLRP: { description: 'The relevance that LRP hands back to a layer.', needs, derivation: LRP_BY_DEFAULT, rows: () => ({ gradient: 1 }), make: (model, options) => new LayerLRP(model, layersOf(options), lrpSettings(options)) as Attribution },
};
