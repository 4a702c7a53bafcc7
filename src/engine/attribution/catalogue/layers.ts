import type { LayerChoice } from '../../../protocol/renderer';
import type { Graph } from '../../graph/graph';
import { batchLayouts, FIRST, movesBatch, type BatchLayout } from '../../models/derived/batchLayout';
import { examplesFirstShape } from '../../models/derived/ownLayout';
import { sharedEngine } from '../engine';
import { unlessRefused } from '../layouts';
import { atLayers } from '../place';
import { examplesOf } from '../rows';
import type { Method, Subject } from './method';
import { passesOf, specsOf } from './specs';
import { indexOfLargest } from './strongest';

/** Layers that menus list at most: the last ones. */
const MOST_LAYERS = 1000;

/** The layers of a model that have a float32 value for each example, in order, with the shape of one example's. */
export async function layersIn(subject: Subject): Promise<LayerChoice[]> {
  const { model } = subject;
  const specs = await specsOf(subject);
  const graph = await model.graph(specs);
  const [batch] = specs[0].shape;
  const layouts = await layoutsIn(subject, graph);
  const known = model.layers ?? graph.nodes.map(({ name, op, outputs }) => ({ name, op, output: outputs[0] }));
  const taken = new Set<string>();
  const found = known.flatMap(({ name, op, output }) => {
    const value = graph.values.get(output);
    const layout = layouts?.get(output) ?? (value?.shape[0] === batch ? FIRST : undefined);
    if (value?.dtype !== 'float32' || !layout || Number.isNaN(layout.within) || value.shape.length < 2 || graph.constants.has(output) || taken.has(name)) return [];
    taken.add(name);
    return [{ name, op, shape: examplesFirstShape(value.shape, layout).slice(1) }];
  });
  return found.slice(-MOST_LAYERS);
}

/** Where values have the examples, in a model that moves them; undefined where they stay first, or cannot be told. */
async function layoutsIn({ model, inputs, additionalForwardArgs }: Subject, graph: Graph): Promise<ReadonlyMap<string, BatchLayout> | undefined> {
  const [batch] = graph.inputs[0].shape;
  if (!movesBatch(graph, batch)) return undefined;
  const [examples] = inputs[0].shape;
  const more = graph.inputs.map(({ dtype, shape }, index) => ({ dtype, shape: index < inputs.length || additionalForwardArgs[index - inputs.length]?.shape[0] === examples ? [2 * batch, ...shape.slice(1)] : shape }));
  const longer = await unlessRefused(model.graph(more));
  return longer && batchLayouts(graph, longer);
}

/**
 * The layer that methods start with: the last one with positions, as Grad-CAM takes it, else the last before the output.
 * A neuron is one of a convolution where there is one: behind an activation that is cut off, as ReLU6 is, the most active
 * neuron does not react to anything.
 */
export function defaultLayer(layers: readonly LayerChoice[], needs: Method['needs']): LayerChoice | undefined {
  const spatial = layers.filter(({ shape: [, ...positions] }) => positions.length > 0 && positions.every((length) => length > 1));
  const convolution = needs === 'neuron' ? spatial.findLast(({ op }) => op === 'Conv') : undefined;
  return convolution ?? spatial.at(-1) ?? layers.at(-2) ?? layers.at(-1);
}

/** The index of the neuron of a layer with the largest value at the first example. */
export async function mostActiveNeuron(subject: Subject, layer: string): Promise<number[]> {
  const { model, inputs } = subject;
  const engine = await sharedEngine();
  const passes = await passesOf(subject);
  const [value] = await engine.inTurn(model, async () => (await atLayers(passes, layer, false, inputs)).values(examplesOf(inputs)));
  const { data, shape: [batch, ...axes] } = value;
  return indexOfLargest(data.subarray(0, data.length / batch), axes);
}
