import { sizeOf } from '../../tensor';
import type { Attribution } from '../attribution';
import { DeepLift } from '../deepLift';
import { DeepLiftShap } from '../deepLiftShap';
import { FeatureAblation } from '../featureAblation';
import { FeaturePermutation } from '../featurePermutation';
import { GradientShap } from '../gradientShap';
import { GuidedGradCam } from '../guidedGradCam';
import { InputXGradient } from '../inputXGradient';
import { IntegratedGradients } from '../integratedGradients';
import { KernelShap } from '../kernelShap';
import { Lime } from '../lime';
import { LRP, LRP_BY_DEFAULT } from '../lrp';
import { PLAIN } from '../modelFunction';
import { Occlusion } from '../occlusion';
import { DECONVOLUTION, Deconvolution, GUIDED, GuidedBackprop } from '../reluOverride';
import { Saliency } from '../saliency';
import { MOST_FEATURES, ShapleyValues } from '../shapleyValues';
import { ShapleyValueSampling } from '../shapleyValueSampling';
import { deepLiftSettings, layerOf, lrpSettings, multiplies } from './construction';
import { needsSeveralExamples, type Extent, type Method, type Methods } from './method';
import { countWindows, defaultWindows } from './windows';

/** Enough samples to tell the features apart: a linear model has one coefficient for each. */
const surrogateSamples = ({ features }: Extent): number => Math.min(2000, Math.max(50, 8 * features));

/** Samples of a distribution of baselines, of which Captum takes 5. */
const GRADIENT_SHAP_SAMPLES = 20;

const ORDERS = 25;

const surrogate: Pick<Method, 'rows' | 'defaults' | 'baselines' | 'takesMask'> = {
  baselines: 'one',
  takesMask: true,
  rows: (extent) => ({ forward: surrogateSamples(extent) }),
  defaults: (extent) => ({ nSamples: surrogateSamples(extent) }),
};

/** The algorithms that attribute to inputs, the default first. */
export const INPUT_METHODS: Methods = {
  IntegratedGradients: {
    description: 'Gradients summed on the way from a baseline to the input; they add up.',
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 50 }),
    make: (model, options) => new IntegratedGradients(model, multiplies(options)),
  },
  Saliency: { description: 'How strongly the output reacts to a small change of each input.', derivation: PLAIN, rows: () => ({ gradient: 1 }), make: (model) => new Saliency(model) as Attribution },
  InputXGradient: { description: 'The gradient times the input: one step, without a baseline.', derivation: PLAIN, rows: () => ({ gradient: 1 }), make: (model) => new InputXGradient(model) as Attribution },
  DeepLift: {
    description: 'Differences from a baseline, handed back layer by layer; they add up.',
    derivation: PLAIN,
    baselines: 'one',
    rows: () => ({ gradient: 2 }),
    make: (model, options) => new DeepLift(model, deepLiftSettings(options)) as Attribution,
  },
  DeepLiftShap: {
    description: 'The mean of DeepLift over several baselines, which approximates Shapley values.',
    derivation: PLAIN,
    baselines: 'distribution',
    rows: ({ distribution }) => ({ gradient: 2 * distribution }),
    make: (model, options) => new DeepLiftShap(model, deepLiftSettings(options)) as Attribution,
  },
  GradientShap: {
    description: 'Gradients between random baselines and the input: estimates Shapley values.',
    derivation: PLAIN,
    baselines: 'distribution',
    rows: () => ({ gradient: GRADIENT_SHAP_SAMPLES }),
    defaults: () => ({ nSamples: GRADIENT_SHAP_SAMPLES }),
    make: (model, options) => new GradientShap(model, multiplies(options)) as Attribution,
  },
  GuidedBackprop: {
    description: 'The gradient of what excites the output; sharp pictures for convolutions.',
    derivation: GUIDED,
    rows: () => ({ gradient: 1 }),
    make: (model) => new GuidedBackprop(model) as Attribution,
  },
  Deconvolution: { description: 'As Guided Backprop, whatever the input of a ReLU was.', derivation: DECONVOLUTION, rows: () => ({ gradient: 1 }), make: (model) => new Deconvolution(model) as Attribution },
  GuidedGradCam: {
    description: 'Guided Backprop where Grad-CAM sees the class: sharp, and about this class.',
    needs: 'layer',
    derivation: GUIDED,
    rows: () => ({ gradient: 2 }),
    unfit: ({ inputs }) => (inputs.some(({ shape }) => shape.length < 3) ? 'needs inputs with positions, such as images' : undefined),
    make: (model, options) => new GuidedGradCam(model, layerOf(options)) as Attribution,
  },
  LRP: {
    description: 'The output, handed back layer by layer in proportion to contributions.',
    derivation: LRP_BY_DEFAULT,
    rows: () => ({ gradient: 1 }),
    make: (model, options) => new LRP(model, lrpSettings(options)) as Attribution,
  },
  Occlusion: {
    description: 'What the output loses where a sliding window covers the input; no gradients.',
    baselines: 'one',
    rows: ({ inputs, layouts }) => ({ forward: countWindows(inputs, layouts) }),
    unfit: ({ inputs }) => (inputs.some(({ shape }) => shape.length < 3) ? 'needs inputs with positions for a window to slide over; for features there is Feature Ablation' : undefined),
    defaults: ({ inputs, layouts }) => ({ ...defaultWindows(inputs, layouts) }),
    make: (model) => new Occlusion(model) as Attribution,
  },
  FeatureAblation: {
    description: 'What the output loses when a feature is replaced by the baseline; no gradients.',
    baselines: 'one',
    takesMask: true,
    rows: ({ features }) => ({ forward: features }),
    make: (model) => new FeatureAblation(model) as Attribution,
  },
  FeaturePermutation: {
    description: 'What the output loses when a feature is shuffled among the examples.',
    takesMask: true,
    rows: ({ features }) => ({ forward: features }),
    unfit: needsSeveralExamples,
    make: (model) => new FeaturePermutation(model) as Attribution,
  },
  ShapleyValueSampling: {
    description: 'What a feature adds to the output, on average over random orders.',
    baselines: 'one',
    takesMask: true,
    rows: ({ features }) => ({ forward: ORDERS * features }),
    make: (model) => new ShapleyValueSampling(model) as Attribution,
  },
  ShapleyValues: {
    description: 'What a feature adds to the output, on average over all orders: for few features.',
    baselines: 'one',
    takesMask: true,
    rows: ({ features }) => ({ forward: features > MOST_FEATURES ? Infinity : 2 ** features }),
    make: (model) => new ShapleyValues(model) as Attribution,
  },
  Lime: { description: 'Coefficients of a sparse linear model fitted to random variants of the input.', ...surrogate, make: (model) => new Lime(model) as Attribution },
  KernelShap: {
    description: 'Shapley values by a linear regression on random variants of the input.',
    ...surrogate,
    unfit: ({ inputs }) => (inputs.every(({ shape }) => sizeOf(shape.slice(1)) < 2) ? 'needs at least 2 features, got 1' : undefined),
    make: (model) => new KernelShap(model) as Attribution,
  },
};
