import { LensError } from '../../../protocol/errors';
import type { Graph, ValueInfo } from '../../graph/graph';
import type { Model } from '../model';

/** The value that a layer computes, or the one that it gets. */
export interface LayerPlace {
  /** As the user names the layer: a module (`layer1.0.conv1`), a node, or a value. */
  readonly layer: string;
  readonly isInput: boolean;
}

/** What a graph calls a value with the examples moved to axis 0. */
export const examplesFirstName = (name: string): string => `${name}/examples first`;

/** What a graph calls a value in the form in which one of the nodes that read it gets it. */
export const formFor = (reader: string, name: string): string => `${name}/form for/${reader}`;
const FORM = /\/form for\/.*$/s;

/** What a graph calls the value at a layer. */
export type ValueOf = (graph: Graph) => ValueInfo;

/**
 * Finds the float32 value of a layer in the graphs of a model; that with the examples on axis 0 where the graph has it.
 *
 * @throws LensError `not-found` for a layer that the model does not have, `invalid-argument` when the layer has several
 * inputs and its input is asked for, or when the value is not float32.
 */
export function layerValue(model: Model, { layer, isInput }: LayerPlace): ValueOf {
  const module = model.layers?.find(({ name }) => name === layer);
  return (graph) => {
    const node = graph.nodes.find(({ name, outputs }) => name === layer || outputs.includes(module?.output ?? layer));
    const output = module?.output ?? (graph.values.has(layer) ? layer : node?.outputs[0]);
    const fitting = isInput ? (module?.inputs ?? node?.inputs.filter((name) => name !== '' && !graph.constants.has(name)) ?? []) : [output];
    if (isInput && fitting.length > 1) {
      throw new LensError('invalid-argument', `Layer '${layer}': it has ${fitting.length} inputs (${fitting.join(', ')}), one is needed`, 'Name the layer that computes the input.');
    }
    const name = (fitting[0] ?? '').replace(FORM, '');
    const value = graph.values.get(examplesFirstName(name)) ?? graph.values.get(name);
    if (!value) throw new LensError('not-found', `Model '${model.name}': there is no layer '${layer}'${isInput ? ' with an input' : ''}`, layersOf(model, graph));
    if (value.dtype !== 'float32') throw new LensError('invalid-argument', `Layer '${layer}': only float32 values have attributions, got ${value.dtype}`);
    return value;
  };
}

function layersOf({ layers }: Model, { nodes }: Graph): string | undefined {
  const names = (layers ?? nodes).map(({ name }) => name);
  const shown = names.slice(0, 8);
  return shown.length === 0 ? undefined : `It has: ${shown.join(', ')}${names.length > shown.length ? ', ...' : ''}.`;
}
