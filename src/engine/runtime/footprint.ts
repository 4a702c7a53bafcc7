import type { Graph, ValueInfo } from '../graph/graph';
import { sizeOf, type DataType } from '../tensor';

const BYTES: Readonly<Record<DataType, number>> = { float32: 4, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1, string: 16 };

/**
 * The largest sum of bytes of values, constants left out, that must exist at the same time while a graph runs in its
 * nodes' order: what an executor that frees values after their last use needs.
 */
export function peakBytes(graph: Graph): number {
  const lastUse = new Map<string, number>();
  for (const [index, node] of graph.nodes.entries()) for (const name of [...node.outputs, ...node.inputs]) lastUse.set(name, index);
  for (const name of graph.outputs) lastUse.set(name, graph.nodes.length);
  const bytes = (name: string): number => (graph.constants.has(name) ? 0 : bytesOf(graph.values.get(name)));
  let live = graph.inputs.reduce((total, input) => total + bytesOf(input), 0);
  let peak = live;
  for (const [index, node] of graph.nodes.entries()) {
    for (const output of node.outputs) live += bytes(output);
    peak = Math.max(peak, live);
    for (const name of new Set([...node.inputs, ...node.outputs])) if (lastUse.get(name) === index) live -= bytes(name);
  }
  return peak;
}

const bytesOf = (value: ValueInfo | undefined): number => (value ? sizeOf(value.shape) * BYTES[value.dtype] : 0);
