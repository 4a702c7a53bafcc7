import type { Attributes, Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { int64, type Shape } from '../../tensor';
import type { Model } from '../model';
import { isFirst, type BatchLayout } from './batchLayout';
import { derivedModel } from './derivedModel';
import { examplesFirstName, formFor, layerValue, type LayerPlace } from './layerValue';
import { apart } from './ownLayout';

/** A layer whose values have the examples elsewhere than on axis 0. */
export interface LaidOutPlace {
  readonly place: LayerPlace;
  readonly layout: BatchLayout;
}

/**
 * The same function with the values of some layers, as of torch's recurrent and attention layers over [time, batch, width],
 * brought to the layout with the examples on axis 0 and back again: {@link layerValue} finds them there. All that reads the
 * values reads what was brought back, each node its own, so that the model can still be entered at one of them alone.
 */
export function examplesFirstModel(base: Model, places: readonly LaidOutPlace[]): Model {
  const moved = places.filter(({ layout }) => !isFirst(layout));
  if (moved.length === 0) return base;
  return derivedModel(base, JSON.stringify(['examples first', moved]), () => {
    const found = moved.map(({ place, layout }) => ({ layout, valueOf: layerValue(base, place) }));
    return { graph: (graph) => found.reduce((before, { layout, valueOf }) => turned(before, valueOf(graph), layout), graph) };
  });
}

function turned(graph: Graph, value: ValueInfo, layout: BatchLayout): Graph {
  const values = new Map(graph.values);
  if (values.has(examplesFirstName(value.name))) return graph;
  const constants = new Map(graph.constants);
  const { axes, at } = apart(value.shape, layout);
  const isSplit = axes.length > value.shape.length;
  const perm = [at, ...axes.keys()].filter((axis, index) => index === 0 || axis !== at);

  const step = (op: string, inputs: readonly string[], name: string, shape: Shape, attributes: Attributes = {}): GraphNode => {
    values.set(name, { ...value, name, shape });
    return { name: `${name}/${op}`, op, inputs, outputs: [name], attributes };
  };
  const reshape = (input: string, name: string, shape: Shape): GraphNode => {
    const target = `${name}/shape`;
    const vector = int64(shape, [shape.length]);
    constants.set(target, vector);
    values.set(target, { name: target, dtype: vector.dtype, shape: vector.shape });
    return step('Reshape', [input, target], name, shape);
  };

  const first = examplesFirstName(value.name);
  const split = isSplit ? [reshape(value.name, `${first}/apart`, axes)] : [];
  const there = [...split, step('Transpose', [split[0]?.outputs[0] ?? value.name], first, perm.map((axis) => axes[axis]), { perm })];
  const back = (reader: GraphNode): GraphNode[] => {
    if (!reader.inputs.includes(value.name)) return [reader];
    const own = formFor(reader.name, value.name);
    const transposed = step('Transpose', [first], isSplit ? `${own}/apart` : own, axes, { perm: axes.map((_, axis) => perm.indexOf(axis)) });
    const returned = isSplit ? [transposed, reshape(transposed.outputs[0], own, value.shape)] : [transposed];
    return [...returned, { ...reader, inputs: reader.inputs.map((name) => (name === value.name ? own : name)) }];
  };
  const nodes = graph.nodes.flatMap((node) => [...back(node), ...(node.outputs.includes(value.name) ? there : [])]);
  const isInput = graph.inputs.some(({ name }) => name === value.name);
  return { ...graph, nodes: isInput ? [...there, ...nodes] : nodes, values, constants };
}
