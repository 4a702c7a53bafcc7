import { api } from '../../../src/engine/api';
import type { Attribution } from '../../../src/engine/attribution/attribution';
import type { Model } from '../../../src/engine/models/model';
import { float32, int64, toNumbers, type Tensor } from '../../../src/engine/tensor';

/** Examples of the batches that algorithms are tried with. */
export const EXAMPLES = 5;

/** A model of the golden data: two inputs of features, one of images, and layers that LRP has rules for. */
type ModelName = 'mlp2' | 'resnet' | 'lrp_mlp';

/** An algorithm as the tests call it, and what is particular about it. */
export interface Algorithm {
  readonly model: ModelName;
  make(model: Model): Attribution;
  readonly options?: object;
  /** Whether a list of inputs gives a list of attributions. Default: true. */
  readonly isTuple?: boolean;
  /** Why an example alone gives other attributions than in a batch. */
  readonly batchMatters?: string;
  /** How many deltas an example has, and below what part of the output they are where the attributions must add up. */
  readonly delta?: { readonly perExample: number; readonly below?: number };
}

const SHAPES: Readonly<Record<ModelName, readonly (readonly number[])[]>> = { mlp2: [[6], [4]], resnet: [[3, 12, 12]], lrp_mlp: [[5]] };

/** Numbers between -1 and 1 that look random and are the same every time. */
const values = (examples: number, shape: readonly number[], phase: number): Tensor<'float32'> => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return float32(Float32Array.from({ length: examples * size }, (_, index) => Math.sin(12.9898 * (index + 1) + phase)), [examples, ...shape]);
};

export const inputsOf = (model: ModelName): Tensor<'float32'>[] => SHAPES[model].map((shape, index) => values(EXAMPLES, shape, index));

const target = 1;
const baselines = [0.25, -0.5];
const distribution = SHAPES.mlp2.map((shape, index) => values(2, shape, 7 + index));
/** Three features that go through both inputs. */
const featureMask = [int64([0, 0, 1, 1, 2, 2], [1, 6]), int64([0, 1, 2, 2], [1, 4])];
const drawn = 'random numbers are drawn for the whole batch';
const layer = 'fc3';
const neuron = { neuronSelector: 2 };

