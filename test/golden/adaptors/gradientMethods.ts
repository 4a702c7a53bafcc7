import type { Attribution } from '../../../src/engine/attribution/attribution';
import { DeepLift, LayerDeepLift, NeuronDeepLift } from '../../../src/engine/attribution/deepLift';
import { DeepLiftShap, LayerDeepLiftShap, NeuronDeepLiftShap } from '../../../src/engine/attribution/deepLiftShap';
import { NeuronFeatureAblation } from '../../../src/engine/attribution/featureAblation';
import { GradientShap, LayerGradientShap, NeuronGradientShap } from '../../../src/engine/attribution/gradientShap';
import { GuidedGradCam } from '../../../src/engine/attribution/guidedGradCam';
import { LayerIntegratedGradients, NeuronIntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { InternalInfluence } from '../../../src/engine/attribution/layer/internalInfluence';
import { LayerActivation } from '../../../src/engine/attribution/layer/layerActivation';
import { LayerConductance } from '../../../src/engine/attribution/layer/layerConductance';
import { LayerFeatureAblation } from '../../../src/engine/attribution/layer/layerFeatureAblation';
import { LayerFeaturePermutation } from '../../../src/engine/attribution/layer/layerFeaturePermutation';
import { LayerGradCam } from '../../../src/engine/attribution/layer/layerGradCam';
import { LayerGradientXActivation } from '../../../src/engine/attribution/layer/layerGradientXActivation';
import { LayerLRP, LRP } from '../../../src/engine/attribution/lrp';
import { NeuronConductance } from '../../../src/engine/attribution/neuron/neuronConductance';
import { NeuronGradient } from '../../../src/engine/attribution/neuron/neuronGradient';
import type { LayerNames } from '../../../src/engine/attribution/place';
import { Deconvolution, GuidedBackprop, NeuronDeconvolution, NeuronGuidedBackprop } from '../../../src/engine/attribution/reluOverride';
import type { Model } from '../../../src/engine/models/model';

/** What a case says of an algorithm besides the model. */
export interface Construction {
  readonly options: Readonly<Record<string, unknown>>;
  readonly layers: LayerNames;
  /** The layer of a method that has one. */
  readonly layer: string;
}

type Make = (model: Model, construction: Construction) => Attribution;

/** Algorithms by gradients, multipliers and relevances, and those of layers and neurons, by Captum's class names. */
export const GRADIENT_METHODS: Readonly<Record<string, Make>> = {
  Deconvolution: (model) => new Deconvolution(model) as Attribution,
  DeepLift: (model, { options }) => new DeepLift(model, options) as Attribution,
  DeepLiftShap: (model, { options }) => new DeepLiftShap(model, options) as Attribution,
  GradientShap: (model, { options }) => new GradientShap(model, options) as Attribution,
  GuidedGradCam: (model, { layer }) => new GuidedGradCam(model, layer) as Attribution,
  InternalInfluence: (model, { layers }) => new InternalInfluence(model, layers) as Attribution,
  LRP: (model, { options }) => new LRP(model, options) as Attribution,
  LayerActivation: (model, { layers }) => new LayerActivation(model, layers) as Attribution,
  LayerConductance: (model, { layers }) => new LayerConductance(model, layers) as Attribution,
  LayerFeatureAblation: (model, { layers }) => new LayerFeatureAblation(model, layers) as Attribution,
  LayerFeaturePermutation: (model, { layers }) => new LayerFeaturePermutation(model, layers) as Attribution,
  LayerGradCam: (model, { layers }) => new LayerGradCam(model, layers) as Attribution,
  LayerGradientXActivation: (model, { layers, options }) => new LayerGradientXActivation(model, layers, options) as Attribution,
  LayerIntegratedGradients: (model, { layers, options }) => new LayerIntegratedGradients(model, layers, options) as Attribution,
  LayerLRP: (model, { layers, options }) => new LayerLRP(model, layers, options) as Attribution,
  NeuronConductance: (model, { layer, options }) => new NeuronConductance(model, layer, options) as Attribution,
  NeuronGradient: (model, { layer }) => new NeuronGradient(model, layer) as Attribution,
  NeuronIntegratedGradients: (model, { layer, options }) => new NeuronIntegratedGradients(model, layer, options) as Attribution,
  GuidedBackprop: (model) => new GuidedBackprop(model) as Attribution,
  LayerDeepLift: (model, { layers, options }) => new LayerDeepLift(model, layers, options) as Attribution,
  LayerDeepLiftShap: (model, { layers, options }) => new LayerDeepLiftShap(model, layers, options) as Attribution,
  LayerGradientShap: (model, { layers, options }) => new LayerGradientShap(model, layers, options) as Attribution,
  NeuronDeconvolution: (model, { layer }) => new NeuronDeconvolution(model, layer) as Attribution,
  NeuronDeepLift: (model, { layer, options }) => new NeuronDeepLift(model, layer, options) as Attribution,
  NeuronDeepLiftShap: (model, { layer, options }) => new NeuronDeepLiftShap(model, layer, options) as Attribution,
  NeuronFeatureAblation: (model, { layer }) => new NeuronFeatureAblation(model, layer) as Attribution,
  NeuronGradientShap: (model, { layer, options }) => new NeuronGradientShap(model, layer, options) as Attribution,
  NeuronGuidedBackprop: (model, { layer }) => new NeuronGuidedBackprop(model, layer) as Attribution,
};
