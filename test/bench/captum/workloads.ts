/** What both sides compute. Names and options are Captum's; `peer.py` knows the models by name. */
export interface CaptumWorkload {
  readonly model: string;
  /** What is computed, in words. */
  readonly title: string;
  /** The class of the algorithm. */
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
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

const integratedGradients = (model: string, n_steps: number, captum = {}): CaptumWorkload => ({ model, title: `Integrated Gradients, ${n_steps} steps`, method: 'IntegratedGradients', options: { n_steps }, captum });

function byGradients(model: string, captum = {}): CaptumWorkload[] {
  return [
    integratedGradients(model, 20, captum),
    integratedGradients(model, 50, captum),
    { ...integratedGradients(model, 20, captum), title: 'NoiseTunnel (smoothgrad_sq), 10 samples of 20 steps', noiseTunnel: SQUARES },
    { model, title: 'DeepLift', method: 'DeepLift', options: {} },
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
  occlusion('net', '5 x 5, stride 2', [1, 5, 5], [1, 2, 2], 1),
  occlusion('net', '5 x 5, stride 2', [1, 5, 5], [1, 2, 2], 64),
  ...byGradients('resnet18', BATCHES),
  occlusion('resnet18', '56 x 56, stride 28', [3, 56, 56], [3, 28, 28], 10),
  ...byGradients('transformer'),
  occlusion('transformer', 'token by token', [1, 384], [1, 384], 64),
  ...byGradients('resnet50', BATCHES),
  occlusion('resnet50', '56 x 56, stride 28', [3, 56, 56], [3, 28, 28], 10),
];

/** The models in words. */
export const MODELS: Readonly<Record<string, string>> = {
  net: "the talk's Net, 1 x 50 x 50",
  resnet18: 'ResNet-18, 3 x 224 x 224',
  resnet50: 'ResNet-50, 3 x 224 x 224',
  transformer: 'transformer encoder, 6 layers, 384, 12 heads, 64 tokens',
};
