import { LensError } from '../../../protocol/errors';
import type { Graph, GraphNode, ValueInfo } from '../../graph/graph';
import { prune } from '../../graph/prune';
import type { DataType, Shape } from '../../tensor';
import type { Model, ModelPort } from '../model';

const known = new WeakMap<Model, WeakMap<Model, Model>>();

/**
 * A model followed by another, which gets its first output and `others` more inputs. It takes the first model's inputs,
 * then these; its outputs are the second's. The same two models give the same.
 */
export function followedModel(first: Model, second: Model, others: number): Model {
  const models = known.get(first) ?? new WeakMap<Model, Model>();
  known.set(first, models);
  const model = models.get(second) ?? new FollowedModel(first, second, others);
  models.set(second, model);
  return model;
}

class FollowedModel implements Model {
  readonly name: string;
  readonly format: Model['format'];
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  readonly layers: Model['layers'];
  private readonly graphs = new WeakMap<Graph, WeakMap<Graph, Graph>>();

  constructor(
    private readonly first: Model,
    private readonly second: Model,
    private readonly others: number,
  ) {
    this.name = first.name;
    this.format = first.format;
    this.inputs = [...first.inputs, ...second.inputs.slice(1, 1 + others)];
    this.outputs = second.outputs;
    this.layers = first.layers;
  }

  async graph(inputs: readonly { shape: Shape; dtype: DataType }[]): Promise<Graph> {
    const own = inputs.length - this.others;
    const first = await this.first.graph(inputs.slice(0, own));
    const output = first.values.get(first.outputs[0]);
    if (!output) throw new LensError('invalid-model', `Model '${this.name}': it has no output`);
    const second = await this.second.graph([output, ...inputs.slice(own)]);
    const joined = this.graphs.get(first) ?? new WeakMap<Graph, Graph>();
    this.graphs.set(first, joined);
    const graph = joined.get(second) ?? join(first, second);
    joined.set(second, graph);
    return graph;
  }

  dispose(): void {} // both models are their owners'
}

/** One graph of two; the second's values get a prefix that the first does not use. */
function join(first: Graph, second: Graph): Graph {
  const taken = [...first.values.keys(), ...first.nodes.map(({ name }) => name)];
  let prefix = second.name;
  while (taken.some((name) => name.startsWith(`${prefix}/`))) prefix = `${prefix}_`;
  const fed = second.inputs[0].name;
  const renamed = (name: string): string => (name === '' ? '' : name === fed ? first.outputs[0] : `${prefix}/${name}`);
  const info = (value: ValueInfo): ValueInfo => ({ ...value, name: renamed(value.name) });
  const nodes = second.nodes.map((node): GraphNode => ({ ...node, name: `${prefix}/${node.name}`, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) }));
  const values = [...second.values.values()].filter(({ name }) => name !== fed).map(info);
  return prune({
    name: first.name,
    inputs: [...first.inputs, ...second.inputs.slice(1).map(info)],
    outputs: second.outputs.map(renamed),
    nodes: [...first.nodes, ...nodes],
    constants: new Map([...first.constants, ...[...second.constants].map(([name, tensor]) => [renamed(name), tensor] as const)]),
    values: new Map([...first.values, ...values.map((value) => [value.name, value] as const)]),
  });
}