/** Every algorithm of the API. */
export const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  IntegratedGradients: { model: 'mlp2', make: (model) => new api.IntegratedGradients(model) as Attribution, options: { target, baselines, nSteps: 40 }, delta: { perExample: 1, below: 1e-2 } },
  Saliency: { model: 'mlp2', make: (model) => new api.Saliency(model), options: { target } },
  InputXGradient: { model: 'mlp2', make: (model) => new api.InputXGradient(model), options: { target } },
  GuidedBackprop: { model: 'mlp2', make: (model) => new api.GuidedBackprop(model) as Attribution, options: { target } },
  Deconvolution: { model: 'mlp2', make: (model) => new api.Deconvolution(model) as Attribution, options: { target } },
  DeepLift: { model: 'mlp2', make: (model) => new api.DeepLift(model) as Attribution, options: { target, baselines }, delta: { perExample: 1, below: 1e-4 } },
  DeepLiftShap: { model: 'mlp2', make: (model) => new api.DeepLiftShap(model) as Attribution, options: { target, baselines: distribution }, delta: { perExample: 2, below: 1e-4 } },
  GradientShap: { model: 'mlp2', make: (model) => new api.GradientShap(model) as Attribution, options: { target, baselines: distribution, nSamples: 4, stdevs: 0.1 }, batchMatters: drawn, delta: { perExample: 4 } },
  LRP: { model: 'lrp_mlp', make: (model) => new api.LRP(model) as Attribution, options: { target }, delta: { perExample: 1 } },
  GuidedGradCam: { model: 'resnet', make: (model) => new api.GuidedGradCam(model, 'b2_relu2') as Attribution, options: { target, interpolateMode: 'bilinear' } },
  NoiseTunnel: { model: 'mlp2', make: (model) => new api.NoiseTunnel(new api.IntegratedGradients(model)) as unknown as Attribution, options: { target, nSteps: 5, ntSamples: 3, ntSamplesBatchSize: 2, stdevs: 0.1 }, batchMatters: drawn, delta: { perExample: 3 } },
  FeatureAblation: { model: 'mlp2', make: (model) => new api.FeatureAblation(model) as Attribution, options: { target, baselines, featureMask } },
  FeaturePermutation: { model: 'mlp2', make: (model) => new api.FeaturePermutation(model) as Attribution, options: { target, featureMask }, batchMatters: 'values are taken from other examples' },
  Occlusion: { model: 'mlp2', make: (model) => new api.Occlusion(model) as Attribution, options: { target, baselines, slidingWindowShapes: [[3], [2]] } },
  ShapleyValueSampling: { model: 'mlp2', make: (model) => new api.ShapleyValueSampling(model) as Attribution, options: { target, baselines, featureMask, nSamples: 4 } },
  ShapleyValues: { model: 'mlp2', make: (model) => new api.ShapleyValues(model) as Attribution, options: { target, baselines, featureMask } },
  Lime: { model: 'mlp2', make: (model) => new api.Lime(model, { interpretableModel: new api.SkLearnRidge() }) as Attribution, options: { target, baselines, featureMask, nSamples: 20 }, batchMatters: drawn },
  KernelShap: { model: 'mlp2', make: (model) => new api.KernelShap(model) as Attribution, options: { target, baselines, featureMask, nSamples: 20 }, batchMatters: drawn },
  LimeBase: { model: 'mlp2', make: limeBase, options: { target, nSamples: 11 }, isTuple: false },
  LayerActivation: { model: 'mlp2', make: (model) => new api.LayerActivation(model, layer) as Attribution, isTuple: false },
  LayerGradientXActivation: { model: 'mlp2', make: (model) => new api.LayerGradientXActivation(model, layer) as Attribution, options: { target }, isTuple: false },
  LayerGradCam: { model: 'resnet', make: (model) => new api.LayerGradCam(model, 'b1_relu2') as Attribution, options: { target }, isTuple: false },
  LayerIntegratedGradients: { model: 'mlp2', make: (model) => new api.LayerIntegratedGradients(model, layer) as Attribution, options: { target, baselines, nSteps: 40 }, isTuple: false, delta: { perExample: 1, below: 1e-2 } },
  LayerConductance: { model: 'mlp2', make: (model) => new api.LayerConductance(model, layer) as Attribution, options: { target, baselines, nSteps: 40 }, isTuple: false, delta: { perExample: 1 } },
  InternalInfluence: { model: 'mlp2', make: (model) => new api.InternalInfluence(model, layer) as Attribution, options: { target, baselines, nSteps: 5 }, isTuple: false },
  LayerDeepLift: { model: 'mlp2', make: (model) => new api.LayerDeepLift(model, layer) as Attribution, options: { target, baselines }, isTuple: false, delta: { perExample: 1, below: 1e-4 } },
  LayerDeepLiftShap: { model: 'mlp2', make: (model) => new api.LayerDeepLiftShap(model, layer) as Attribution, options: { target, baselines: distribution }, isTuple: false, delta: { perExample: 2, below: 1e-4 } },
  LayerGradientShap: { model: 'mlp2', make: (model) => new api.LayerGradientShap(model, layer) as Attribution, options: { target, baselines: distribution, nSamples: 4 }, isTuple: false, batchMatters: drawn, delta: { perExample: 4 } },
  LayerLRP: { model: 'lrp_mlp', make: (model) => new api.LayerLRP(model, 'fc2') as Attribution, options: { target }, isTuple: false, delta: { perExample: 1 } },
  LayerFeatureAblation: { model: 'mlp2', make: (model) => new api.LayerFeatureAblation(model, layer) as Attribution, options: { target }, isTuple: false },
  LayerFeaturePermutation: { model: 'mlp2', make: (model) => new api.LayerFeaturePermutation(model, layer) as Attribution, options: { target }, isTuple: false, batchMatters: 'values are taken from other examples' },
  NeuronGradient: { model: 'mlp2', make: (model) => new api.NeuronGradient(model, layer) as Attribution, options: neuron },
  NeuronIntegratedGradients: { model: 'mlp2', make: (model) => new api.NeuronIntegratedGradients(model, layer) as Attribution, options: { ...neuron, baselines, nSteps: 5 } },
  NeuronConductance: { model: 'mlp2', make: (model) => new api.NeuronConductance(model, layer) as Attribution, options: { ...neuron, target, baselines, nSteps: 5 } },
  NeuronDeepLift: { model: 'mlp2', make: (model) => new api.NeuronDeepLift(model, layer) as Attribution, options: { ...neuron, baselines } },
  NeuronDeepLiftShap: { model: 'mlp2', make: (model) => new api.NeuronDeepLiftShap(model, layer) as Attribution, options: { ...neuron, baselines: distribution } },
  NeuronGradientShap: { model: 'mlp2', make: (model) => new api.NeuronGradientShap(model, layer) as Attribution, options: { ...neuron, baselines: distribution, nSamples: 4 }, batchMatters: drawn },
  NeuronGuidedBackprop: { model: 'mlp2', make: (model) => new api.NeuronGuidedBackprop(model, layer) as Attribution, options: neuron },
  NeuronDeconvolution: { model: 'mlp2', make: (model) => new api.NeuronDeconvolution(model, layer) as Attribution, options: neuron },
  NeuronFeatureAblation: { model: 'mlp2', make: (model) => new api.NeuronFeatureAblation(model, layer) as Attribution, options: { ...neuron, baselines, featureMask } },
};

/** A linear model of what happens when one feature after the other is set to zero. */
function limeBase(model: Model): Attribution {
  const [[first], [second]] = SHAPES.mlp2;
  const kept = (part: Tensor, sample: ArrayLike<number>, from: number): Tensor => float32(toNumbers(part).map((value, index) => sample[from + index] * value), part.shape);
  return new api.LimeBase(model, {
    interpretableModel: new api.SkLearnRidge(),
    similarityFunc: () => 1,
    perturbFunc: () => Array.from({ length: first + second + 1 }, (_, sample) => Array.from({ length: first + second }, (_, feature) => (feature === sample ? 0 : 1))),
    fromInterpRepTransform: (sample, [one, other]) => [kept(one, sample, 0), kept(other, sample, first)],
  }) as unknown as Attribution;
}
