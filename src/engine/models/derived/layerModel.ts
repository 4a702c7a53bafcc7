import { prune } from '../../graph/prune';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue, type LayerPlace } from './layerValue';

/** The part of a model that ends at a layer: its output is the layer's value. */
export function layerModel(base: Model, place: LayerPlace): Model {
  return derivedModel(base, JSON.stringify(['layer', place.layer, place.isInput]), () => {
    const valueOf = layerValue(base, place);
    return { graph: (graph) => prune({ ...graph, outputs: [valueOf(graph).name] }) };
  });
}
