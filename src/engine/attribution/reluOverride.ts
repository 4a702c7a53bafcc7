import type { ModelSource } from '../models/modelOf';
import { deconvolutionRules } from '../rules/deconvolution';
import { guidedBackpropRules } from '../rules/guidedBackprop';
import { Attribution, type AttributionOptions, type Findings, type NeuronOptions, type Task } from './attribution';
import { gradientsOf } from './inputGradients';
import type { Derivation } from './modelFunction';

export interface ReluOverrideOptions extends AttributionOptions {
  returnConvergenceDelta?: never;
}

/** Gradients in which ReLUs let back what a rule says. */
abstract class ReluOverride<O extends AttributionOptions> extends Attribution<O> {
  override readonly optionNames = ['target', 'additionalForwardArgs'];
  protected abstract readonly derivation: Derivation;

  constructor(model: ModelSource) {
    super(model);
  }

  protected override async explain(task: Task<O>): Promise<Findings> {
    const { gradients } = await gradientsOf(task, this.derivation);
    return { attributions: gradients };
  }
}

/** How Guided Backpropagation differentiates. */
export const GUIDED: Derivation = { key: 'GuidedBackprop', rules: guidedBackpropRules };

/** How Deconvolution differentiates. */
export const DECONVOLUTION: Derivation = { key: 'Deconvolution', rules: deconvolutionRules };

/**
 * Guided Backpropagation (Springenberg et al., "Striving for Simplicity", 2014): the gradient, of which every ReLU lets
 * back what is positive where its input was positive.
 */
export class GuidedBackprop<O extends AttributionOptions = ReluOverrideOptions> extends ReluOverride<O> {
  override readonly name: string = 'GuidedBackprop';
  protected override readonly derivation = GUIDED;
}

/**
 * Deconvolution (Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2013): the gradient, of which
 * every ReLU lets back what is positive, whatever its input was.
 */
export class Deconvolution<O extends AttributionOptions = ReluOverrideOptions> extends ReluOverride<O> {
  override readonly name: string = 'Deconvolution';
  protected override readonly derivation = DECONVOLUTION;
}

/** {@link GuidedBackprop} of a neuron in place of the output. */
export class NeuronGuidedBackprop extends GuidedBackprop<AttributionOptions & NeuronOptions> {
  override readonly name = 'NeuronGuidedBackprop';

  constructor(model: ModelSource, layer: string) {
    super(model);
    this.neuronLayer = layer;
  }
}

/** {@link Deconvolution} of a neuron in place of the output. */
export class NeuronDeconvolution extends Deconvolution<AttributionOptions & NeuronOptions> {
  override readonly name = 'NeuronDeconvolution';

  constructor(model: ModelSource, layer: string) {
    super(model);
    this.neuronLayer = layer;
  }
}
