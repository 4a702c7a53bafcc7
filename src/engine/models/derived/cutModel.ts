import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { prune } from '../../graph/prune';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue, type LayerPlace, type ValueOf } from './layerValue';

/**
 * The model re-entered at layers: the layers' values are fed, not computed. What a layer gets is fed to that layer
 * alone; others that read the same value keep it. The model takes the layers' values first, then all inputs of the base
 * model, which paths around the layers still use.
 */
export function cutModel(base: Model, places: readonly LayerPlace[]): Model {
  return derivedModel(base, JSON.stringify(['cut', ...places.map(({ layer, isInput }) => [layer, isInput])]), () => {
    const cuts = places.map((place): Cut => ({ place, valueOf: layerValue(base, place), outputOf: layerValue(base, { ...place, isInput: false }) }));
    return {
      inputs: [...places.map(({ layer }) => ({ name: layer, dtype: 'float32' as const, shape: [-1] })), ...base.inputs],
      specs: (given) => given.slice(places.length),
      graph(graph) {
        const fed: ValueInfo[] = [];
        let entered = graph;
        for (const cut of cuts) {
          const value = cut.valueOf(graph);
          const [name, next] = cut.place.isInput ? enteredAt(entered, value, cut) : [value.name, withoutProducer(entered, value)];
          entered = next;
          fed.push({ ...value, name });
        }
        const values = new Map([...entered.values, ...fed.map((value) => [value.name, value] as const)]);
        return prune({ ...entered, inputs: [...fed, ...entered.inputs], values });
      },
    };
  });
}

interface Cut {
  readonly place: LayerPlace;
  readonly valueOf: ValueOf;
  readonly outputOf: ValueOf;
}

/** Nodes between a value and the layer's output read a value of their own in its place. */
function enteredAt(graph: Graph, { name }: ValueInfo, { place, outputOf }: Cut): [name: string, graph: Graph] {
  const own = `${name}/into ${place.layer}`;
  const needed = new Set([outputOf(graph).name]);
  const nodes: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const isOnPath = node.outputs.some((output) => needed.has(output)) && !node.outputs.includes(name);
    if (isOnPath) for (const input of node.inputs) needed.add(input);
    nodes.unshift(isOnPath ? { ...node, inputs: node.inputs.map((input) => (input === name ? own : input)) } : node);
  }
  return [own, { ...graph, nodes }];
}

/** Nothing computes the value. An input of the model that the layer's value is, is taken, but not used. */
function withoutProducer(graph: Graph, { name }: ValueInfo): Graph {
  const nodes = graph.nodes.map((node) => (node.outputs.includes(name) ? { ...node, outputs: node.outputs.map((output) => (output === name ? '' : output)) } : node));
  const inputs = graph.inputs.map((input) => (input.name === name ? { ...input, name: `${name}/unused` } : input));
  const values = new Map([...graph.values, ...inputs.map((input) => [input.name, input] as const)]);
  return { ...graph, inputs, values, nodes: nodes.filter(({ outputs }) => outputs.some((output) => output !== '')) };
}
