import { prune } from '../../graph/prune';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue } from './layerValue';

/**
 * The model with another first output, which is the one that is attributed: one of its outputs, or the value of a layer,
 * node or name. Of an ONNX model the rest is left out before anything of it is looked at.
 */
export function outputModel(base: Model, output: string): Model {
  if (base.endingAt) return base.endingAt(output);
  return derivedModel(base, JSON.stringify(['output', output]), () => {
    const index = base.outputs.findIndex(({ name }) => name === output);
    const valueOf = layerValue(base, { layer: output, isInput: false });
    return {
      outputs: index >= 0 ? [base.outputs[index]] : [{ name: output, dtype: 'float32', shape: [-1] }],
      graph: (graph) => prune({ ...graph, outputs: [index >= 0 ? graph.outputs[index] : valueOf(graph).name] }),
    };
  });
}
