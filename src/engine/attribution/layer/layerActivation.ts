import type { ModelSource } from '../../models/modelOf';
import { Attribution, type AttributionOptions, type Findings, type LayerOptions, type Task } from '../attribution';
import type { LayerNames } from '../place';
import type { ToLayers } from '../results';
import { examplesOf } from '../rows';

export interface LayerActivationOptions extends Omit<AttributionOptions, 'target'>, LayerOptions {
  returnConvergenceDelta?: never;
}

/** The values of a layer: what it computes for the inputs, or what it gets. */
export class LayerActivation<L extends LayerNames = LayerNames> extends Attribution<LayerActivationOptions, ToLayers<L>> {
  override readonly name = 'LayerActivation';
  override readonly optionNames = ['additionalForwardArgs'];
  override readonly needsTarget = false;

  constructor(model: ModelSource, layer: L) {
    super(model);
    this.layer = layer;
  }

  protected override async explain({ inputs, place }: Task<LayerActivationOptions>): Promise<Findings> {
    return { attributions: await place.values(examplesOf(inputs)) };
  }
}
