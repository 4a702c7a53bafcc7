import { LensError } from '../../../protocol/errors';
import type { Attributes, Graph, GraphNode, ValueInfo } from '../../graph/graph';
import type { Rules } from '../../operators/operator';
import { formatShape, int64, type Shape, type Tensor } from '../../tensor';
import { movesBatch } from './batchLayout';
import { formFor } from './layerValue';

/** What a graph calls a value of the references. */
export const referenceName = (name: string): string => `reference/${name}`;

const NEXT_STEP = 'Export the model with a free batch axis, or use Integrated Gradients.';

/**
 * A graph twice, side by side: for its inputs, and for references of the first `count` of them. Only the nodes that have
 * one of the `rules`, which compare the halves of the first axis, compute both at once: there the values are joined on
 * the first axis, and taken apart behind. So each half has the number of examples that `graph` has, wherever they lie.
 *
 * @returns The graph, whose inputs are those of `graph` with the references after the first `count`, and what it calls the
 * outputs for the references.
 * @throws LensError `shape-mismatch` for a node whose rule looks at single examples (Softmax), where there are several and
 * they may lie elsewhere than on the first axis.
 */
export function twinGraph(graph: Graph, count: number, rules: Rules): { graph: Graph; references: readonly string[] } {
  const twins = new Twins(graph, count);
  for (const node of graph.nodes) {
    if (!twins.reaches(node)) twins.keep(node);
    else if (rules(node, graph)) twins.join(node);
    else twins.repeat(node);
  }
  return { graph: twins.graph, references: graph.outputs.map((name) => twins.of(name)) };
}

class Twins {
  private readonly rows: number;
  private readonly references: readonly ValueInfo[];
  private readonly nodes: GraphNode[] = [];
  private readonly values: Map<string, ValueInfo>;
  private readonly constants: Map<string, Tensor>;
  /** What the references make of a value that depends on the inputs. */
  private readonly twins = new Map<string, string>();

  constructor(
    private readonly base: Graph,
    private readonly count: number,
  ) {
    this.rows = base.inputs[0]?.shape[0] ?? 0;
    this.values = new Map(base.values);
    this.constants = new Map(base.constants);
    this.references = base.inputs.slice(0, count).map((input) => this.twin(input));
  }

  get graph(): Graph {
    const { base, references, nodes, values, constants, count } = this;
    return { ...base, inputs: [...base.inputs.slice(0, count), ...references, ...base.inputs.slice(count)], nodes, values, constants };
  }

  of(name: string): string {
    return this.twins.get(name) ?? name;
  }

  /** Whether a node computes something else for the references. */
  reaches({ inputs }: GraphNode): boolean {
    return inputs.some((name) => this.twins.has(name));
  }

  keep(node: GraphNode): void {
    this.nodes.push(node);
  }

  /** A node for the inputs, another for the references. */
  repeat(node: GraphNode): void {
    const inputs = node.inputs.map((name) => this.of(name));
    const outputs = node.outputs.map((name) => (name === '' ? '' : this.twin(this.valueOf(name)).name));
    this.nodes.push(node, { ...node, name: referenceName(node.name), inputs, outputs });
  }

  /** One node for both. Of a single example the halves become the rows of a new first axis, wherever the example's axis is. */
  join(node: GraphNode): void {
    const [x, ...others] = node.inputs;
    const [y] = node.outputs;
    const isByExample = node.op === 'Softmax' && this.rows > 1;
    if (others.some((name) => this.twins.has(name)) || node.outputs.some((name, index) => index > 0 && name !== '')) {
      throw this.refusal(node, 'DeepLift needs one input that depends on those of the model, and one output');
    }
    if (isByExample && movesBatch(this.base, this.rows)) {
      throw this.refusal(node, `DeepLift needs the batch on the first axis, and the model, which takes ${this.rows} examples at a time, may have moved it, got shape ${formatShape(this.valueOf(x).shape)}`);
    }
    const pair = [this.valueOf(x), this.valueOf(this.of(x))];
    const results = [this.valueOf(y), this.twin(this.valueOf(y))];
    const name = (part: string): string => (part === 'x' ? formFor(node.name, x) : `${node.name}/pairs/${part}`);
    if (isByExample || node.op === 'MaxPool') return this.joined(node, pair, results, name);
    const stacked = (value: ValueInfo, index: number, side: string): ValueInfo => ({ ...value, name: name(`${side}${index}`), shape: [1, ...value.shape] });
    const [ins, outs] = [pair.map((value, index) => stacked(value, index, 'x')), results.map((value, index) => stacked(value, index, 'y'))];
    for (const [index, value] of ins.entries()) this.reshape(pair[index], value);
    const axis = Number(node.attributes.axis ?? -1);
    this.joined(node.op === 'Softmax' ? { ...node, attributes: { ...node.attributes, axis: axis < 0 ? axis : axis + 1 } } : node, ins, outs, name);
    for (const [index, value] of outs.entries()) this.reshape(value, results[index]);
  }

  private joined(node: GraphNode, pair: readonly ValueInfo[], results: readonly ValueInfo[], name: (part: string) => string): void {
    const both = ({ shape: [first, ...rest] }: ValueInfo): Shape => [2 * first, ...rest];
    const [x, y] = [{ ...pair[0], name: name('x'), shape: both(pair[0]) }, { ...results[0], name: name('y'), shape: both(results[0]) }];
    this.step('Concat', pair.map((value) => value.name), [x], { axis: 0 });
    this.nodes.push({ ...node, inputs: [x.name, ...node.inputs.slice(1)], outputs: [y.name] });
    this.values.set(y.name, y);
    this.step('Split', [y.name], results, { axis: 0 });
  }

  private reshape(input: ValueInfo, output: ValueInfo): void {
    const name = `${output.name}/shape`;
    const shape = int64(output.shape, [output.shape.length]);
    this.constants.set(name, shape);
    this.values.set(name, { name, dtype: shape.dtype, shape: shape.shape });
    this.step('Reshape', [input.name, name], [output]);
  }

  private step(op: string, inputs: readonly string[], outputs: readonly ValueInfo[], attributes: Attributes = {}): void {
    this.nodes.push({ name: `${outputs[0].name}/${op}`, op, inputs, outputs: outputs.map(({ name }) => name), attributes });
    for (const value of outputs) this.values.set(value.name, value);
  }

  private twin(value: ValueInfo): ValueInfo {
    const twin = { ...value, name: referenceName(value.name) };
    this.twins.set(value.name, twin.name);
    this.values.set(twin.name, twin);
    return twin;
  }

  private valueOf(name: string): ValueInfo {
    const value = this.values.get(name);
    if (!value) throw new LensError('invalid-model', `Model '${this.base.name}': the value '${name}' is not known`);
    return value;
  }

  private refusal({ op, name }: GraphNode, problem: string): LensError {
    return new LensError('shape-mismatch', `${op} '${name}': ${problem}`, NEXT_STEP);
  }
}
