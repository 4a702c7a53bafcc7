import { LensError } from '../../../protocol/errors';
import type { ModelSource } from '../../models/modelOf';
import { float32, formatShape, sizeOf, type Tensor } from '../../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from '../attribution';
import { gradientsOf, type Gradients } from '../inputGradients';
import type { LayerNames } from '../place';

export interface LayerGradCamOptions extends AttributionOptions, LayerOptions {
  /** Whether negative attributions become 0, as in the paper. Default: false. */
  reluAttributions?: boolean;
  /** Whether channels are summed. Default: true. */
  attrDimSummation?: boolean;
  returnConvergenceDelta?: never;
}

/**
 * Grad-CAM (Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", ICCV
 * 2017): each channel of a layer, weighted by the mean of its gradient over positions, summed over channels. The result
 * has the layer's positions and one channel; `interpolate` brings it to the size of an image.
 */
export class LayerGradCam extends Attribution<LayerGradCamOptions> {
  override readonly name = 'LayerGradCam';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'reluAttributions', 'attrDimSummation'];

  constructor(model: ModelSource, layer: LayerNames) {
    super(model);
    this.layer = layer;
  }

  protected override async explain(task: Task<LayerGradCamOptions>): Promise<Findings> {
    const { reluAttributions = false, attrDimSummation = true } = task.options;
    return { attributions: gradCam(await gradientsOf(task), reluAttributions, attrDimSummation), options: { reluAttributions, attrDimSummation } };
  }
}

/** Grad-CAM from the values and gradients of layers. */
export const gradCam = ({ values, gradients }: Gradients, relu: boolean, summed: boolean): Tensor<'float32'>[] => values.map((value, index) => weighted(value, gradients[index], relu, summed));

function weighted(value: Tensor<'float32'>, gradient: Tensor<'float32'>, relu: boolean, summed: boolean): Tensor<'float32'> {
  const [examples, channels, ...axes] = value.shape;
  if (channels === undefined) throw new LensError('shape-mismatch', `Grad-CAM: the layer must have channels on axis 1, got shape ${formatShape(value.shape)}`);
  const positions = sizeOf(axes);
  const result = new Float64Array(summed ? examples * positions : value.data.length);
  for (let example = 0; example < examples; example++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (example * channels + channel) * positions;
      const into = summed ? example * positions : from;
      let sum = 0;
      for (let position = 0; position < positions; position++) sum += gradient.data[from + position];
      for (let position = 0; position < positions; position++) result[into + position] += (sum / positions) * value.data[from + position];
    }
  }
  return float32(Float32Array.from(result, (sum) => (relu ? Math.max(0, sum) : sum)), summed ? [examples, 1, ...axes] : value.shape);
}
