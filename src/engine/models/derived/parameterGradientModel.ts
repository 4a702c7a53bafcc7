import { GraphBuilder } from '../../graph/builder';
import { differentiate, gradientName, seedName } from '../../graph/differentiate';
import type { Graph } from '../../graph/graph';
import { prune } from '../../graph/prune';
import { algebra } from '../../operators/algebra';
import { float32, sizeOf } from '../../tensor';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';

/**
 * The gradient of a loss with respect to parameters, all in a row: [1, parameters]. For several examples at once it is
 * that of the sum of their losses. `losses` returns the loss of each example, [examples].
 */
export function parameterGradientModel(losses: Model, parameters: readonly string[]): Model {
  return derivedModel(losses, JSON.stringify(['parameter gradient', parameters]), () => ({ graph: (graph) => gradientGraph(graph, parameters) }));
}

/**
 * The product of the Hessian of a loss with respect to parameters and a vector, d(gradient . vector)/d(parameters),
 * [1, parameters] (Pearlmutter, "Fast Exact Multiplication by the Hessian", 1994): reverse mode over reverse mode. The
 * vector, [1, parameters], is taken after the inputs of `losses`; for several examples their Hessians are summed.
 */
export function hessianProductModel(losses: Model, parameters: readonly string[]): Model {
  return derivedModel(losses, JSON.stringify(['hessian product', parameters]), () => ({
    inputs: [...losses.inputs, { name: 'vector', dtype: 'float32', shape: [1, -1] }],
    specs: (given) => given.slice(0, -1),
    graph(graph) {
      const gradient = gradientGraph(graph, parameters);
      const builder = new GraphBuilder(gradient.name, gradient);
      const row = builder.value(gradient.outputs[0]);
      const vector = builder.input('vector', 'float32', row.shape);
      const product = builder.op('ReduceSum', [builder.op('Mul', [row, vector]), builder.integers([1])], { keepdims: 0 }, { name: 'gradient . vector' });
      return gradientGraph(builder.build([product]), parameters);
    },
  }));
}

function gradientGraph(graph: Graph, parameters: readonly string[]): Graph {
  const [loss] = graph.outputs;
  const seed = seedName(loss);
  const differentiated = differentiate(prune({ ...graph, outputs: [loss] }), { of: loss, wrt: parameters });
  const shape = differentiated.values.get(seed)?.shape ?? [];
  const constants = new Map(differentiated.constants).set(seed, float32(new Float32Array(sizeOf(shape)).fill(1), shape));
  const builder = new GraphBuilder(graph.name, { ...differentiated, constants, inputs: differentiated.inputs.filter(({ name }) => name !== seed) });
  const { reshape, concat } = algebra(builder);
  const rows = parameters.map((name) => builder.value(gradientName(name))).map((gradient) => reshape(gradient, [1, sizeOf(gradient.shape)]));
  return renamed(builder.build([concat(rows, 1)]));
}

/** The graph with the names of its gradients free again, so that it can be differentiated once more. */
function renamed(graph: Graph): Graph {
  const rename = (name: string): string => (name.startsWith(gradientName('')) || name.startsWith(seedName('')) ? `first/${name}` : name);
  return {
    ...graph,
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => ({ ...node, name: rename(node.name), inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
    constants: new Map([...graph.constants].map(([name, tensor]) => [rename(name), tensor])),
    values: new Map([...graph.values].map(([name, value]) => [rename(name), { ...value, name: rename(name) }])),
  };
}
