import type { Graph, GraphNode, ValueInfo } from './graph';

/**
 * Exchanges each Relu with the MaxPool that alone reads it: max(0, x) keeps the order, so that Relu(MaxPool(x)) is
 * MaxPool(Relu(x)), and the gradients are the same, where several elements are largest too. The Relu then has a fraction of
 * the elements, forward and back. Values in `kept` are still computed. Not for derivatives with rules of their own, which
 * tell the two orders apart.
 */
export function poolBeforeRelu(graph: Graph, kept: ReadonlySet<string>): Graph {
  const relus = new Map(graph.nodes.filter(({ op }) => op === 'Relu').map((node) => [node.outputs[0], node]));
  const uses = new Map<string, number>();
  for (const node of graph.nodes) for (const input of node.inputs) uses.set(input, (uses.get(input) ?? 0) + 1);
  const values = new Map(graph.values);
  const replaced = new Map<GraphNode, readonly GraphNode[]>();
  for (const pool of graph.nodes) {
    const [input] = pool.inputs;
    const [output, ...others] = pool.outputs;
    const relu = pool.op === 'MaxPool' && others.every((other) => other === '') ? relus.get(input) : undefined;
    const info = values.get(output);
    if (!relu || !info || kept.has(input) || uses.get(input) !== 1) continue;
    const between = addValue(values, `${output}/before ${relu.name}`, info);
    replaced.set(relu, []);
    replaced.set(pool, [
      { ...pool, inputs: relu.inputs, outputs: [between] },
      { ...relu, inputs: [between], outputs: [output] },
    ]);
    values.delete(input);
  }
  return replaced.size === 0 ? graph : { ...graph, nodes: graph.nodes.flatMap((node) => replaced.get(node) ?? node), values };
}

/** Adds a value with the type and shape of another, under a name that is not taken. */
function addValue(values: Map<string, ValueInfo>, wanted: string, { dtype, shape }: ValueInfo): string {
  let name = wanted;
  for (let suffix = 1; values.has(name); suffix++) name = `${wanted}_${suffix}`;
  values.set(name, { name, dtype, shape });
  return name;
}
