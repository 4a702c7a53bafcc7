import type { Attribution } from '../attribution';
import { NeuronDeepLift } from '../deepLift';
import { NeuronDeepLiftShap } from '../deepLiftShap';
import { NeuronFeatureAblation } from '../featureAblation';
import { NeuronGradientShap } from '../gradientShap';
import { NeuronIntegratedGradients } from '../integratedGradients';
import { PLAIN } from '../modelFunction';
import { NeuronConductance } from '../neuron/neuronConductance';
import { NeuronGradient } from '../neuron/neuronGradient';
import { DECONVOLUTION, GUIDED, NeuronDeconvolution, NeuronGuidedBackprop } from '../reluOverride';
import { deepLiftSettings, layerOf, multiplies } from './construction';
import type { Methods } from './method';

const needs = 'neuron';

/** The algorithms that explain a neuron of a layer in place of the output. */
export const NEURON_METHODS: Methods = {
  NeuronGradient: { description: 'How strongly a neuron reacts to a small change of each input.', needs, derivation: PLAIN, rows: () => ({ gradient: 1 }), make: (model, options) => new NeuronGradient(model, layerOf(options)) as Attribution },
  NeuronIntegratedGradients: {
    description: 'Integrated Gradients of a neuron: what in the input makes it fire.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 50 }),
    make: (model, options) => new NeuronIntegratedGradients(model, layerOf(options), multiplies(options)) as Attribution,
  },
  NeuronConductance: {
    description: 'How much of the change of the output flows from each input through a neuron.',
    needs,
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 100 }),
    make: (model, options) => new NeuronConductance(model, layerOf(options), multiplies(options)) as Attribution,
  },
  NeuronDeepLift: { description: 'DeepLift of a neuron against a baseline.', needs, derivation: PLAIN, baselines: 'one', rows: () => ({ gradient: 2 }), make: (model, options) => new NeuronDeepLift(model, layerOf(options), deepLiftSettings(options)) as Attribution },
  NeuronDeepLiftShap: {
    description: 'The mean of DeepLift of a neuron over several baselines.',
    needs,
    derivation: PLAIN,
    baselines: 'distribution',
    rows: ({ distribution }) => ({ gradient: 2 * distribution }),
    make: (model, options) => new NeuronDeepLiftShap(model, layerOf(options), deepLiftSettings(options)) as Attribution,
  },
  NeuronGradientShap: {
    description: 'GradientSHAP of a neuron.',
    needs,
    derivation: PLAIN,
    baselines: 'distribution',
    rows: () => ({ gradient: 5 }),
    make: (model, options) => new NeuronGradientShap(model, layerOf(options), multiplies(options)) as Attribution,
  },
  NeuronGuidedBackprop: { description: 'Guided Backprop of a neuron: a sharp picture of what excites it.', needs, derivation: GUIDED, rows: () => ({ gradient: 1 }), make: (model, options) => new NeuronGuidedBackprop(model, layerOf(options)) as Attribution },
  NeuronDeconvolution: { description: 'Deconvolution of a neuron.', needs, derivation: DECONVOLUTION, rows: () => ({ gradient: 1 }), make: (model, options) => new NeuronDeconvolution(model, layerOf(options)) as Attribution },
  NeuronFeatureAblation: {
    description: 'What a neuron loses when a feature is replaced by the baseline; no gradients.',
    needs,
    baselines: 'one',
    takesMask: true,
    rows: ({ features }) => ({ forward: features }),
    make: (model, options) => new NeuronFeatureAblation(model, layerOf(options)) as Attribution,
  },
};
