import { LensError } from '../../../protocol/errors';
import type { Model } from '../../models/model';
import type { ModelSource } from '../../models/modelOf';
import { float32, formatShape, sizeOf, type Tensor } from '../../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from '../attribution';
import { gradientsOf, type Gradients } from '../inputGradients';
import type { LayerNames } from '../place';
import type { ToLayers } from '../results';

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
 * has the layer's positions and one channel (on axis 1; for TensorFlow.js and Keras models on the last axis); `interpolate` brings it to the size of an image.
 * Where a layer has the examples elsewhere than on axis 0, the channels are on the first of its other axes: over [time,
 * batch, width], as over [batch, time, width], the steps are the channels.
 */
export class LayerGradCam<L extends LayerNames = LayerNames> extends Attribution<LayerGradCamOptions, ToLayers<L>> {
  override readonly name = 'LayerGradCam';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'reluAttributions', 'attrDimSummation'];

  constructor(model: ModelSource, layer: L) {
    super(model);
    this.layer = layer;
  }

  protected override async explain(task: Task<LayerGradCamOptions>): Promise<Findings> {
    const { reluAttributions = false, attrDimSummation = true } = task.options;
    return { attributions: gradCam(await gradientsOf(task), { relu: reluAttributions, summed: attrDimSummation, channelsLast: isChannelsLast(task.model) }), options: { reluAttributions, attrDimSummation } };
  }
}

/** Whether the layers of a model have channels on the last axis, as those of TensorFlow.js and Keras do, not on axis 1. */
export const isChannelsLast = ({ format }: Pick<Model, 'format'>): boolean => format !== 'onnx';

export interface GradCamSettings {
  readonly relu: boolean;
  /** Whether channels are summed. */
  readonly summed: boolean;
  readonly channelsLast: boolean;
}

/** Grad-CAM from the values and gradients of layers. */
export const gradCam = ({ values, gradients }: Gradients, settings: GradCamSettings): Tensor<'float32'>[] => values.map((value, index) => weighted(value, gradients[index], settings));

function weighted({ shape, data }: Tensor<'float32'>, gradient: Tensor<'float32'>, { relu, summed, channelsLast }: GradCamSettings): Tensor<'float32'> {
  if (shape.length < 2) throw new LensError('shape-mismatch', `Grad-CAM: the layer must have channels, got shape ${formatShape(shape)}`);
  const [examples] = shape;
  const channelAxis = channelsLast ? shape.length - 1 : 1;
  const channels = shape[channelAxis];
  const positions = sizeOf(shape.slice(1)) / channels;
  const [channelStep, positionStep] = channelsLast ? [1, channels] : [positions, 1];
  const result = new Float64Array(summed ? examples * positions : data.length);
  for (let example = 0; example < examples; example++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = example * channels * positions + channel * channelStep;
      let sum = 0;
      for (let position = 0; position < positions; position++) sum += gradient.data[from + position * positionStep];
      for (let position = 0; position < positions; position++) {
        const element = from + position * positionStep;
        result[summed ? example * positions + position : element] += (sum / positions) * data[element];
      }
    }
  }
  return float32(Float32Array.from(result, (sum) => (relu ? Math.max(0, sum) : sum)), summed ? shape.map((length, axis) => (axis === channelAxis ? 1 : length)) : shape);
}
