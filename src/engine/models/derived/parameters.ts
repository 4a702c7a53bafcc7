import { LensError } from '../../../protocol/errors';
import type { Graph, GraphNode } from '../../graph/graph';
import { prune } from '../../graph/prune';
import { float32, formatShape, isFloat32, type Tensor } from '../../tensor';
import type { Model } from '../model';
import { rewrittenModel } from './derivedModel';

/** Inputs of operators that are set, not learned: running statistics, scales. */
const NOT_LEARNED: Readonly<Record<string, readonly number[]>> = { BatchNormalization: [3, 4], Resize: [1, 2], Dropout: [1], Pad: [2] };

/**
 * The names of a model's parameters: the float32 constants with at least one axis that its first output is computed
 * from, but for running statistics. With layers, those that the layers' nodes use.
 *
 * @throws LensError `not-found` for a layer without parameters, `invalid-argument` for a model without any.
 */
export function parametersOf(graph: Graph, layers?: readonly string[]): string[] {
  const { nodes, constants } = prune({ ...graph, outputs: graph.outputs.slice(0, 1) });
  const isLearned = (name: string): boolean => {
    const tensor = constants.get(name);
    return tensor !== undefined && isFloat32(tensor) && tensor.shape.length > 0;
  };
  const usedBy = (wanted: readonly GraphNode[]): string[] => [...new Set(wanted.flatMap(({ op, inputs }) => inputs.filter((name, position) => isLearned(name) && !NOT_LEARNED[op]?.includes(position))))];
  const all = usedBy(nodes);
  if (all.length === 0) throw new LensError('invalid-argument', `Model '${graph.name}': it has no parameters`);
  if (!layers) return all;
  const chosen = layers.flatMap((layer) => {
    const within = (name: string): boolean => name === layer || name.startsWith(`${layer}.`) || name.startsWith(`${layer}/`);
    const found = new Set([...usedBy(nodes.filter(({ name }) => within(name))), ...all.filter(within)]);
    if (found.size === 0) throw new LensError('not-found', `Model '${graph.name}': there is no layer '${layer}' with parameters`, `Its parameters are: ${all.slice(0, 8).join(', ')}${all.length > 8 ? ', ...' : ''}.`);
    return [...found];
  });
  return all.filter((name) => chosen.includes(name));
}

/**
 * The same model with other values of some parameters: a checkpoint of its training.
 *
 * @throws LensError `not-found`, `shape-mismatch` when the graph is made, for weights that the model does not have.
 */
export function withWeights(base: Model, weights: Readonly<Record<string, Tensor<'float32'>>>): Model {
  return rewrittenModel(base, {
    graph(graph) {
      const constants = new Map(graph.constants);
      for (const [name, { data, shape }] of Object.entries(weights)) {
        const known = constants.get(name);
        if (!known) throw new LensError('not-found', `Model '${base.name}': there is no parameter '${name}'`, `Its parameters are: ${parametersOf(graph).slice(0, 8).join(', ')}.`);
        if (formatShape(known.shape) !== formatShape(shape)) throw new LensError('shape-mismatch', `Parameter '${name}' of model '${base.name}' must have the shape ${formatShape(known.shape)}, got ${formatShape(shape)}`);
        constants.set(name, float32(data, shape));
      }
      return { ...graph, constants };
    },
  });
}
