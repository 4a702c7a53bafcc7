/** What both sides compute. Names and options are Captum's; `peer.py` knows the models by name. */
export interface CaptumWorkload {
  readonly model: string;
  /** What is computed, in words. */
  readonly title: string;
  /** The class of the algorithm. */
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** What the class is constructed with besides the model. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The options of a NoiseTunnel around the algorithm. */
  readonly noiseTunnel?: Readonly<Record<string, unknown>>;
  /** What only Captum is given: here batches are chosen by the engine. */
  readonly captum?: Readonly<Record<string, unknown>>;
}

/**
 * The two sides draw different random numbers: with as good as no noise results can be compared, and the work is the same.
 */
const SQUARES = { nt_type: 'smoothgrad_sq', nt_samples: 10, stdevs: 1e-9 };

/** On images of this size, all steps at once take Captum some 5 to 10 GB; it is given the batches that its users choose. */
const BATCHES = { internal_batch_size: 10 };

/**
 * DeepLift divides by the difference of each attention score from its reference's. Of 49,152 scores a layer the least
 * differ by 1e-6, which float32 knows to half: with the default of 1e-10, Captum in float32 differs from Captum in float64
 * by 0.28 of the largest attribution, the engine by 0.18, and without the rule for Softmax by 8e-7 both.
 */
const WELL_CONDITIONED = { eps: 1e-2 };

const deepLift = (model: string): CaptumWorkload => ({ model, title: 'DeepLift', method: 'DeepLift', options: {} });

const integratedGradients = (model: string, n_steps: number, captum = {}): CaptumWorkload => ({ model, title: `Integrated Gradients, ${n_steps} steps`, method: 'IntegratedGradients', options: { n_steps }, captum });

/** Integrated Gradients, and the noise tunnel over it. */
function byGradients(model: string, captum = {}): CaptumWorkload[] {
  return [
    integratedGradients(model, 20, captum),
    integratedGradients(model, 50, captum),
    { ...integratedGradients(model, 20, captum), title: 'NoiseTunnel (smoothgrad_sq), 10 samples of 20 steps', noiseTunnel: SQUARES },
  ];
}

const occlusion = (model: string, title: string, sliding_window_shapes: readonly number[], strides: readonly number[], perturbations_per_eval: number): CaptumWorkload => ({
  model,
  title: `Occlusion, ${title}; Captum: ${perturbations_per_eval === 1 ? 'its default, one window' : `${perturbations_per_eval} windows`} at a time`,
  method: 'Occlusion',
  options: { sliding_window_shapes, strides },
  captum: { perturbations_per_eval },
});

export const CAPTUM_WORKLOADS: readonly CaptumWorkload[] = [
  ...byGradients('net'),
  deepLift('net'),
  occlusion('net', '5 x 5, stride 2', [1, 5, 5], [1, 2, 2], 1),
  occlusion('net', '5 x 5, stride 2', [1, 5, 5], [1, 2, 2], 64),
  ...byGradients('resnet18', BATCHES),
  deepLift('resnet18'),
  occlusion('resnet18', '56 x 56, stride 28', [3, 56, 56], [3, 28, 28], 10),
  ...byGradients('transformer'),
  { ...deepLift('transformer'), title: 'DeepLift, eps 1e-2', settings: WELL_CONDITIONED },
  occlusion('transformer', 'token by token', [1, 384], [1, 384], 64),
  ...byGradients('resnet50', BATCHES),
  deepLift('resnet50'),
  occlusion('resnet50', '56 x 56, stride 28', [3, 56, 56], [3, 28, 28], 10),
];

/** The models in words. */
export const MODELS: Readonly<Record<string, string>> = {
  net: "the talk's Net, 1 x 50 x 50",
  resnet18: 'ResNet-18, 3 x 224 x 224',
  resnet50: 'ResNet-50, 3 x 224 x 224',
  transformer: 'transformer encoder, 6 layers, 384, 12 heads, 64 tokens',
};
