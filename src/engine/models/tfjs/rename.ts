import type { Graph } from '../../graph/graph';

/**
 * The same graph with other names for some of its values. Inputs keep theirs; a name that is wanted twice gets a suffix,
 * and so does a value in the way of a wanted name.
 */
export function renameValues(graph: Graph, wanted: ReadonlyMap<string, string>): Graph {
  const fixed = new Set(graph.inputs.map(({ name }) => name));
  const moving = new Map([...wanted].filter(([name]) => graph.values.has(name) && !fixed.has(name)));
  const taken = new Set(fixed);
  const names = new Map<string, string>();
  const claim = (from: string, to: string): void => {
    let candidate = to;
    for (let suffix = 1; taken.has(candidate); suffix++) candidate = `${to}_${suffix}`;
    taken.add(candidate);
    names.set(from, candidate);
  };
  for (const [from, to] of moving) claim(from, to);
  for (const name of graph.values.keys()) if (!moving.has(name) && !fixed.has(name)) claim(name, name);
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    ...graph,
    outputs: graph.outputs.map(renamed),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) })),
    constants: new Map([...graph.constants].map(([name, value]) => [renamed(name), value])),
    values: new Map([...graph.values].map(([name, value]) => [renamed(name), { ...value, name: renamed(name) }])),
  };
}
