import type { Graph, GraphNode, ValueInfo } from './graph';
import type { Tensor } from '../tensor';

/** The same graph without the nodes, constants and values that its outputs do not need. Inputs stay. */
export function prune(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const nodes: GraphNode[] = [];
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index];
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) if (input !== '') needed.add(input);
  }
  nodes.reverse();
  const produced = new Set(nodes.flatMap((node) => node.outputs));
  const fed = new Set(graph.inputs.map((input) => input.name));
  const constants = new Map<string, Tensor>();
  for (const [name, tensor] of graph.constants) if (needed.has(name)) constants.set(name, tensor);
  const values = new Map<string, ValueInfo>();
  for (const [name, value] of graph.values) if (produced.has(name) || fed.has(name) || constants.has(name)) values.set(name, value);
  return { ...graph, nodes, constants, values };
}
