import { GraphBuilder } from '../graph/builder';
import { derivedModel } from '../models/derived/derivedModel';
import type { Model } from '../models/model';

/**
 * The loss of an example's selected output: `negative_log`, -log f, for models that return probabilities;
 * `cross_entropy`, -log softmax(f), for models that return logits.
 */
export type LossFunc = 'negative_log' | 'cross_entropy';

/** The model whose outputs are the losses of selecting each output of another. */
export function lossModel(base: Model, loss: LossFunc): Model {
  return derivedModel(base, JSON.stringify(['loss', loss]), () => ({
    graph(graph) {
      const builder = new GraphBuilder(graph.name, graph);
      const output = builder.value(graph.outputs[0]);
      return builder.build([builder.op('Neg', [loss === 'cross_entropy' ? builder.op('LogSoftmax', [output], { axis: 1 }) : builder.op('Log', [output])])]);
    },
  }));
}
