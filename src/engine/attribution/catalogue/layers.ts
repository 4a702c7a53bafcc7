import type { LayerChoice } from '../../../protocol/renderer';
import { sharedEngine } from '../engine';
import { currentJob } from '../job';
import { Passes } from '../passes';
import { atLayers } from '../place';
import { examplesOf } from '../rows';
import type { Method, Subject } from './method';
import { specsOf } from './specs';
import { indexOfLargest } from './strongest';

/** Layers that menus list at most: the last ones. */
const MOST_LAYERS = 1000;

/** The layers of a model that have one float32 value for each example, in order. */
export async function layersIn(subject: Subject): Promise<LayerChoice[]> {
  const { model } = subject;
  const specs = await specsOf(subject);
  const graph = await model.graph(specs);
  const [batch] = specs[0].shape;
  const known = model.layers ?? graph.nodes.map(({ name, op, outputs }) => ({ name, op, output: outputs[0] }));
  const taken = new Set<string>();
  const found = known.flatMap(({ name, op, output }) => {
    const value = graph.values.get(output);
    if (value?.dtype !== 'float32' || value.shape[0] !== batch || value.shape.length < 2 || graph.constants.has(output) || taken.has(name)) return [];
    taken.add(name);
    return [{ name, op, shape: value.shape.slice(1) }];
  });
  return found.slice(-MOST_LAYERS);
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
export async function mostActiveNeuron({ model, inputs, additionalForwardArgs }: Subject, layer: string): Promise<number[]> {
  const engine = await sharedEngine();
  const job = currentJob();
  const passes = new Passes(engine.functionOf(model), inputs[0].shape[0], { forwardArgs: additionalForwardArgs, job });
  const [value] = await engine.inTurn(model, async () => (await atLayers(passes, layer, false, inputs)).values(examplesOf(inputs)));
  const { data, shape: [batch, ...axes] } = value;
  return indexOfLargest(data.subarray(0, data.length / batch), axes);
}
