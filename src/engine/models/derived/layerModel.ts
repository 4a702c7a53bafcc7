import { LensError } from '../../../protocol/errors';
import { prune } from '../../graph/prune';
import { formatShape } from '../../tensor';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue, type LayerPlace } from './layerValue';

/** The part of a model that ends at a layer: its output is the layer's value. Throws `shape-mismatch` where that does not begin with the examples. */
export function layerModel(base: Model, place: LayerPlace): Model {
  return derivedModel(base, JSON.stringify(['layer', place.layer, place.isInput]), () => {
    const valueOf = layerValue(base, place);
    return {
      graph(graph) {
        const { name, shape } = valueOf(graph);
        if (graph.inputs[0]?.shape[0] === 1 && shape.length > 0 && shape[0] !== 1) {
          const which = place.isInput ? 'what it gets' : 'what it computes';
          throw new LensError('shape-mismatch', `Layer '${place.layer}': ${which} must have one entry for each example on axis 0, got shape ${formatShape(shape)} for one example`, 'Export the model with the batch on the first axis throughout (batch_first=True), or choose another layer.');
        }
        return prune({ ...graph, outputs: [name] });
      },
    };
  });
}
