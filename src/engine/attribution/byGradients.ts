import { DeepLift, LayerDeepLift, NeuronDeepLift } from './deepLift';
import { DeepLiftShap, LayerDeepLiftShap, NeuronDeepLiftShap } from './deepLiftShap';
import { GradientShap, LayerGradientShap, NeuronGradientShap } from './gradientShap';
import { GuidedGradCam } from './guidedGradCam';
import { LayerIntegratedGradients, NeuronIntegratedGradients } from './integratedGradients';
import { InternalInfluence } from './layer/internalInfluence';
import { interpolate } from './layer/interpolate';
import { LayerActivation } from './layer/layerActivation';
import { LayerConductance } from './layer/layerConductance';
import { LayerGradCam } from './layer/layerGradCam';
import { LayerGradientXActivation } from './layer/layerGradientXActivation';
import { LayerLRP, LRP } from './lrp';
import { NeuronConductance } from './neuron/neuronConductance';
import { NeuronGradient } from './neuron/neuronGradient';
import { NoiseTunnel } from './noiseTunnel';
import { Deconvolution, GuidedBackprop, NeuronDeconvolution, NeuronGuidedBackprop } from './reluOverride';

/** The algorithms of Captum that work by gradients, multipliers or relevances, for inputs, layers and neurons. */
export const byGradients = {
  Deconvolution,
  DeepLift,
  DeepLiftShap,
  GradientShap,
  GuidedBackprop,
  GuidedGradCam,
  LRP,
  NoiseTunnel,
  InternalInfluence,
  LayerActivation,
  LayerConductance,
  LayerDeepLift,
  LayerDeepLiftShap,
  LayerGradCam,
  LayerGradientShap,
  LayerGradientXActivation,
  LayerIntegratedGradients,
  LayerLRP,
  NeuronConductance,
  NeuronDeconvolution,
  NeuronDeepLift,
  NeuronDeepLiftShap,
  NeuronGradient,
  NeuronGradientShap,
  NeuronGuidedBackprop,
  NeuronIntegratedGradients,
  interpolate,
};
