import { LensError } from '../../protocol/errors';
import { operatorOf } from '../operators/registry';
import { float32, int64, type DataType, type Shape, type Tensor } from '../tensor';
import type { Attributes, Graph, GraphNode, ValueInfo } from './graph';
import { prune } from './prune';

/** What {@link GraphBuilder.node} may be told besides operator, inputs and attributes. */
export interface NodeOptions {
  /** The node's name; made unique by a suffix when taken. Default: the operator type. */
  name?: string;
  /** Names of the outputs (empty string: omitted). Default: one output named after the node. */
  outputs?: readonly string[];
}

/** Emits nodes and keeps the shape of every value. Start empty, or from a graph whose nodes are kept. */
export class GraphBuilder {
  private readonly inputs: ValueInfo[] = [];
  private readonly nodes: GraphNode[] = [];
  private readonly constants = new Map<string, Tensor>();
  private readonly values = new Map<string, ValueInfo>();
  private readonly taken = new Set<string>();
  private readonly scalars = new Map<string, ValueInfo>();

  constructor(
    private readonly name: string,
    base?: Graph,
  ) {
    if (!base) return;
    this.inputs.push(...base.inputs);
    this.nodes.push(...base.nodes);
    for (const [key, value] of base.constants) this.constants.set(key, value);
    for (const [key, value] of base.values) this.values.set(key, value);
    for (const key of base.values.keys()) this.taken.add(key);
    for (const node of base.nodes) this.taken.add(node.name);
  }

  /** Declares a value that is fed at run time. */
  input(name: string, dtype: DataType, shape: Shape): ValueInfo {
    const value = this.declare(name, dtype, shape);
    this.inputs.push(value);
    return value;
  }

  /** Adds a constant under the name itself, or a unique one made from it. */
  constant(tensor: Tensor, name = 'constant'): ValueInfo {
    const value = this.declare(this.unique(name), tensor.dtype, tensor.shape);
    this.constants.set(value.name, tensor);
    return value;
  }

  /** A float32 scalar constant (shape []), shared between uses. */
  scalar(value: number): ValueInfo {
    return this.shared(`scalar ${value}`, () => this.constant(float32([value], []), `scalar_${value}`));
  }

  /** An int64 vector constant, as axes, shapes and pads are given, shared between uses. */
  integers(values: readonly number[]): ValueInfo {
    return this.shared(`integers ${values.join(' ')}`, () => this.constant(int64(values, [values.length]), 'integers'));
  }

  /** Emits a node with one output and returns that. */
  op(type: string, inputs: readonly (ValueInfo | undefined)[], attributes: Attributes = {}, options: NodeOptions = {}): ValueInfo {
    return this.node(type, inputs, attributes, options)[0];
  }

  /** Emits a node and returns its outputs; omitted ones have the name ''. Shapes follow from the operator's shape rule. */
  node(type: string, inputs: readonly (ValueInfo | undefined)[], attributes: Attributes = {}, options: NodeOptions = {}): ValueInfo[] {
    const name = this.unique(options.name ?? type);
    const names = (options.outputs ?? [name]).map((output) => (output === '' || output === name ? output : this.unique(output)));
    const node: GraphNode = { name, op: type, inputs: inputs.map((value) => value?.name ?? ''), outputs: names, attributes };
    const infos = operatorOf(node).infer({ node, inputs, constant: (index) => this.constantOf(inputs[index]) });
    if (infos.length < names.length) throw new LensError('invalid-model', `${type} '${name}': has ${infos.length} output(s), ${names.length} were named`);
    this.nodes.push(node);
    return names.map((output, index) => (output === '' ? { name: '', ...infos[index] } : this.declare(output, infos[index].dtype, infos[index].shape)));
  }

  /** The tensor behind a value when it is a constant. */
  constantOf(value: ValueInfo | undefined): Tensor | undefined {
    return value && this.constants.get(value.name);
  }

  /** A value by name. Throws `not-found`. */
  value(name: string): ValueInfo {
    const value = this.values.get(name);
    if (!value) throw new LensError('not-found', `Graph '${this.name}': there is no value '${name}'`);
    return value;
  }

  /** The graph that computes these outputs; nodes and constants that they do not need are left out, inputs stay. */
  build(outputs: readonly (ValueInfo | string)[]): Graph {
    return prune({
      name: this.name,
      inputs: this.inputs,
      outputs: outputs.map((output) => (typeof output === 'string' ? output : output.name)),
      nodes: this.nodes,
      constants: this.constants,
      values: this.values,
    });
  }

  /** A name not used yet by a value or node of this graph. */
  private unique(name: string): string {
    let candidate = name;
    for (let suffix = 1; this.taken.has(candidate); suffix++) candidate = `${name}_${suffix}`;
    this.taken.add(candidate);
    return candidate;
  }

  private declare(name: string, dtype: DataType, shape: Shape): ValueInfo {
    if (this.values.has(name)) throw new LensError('invalid-model', `Graph '${this.name}': the value '${name}' is defined twice`);
    this.taken.add(name);
    const value: ValueInfo = { name, dtype, shape: [...shape] };
    this.values.set(name, value);
    return value;
  }

  private shared(key: string, make: () => ValueInfo): ValueInfo {
    const known = this.scalars.get(key) ?? make();
    this.scalars.set(key, known);
    return known;
  }
}
