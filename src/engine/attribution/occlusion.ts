import type { ModelSource } from '../models/modelOf';
import { ablate } from './ablation';
import { Attribution, type Findings, type Task } from './attribution';
import { float32Only, readReferences, type Baselines } from './baselines';
import type { PerturbationOptions } from './featureAblation';
import { readWindows, type Strides, type WindowShapes } from './slidingWindows';

export interface OcclusionOptions extends PerturbationOptions {
  /** The lengths of the window along each axis but that of the examples: [channels, height, width] for an image. */
  slidingWindowShapes: WindowShapes;
  /** How far the window moves along each axis. Default: 1. */
  strides?: Strides | null;
  /** What is put in the window. Default: zero. */
  baselines?: Baselines;
}

/**
 * Occlusion (Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014): a window slides over the
 * input, and what the output loses when it is covered by the baseline is given to its elements,
 *
 *     attribution_i = mean over windows W that cover i of F(x) - F(x with W at the baseline).
 *
 * Along an axis of length D there are 1 + ceil((D - window) / stride) positions; the last window is cut at the edge.
 */
export class Occlusion extends Attribution<OcclusionOptions> {
  override readonly name = 'Occlusion';
  override readonly optionNames = ['target', 'additionalForwardArgs', 'slidingWindowShapes', 'strides', 'baselines', 'perturbationsPerEval'];
  override readonly needsTarget = false;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<OcclusionOptions>): Promise<Findings> {
    const { inputs, model, options } = task;
    const windows = readWindows(options.slidingWindowShapes, options.strides, inputs, model);
    const { tensors, name } = await readReferences(options.baselines, inputs, model);
    return {
      attributions: await ablate(task, windows, (_, example) => ({ tensors, example }), options.perturbationsPerEval),
      baselines: float32Only(tensors),
      baselineName: name,
    };
  }
}
