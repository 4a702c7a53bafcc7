import { LensError } from '../../protocol/errors';
import type { ModelSource } from '../models/modelOf';
import { float32, formatShape, sizeOf, type Tensor } from '../tensor';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from './attribution';
import { gradientsOf } from './inputGradients';
import { interpolate, type InterpolateMode } from './layer/interpolate';
import { gradCam, isChannelsLast } from './layer/layerGradCam';
import { atLayers } from './place';
import { GUIDED } from './reluOverride';

export interface GuidedGradCamOptions extends AttributionOptions, LayerOptions {
  /** How Grad-CAM is brought to the size of the input. Default: `nearest`. */
  interpolateMode?: InterpolateMode;
  returnConvergenceDelta?: never;
}

/**
 * Guided Grad-CAM (Selvaraju et al., "Grad-CAM", ICCV 2017): Guided Backpropagation at the input, times the positive part
 * of Grad-CAM at a layer, brought to the input's positions.
 */
export class GuidedGradCam extends Attribution<GuidedGradCamOptions> {
  override readonly name = 'GuidedGradCam';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'interpolateMode', 'attributeToLayerInput'];

  /** @param camLayer The layer of Grad-CAM, a convolution's for example. */
  constructor(
    model: ModelSource,
    private readonly camLayer: string,
  ) {
    super(model);
  }

  protected override async explain(task: Task<GuidedGradCamOptions>): Promise<Findings> {
    const { interpolateMode = 'nearest', attributeToLayerInput = false } = task.options;
    const { gradients: guided } = await gradientsOf(task, GUIDED);
    const channelsLast = isChannelsLast(task.model);
    const place = await atLayers(task.passes, this.camLayer, attributeToLayerInput, task.inputs);
    const [cam] = gradCam(await gradientsOf({ ...task, place, passes: place.passes }), { relu: true, summed: true, channelsLast });
    return { attributions: guided.map((part) => scaled(part, cam, { layer: this.camLayer, mode: interpolateMode, channelsLast })), options: { layer: this.camLayer, interpolateMode, attributeToLayerInput } };
  }
}

/** Every channel of an attribution times Grad-CAM at the same position. */
function scaled({ data, shape }: Tensor<'float32'>, cam: Tensor<'float32'>, { layer, mode, channelsLast }: { layer: string; mode: InterpolateMode; channelsLast: boolean }): Tensor<'float32'> {
  if (shape.length !== cam.shape.length || shape.length < 3) {
    throw new LensError('shape-mismatch', `GuidedGradCam: layer '${layer}' must have positions like the input ${formatShape(shape)}, its Grad-CAM has shape ${formatShape(cam.shape)}`, 'Choose a convolution.');
  }
  const axesOf = (whole: readonly number[]): readonly number[] => (channelsLast ? whole.slice(1, -1) : whole.slice(2));
  const factors = interpolate(float32(cam.data, [cam.shape[0], 1, ...axesOf(cam.shape)]), axesOf(shape), mode);
  const positions = sizeOf(axesOf(shape));
  const channels = sizeOf(shape.slice(1)) / positions;
  const positionOf = (element: number): number => (channelsLast ? Math.floor(element / channels) : element % positions);
  return float32(data.map((value, index) => value * factors.data[Math.floor(index / (channels * positions)) * positions + positionOf(index % (channels * positions))]), shape);
}
