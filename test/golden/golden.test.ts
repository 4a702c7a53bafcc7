import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { sharedEngine, useRuntime } from '../../src/engine/attribution/engine';
import { createTfjsRuntime } from '../../src/engine/runtime/tfjsRuntime';
import type { Runtime } from '../../src/engine/runtime/runtime';
import { loadTfjs } from '../../src/engine/tfjs/loadTfjs';
import { runCase } from './adaptors';
import { Deviation } from './adaptors/quirks';
import { readCase, readIndex } from './goldenFolder';

const FOLDER = path.join(import.meta.dirname, 'data');
/** Cases of quirks that show in the numbers; see "Quirks" in data/README.md. */
const DEVIATIONS: readonly string[] = [
  'Deconvolution__net__functional',
  'Deconvolution__skip_relu__skip',
  'DeepLiftShap__conv1d__base',
  'DeepLiftShap__conv_maxpool__batch',
  'DeepLift__conv1d__base',
  'DeepLift__conv1d__sigmoid_tanh',
  'DeepLift__conv_maxpool__maxpool1',
  'DeepLift__conv_maxpool__maxpool_batch',
  'DeepLift__conv_maxpool__sep_batch',
  'DeepLift__conv_overlap__overlap_batch',
  'DeepLift__conv_overlap__sep1',
  'DeepLift__conv_overlap__sep_batch',
  'DeepLift__mlp2_softmax__softmax_batch',
  'DeepLift__net__functional',
  'DeepLift__net__img',
  'DeepLift__skip_relu__skip',
  'DeepLift__softmax_mid__batch',
  'GuidedBackprop__net__functional',
  'GuidedBackprop__skip_relu__skip',
  'LayerDeepLift__net__conv3',
  'LayerFeaturePermutation__relu_linear__target_error',
  'NeuronDeepLift__net__conv2',
  'NeuronDeepLift__net__fc2',
  'NoiseTunnel_DeepLift__net__talk',
  'NoiseTunnel_Saliency__toy__int_stdev_error',
];

const entries = readIndex(FOLDER);

describe('golden data', () => {
  it('has every case of the methods that exist', () => {
    const counts: Record<string, number> = {};
    for (const { method } of entries) counts[method] = (counts[method] ?? 0) + 1;
    assert.deepEqual(counts, { BinaryConcreteStochasticGates: 1, Colormaps: 1, DataLoaderAttribution: 1, Deconvolution: 8, DeepLift: 33, DeepLiftShap: 8, FGSM: 4, FeatureAblation: 12, FeaturePermutation: 5, GaussianStochasticGates: 1, GradientShap: 7, GuidedBackprop: 8, GuidedGradCam: 5, InputXGradient: 8, IntegratedGradients: 36, InternalInfluence: 9, KernelShap: 5, LLMAttribution: 3, LLMGradientAttribution: 2, LRP: 12, LayerActivation: 9, LayerConductance: 10, LayerDeepLift: 9, LayerDeepLiftShap: 3, LayerFeatureAblation: 4, LayerFeaturePermutation: 3, LayerGradCam: 10, LayerGradientShap: 3, LayerGradientXActivation: 10, LayerIntegratedGradients: 11, LayerLRP: 4, Lime: 6, MinParamPerturbation: 2, NeuronConductance: 6, NeuronDeconvolution: 3, NeuronDeepLift: 8, NeuronDeepLiftShap: 2, NeuronFeatureAblation: 3, NeuronGradient: 7, NeuronGradientShap: 2, NeuronGuidedBackprop: 3, NeuronIntegratedGradients: 6, NoiseTunnel: 17, NormalizeAttr: 40, Occlusion: 10, PGD: 4, Quadrature: 5, Saliency: 15, ShapleyValueSampling: 7, ShapleyValues: 4, SimilarityInfluence: 2, Summarizer: 1, TCAV: 2, TracInCP: 2, infidelity: 7, sensitivity_max: 5, visualize_image_attr: 47, visualize_text: 2, visualize_timeseries_attr: 4 });
  });
  const deviating: string[] = [];
  for (const entry of entries) {
    it(entry.id, (test) =>
      runCase(readCase(FOLDER, entry)).catch((error: unknown) => {
        if (!(error instanceof Deviation)) throw error;
        test.diagnostic(error.message);
        deviating.push(entry.id);
      }),
    );
  }
  it('deviates only where Captum shows a quirk and we compute the published rule', () => assert.deepEqual(deviating.sort(), [...DEVIATIONS].sort()));
});

describe('golden data on TensorFlow.js', () => {
  // Each method's first and last case, but for the large model: all cases run with `npm run golden -- DIR --runtime tfjs`.
  const small = entries.filter(({ id, kind }) => ['attr', 'layer', 'neuron'].includes(kind) && !id.includes('__net__') && !id.endsWith('_error'));
  const sample = small.filter(({ method }, index) => small[index - 1]?.method !== method || small[index + 1]?.method !== method);
  let before: Runtime;
  it('has been chosen', async () => {
    before = (await sharedEngine()).runtime;
    const { tf } = await loadTfjs();
    assert.match(useRuntime(createTfjsRuntime(tf)).runtime.name, /^tfjs/);
  });
  for (const entry of sample) {
    it(entry.id, () =>
      runCase(readCase(FOLDER, entry)).catch((error: unknown) => {
        if (!(error instanceof Deviation) || !DEVIATIONS.includes(entry.id)) throw error;
      }),
    );
  }
  it('gives way', () => void useRuntime(before));
});
