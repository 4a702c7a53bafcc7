import { prune } from '../../graph/prune';
import type { Model } from '../model';
import { derivedModel } from './derivedModel';
import { layerValue, type LayerPlace } from './layerValue';

/**
 * The model re-entered at layers: the layers' values are fed, not computed. It takes them first, then all inputs of the
 * base model, which paths around the layers still use.
 */
export function cutModel(base: Model, places: readonly LayerPlace[]): Model {
  return derivedModel(base, JSON.stringify(['cut', ...places.map(({ layer, isInput }) => [layer, isInput])]), () => {
    const valuesOf = places.map((place) => layerValue(base, place));
    return {
      inputs: [...places.map(({ layer }) => ({ name: layer, dtype: 'float32' as const, shape: [-1] })), ...base.inputs],
      specs: (given) => given.slice(places.length),
      graph(graph) {
        const fed = valuesOf.map((valueOf) => valueOf(graph));
        const names = new Set(fed.map(({ name }) => name));
        const nodes = graph.nodes.map((node) => (node.outputs.some((output) => names.has(output)) ? { ...node, outputs: node.outputs.map((output) => (names.has(output) ? '' : output)) } : node));
        // A layer that is fed by an input of the model stands in for it; that input is taken, but not used.
        const inputs = graph.inputs.map((input) => (names.has(input.name) ? { ...input, name: `${input.name}/unused` } : input));
        const values = new Map([...graph.values, ...inputs.map((input) => [input.name, input] as const)]);
        return prune({ ...graph, inputs: [...fed, ...inputs], values, nodes: nodes.filter(({ outputs }) => outputs.some((output) => output !== '')) });
      },
    };
  });
}
