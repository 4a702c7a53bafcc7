import type { Graph, GraphNode } from '../../graph/graph';
import { sizeOf, type Shape } from '../../tensor';

/** How the examples of a batch lie in a value: the axis `axis` is [within, examples, inner], of which all but the examples are mostly 1. */
export interface BatchLayout {
  /** The axis that grows with the batch. */
  readonly axis: number;
  /** How many times the examples are repeated within that axis: of [T * N, C] it is T. */
  readonly within: number;
  /** How many entries of that axis an example has in a row: of [N * heads, T, C] it is the number of heads. */
  readonly inner: number;
}

/** The examples on axis 0. */
export const FIRST: BatchLayout = { axis: 0, within: 1, inner: 1 };

/** Whether axis 0 has one entry for each example, and nothing else. */
export const isFirst = ({ axis, within, inner }: BatchLayout): boolean => axis === 0 && within === 1 && inner === 1;

/** Operators that leave the memory of a value as it is. */
const RESHAPES = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/** Whether some node of the graph may take the examples, `rows` in all, away from the first axis. */
export function movesBatch({ nodes, values }: Graph, rows: number): boolean {
  const first = (name: string): number => values.get(name)?.shape[0] ?? rows;
  return nodes.some(({ op, inputs, outputs, attributes }) => {
    if (op === 'Einsum') return true;
    if (op === 'Transpose') return (attributes.perm as readonly number[] | undefined)?.[0] !== 0;
    if (!RESHAPES.includes(op)) return false;
    return first(inputs[0]) % rows === 0 && first(outputs[0]) % rows !== 0;
  });
}

/**
 * Where the examples lie in each value that depends on them, found by comparing a graph with that of the same model for
 * more examples: the axis that is longer there is the one of the examples. `within` and `inner` are NaN where the examples
 * are not in order, as in two batches one after the other.
 *
 * @param longer the same model for more examples, on axis 0 of the inputs that have them.
 */
export function batchLayouts(graph: Graph, longer: Graph): Map<string, BatchLayout> {
  const layouts = new Map<string, BatchLayout>();
  const counts = [graph, longer].map(({ inputs }, which) => inputs.find((input, index) => input.shape[0] !== [longer, graph][which].inputs[index].shape[0])?.shape[0] ?? 1) as [number, number];
  for (const [index, { name, shape }] of graph.inputs.entries()) if (longer.inputs[index].shape[0] !== shape[0]) layouts.set(name, FIRST);
  for (const node of graph.nodes) for (const [name, layout] of layoutsOf(node, [graph, longer], counts, layouts)) layouts.set(name, layout);
  return layouts;
}

/** The number of blocks that the axes before `axis` make. */
export const leading = (shape: Shape, axis: number): number => sizeOf(shape.slice(0, axis));

/** Where the examples are in what a node computes; nothing for what does not depend on them. */
function layoutsOf({ op, inputs, outputs }: GraphNode, [graph, longer]: readonly [Graph, Graph], [few, many]: readonly [number, number], layouts: ReadonlyMap<string, BatchLayout>): [string, BatchLayout][] {
  const sources = inputs.flatMap((name) => layouts.get(name) ?? []);
  if (sources.length === 0) return [];
  return outputs.flatMap((name): [string, BatchLayout][] => {
    const shape = graph.values.get(name)?.shape ?? [];
    const wide = longer.values.get(name)?.shape ?? [];
    const unknown = (axis: number): [string, BatchLayout][] => [[name, { axis, within: NaN, inner: NaN }]];
    const axis = shape.findIndex((dim, index) => wide[index] !== dim);
    if (axis < 0) return wide.length === shape.length ? [] : unknown(0);
    const perExample = shape[axis] / few;
    if (wide[axis] / many !== perExample) return unknown(axis);
    if (perExample === 1) return [[name, { axis, within: 1, inner: 1 }]];
    const layout = layouts.get(inputs[0]);
    const isReshaped = layout && RESHAPES.includes(op);
    const within = isReshaped ? (leading(graph.values.get(inputs[0])?.shape ?? [], layout.axis) * layout.within) / leading(shape, axis) : sources.find((source) => source.within * source.inner === perExample)?.within;
    const inner = perExample / (within ?? NaN);
    return within !== undefined && Number.isInteger(within) && Number.isInteger(inner) ? [[name, { axis, within, inner }]] : unknown(axis);
  });
}
