import { integers } from '../operators/attributes';
import { materialise, stridesOf } from '../operators/strided';
import { int64, sizeOf, toNumbers, type Shape, type Tensor } from '../tensor';
import type { Attributes, Graph, GraphNode, ValueInfo } from './graph';

/** A value as the transpose of another one: axis i of it is axis perm[i] of `source`. */
interface View {
  readonly source: ValueInfo;
  readonly perm: readonly number[];
  /** The name of the node that computed it. */
  readonly node: string;
}

/** Operators that treat all places alike, so that a Transpose can go after them instead of before. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  ('Abs Acos Acosh Add And Asin Asinh Atan Atanh Cast Ceil Celu Clip Cos Cosh Div Elu Equal Erf Exp Floor Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN ' +
    'LeakyRelu Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Tan Tanh ThresholdedRelu Where Xor').split(' '),
);

const REDUCTIONS: ReadonlySet<string> = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum']);

/**
 * An equal graph in which data changes its layout as seldom as possible: a Transpose moves behind the elementwise
 * operators, reductions, concatenations and pads that read it, until it meets its inverse and both disappear, or an
 * operator that needs the layout. Models of TensorFlow (channels last) become chains of channels-first operators.
 * Values in `kept` are computed where they were.
 */
export function cancelTransposes(graph: Graph, kept: ReadonlySet<string>): Graph {
  return graph.nodes.some((node) => node.op === 'Transpose') ? new Rewrite(graph, kept).run() : graph;
}

class Rewrite {
  private readonly nodes: GraphNode[] = [];
  private readonly values: Map<string, ValueInfo>;
  private readonly constants: Map<string, Tensor>;
  private readonly views = new Map<string, View>();
  private readonly nodeNames: ReadonlySet<string>;
  private readonly moved = new Set<string>();

  constructor(
    private readonly graph: Graph,
    private readonly kept: ReadonlySet<string>,
  ) {
    this.values = new Map(graph.values);
    this.constants = new Map(graph.constants);
    this.nodeNames = new Set(graph.nodes.map(({ name }) => name));
  }

  run(): Graph {
    for (const node of this.graph.nodes) {
      if (!this.move(node)) this.nodes.push({ ...node, inputs: node.inputs.map((name) => this.materialised(name)) });
      for (const output of node.outputs) if (this.kept.has(output) || this.graph.outputs.includes(output)) this.settle(output);
    }
    return { ...this.graph, nodes: this.nodes, values: this.values, constants: this.constants };
  }

  /** Rewrites a node so that its output is a view; false when it must read its inputs as they are. */
  private move(node: GraphNode): boolean {
    if (node.op === 'Transpose') return this.moveTranspose(node);
    if (!node.inputs.some((name) => this.views.has(name)) || node.outputs.length !== 1) return false;
    if (ELEMENTWISE.has(node.op)) return this.moveElementwise(node);
    if (node.op === 'Concat') return this.moveConcat(node);
    if (node.op === 'Pad') return this.movePad(node);
    return REDUCTIONS.has(node.op) && this.moveReduction(node);
  }

  private moveTranspose(node: GraphNode): boolean {
    const [name] = node.inputs;
    const rank = this.value(name).shape.length;
    const perm = integers(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    const view = this.views.get(name) ?? { source: this.value(name), perm: [...perm.keys()], node: node.name };
    this.views.set(node.outputs[0], { source: view.source, perm: perm.map((axis) => view.perm[axis]), node: node.name });
    return true;
  }

  /** All inputs go to the layout behind the transposes of some of them, when that is less to move than undoing those. */
  private moveElementwise(node: GraphNode): boolean {
    const output = this.value(node.outputs[0]);
    const first = node.inputs.map((name) => this.views.get(name)).find((view) => view?.perm.length === output.shape.length);
    if (!first) return false;
    const matches = (name: string): boolean => samePerm(this.views.get(name)?.perm, first.perm);
    const size = (names: readonly string[]): number => names.reduce((sum, name) => sum + sizeOf(this.value(name).shape), 0);
    const others = node.inputs.filter((name) => name !== '' && !matches(name) && !this.constants.has(name) && sizeOf(this.value(name).shape) > 1);
    if (size(others) >= size(node.inputs.filter(matches))) return false;
    const inputs = node.inputs.map((name) => (name === '' ? '' : matches(name) ? this.views.get(name)!.source.name : this.backwards(name, first.perm)));
    this.emit(node, inputs, node.attributes, first.perm, output);
    return true;
  }

  private moveConcat(node: GraphNode): boolean {
    const views = node.inputs.map((name) => this.views.get(name));
    const [first] = views;
    if (!first || !views.every((view) => samePerm(view?.perm, first.perm))) return false;
    const axis = Number(node.attributes.axis);
    const front = axis < 0 ? axis + first.perm.length : axis;
    this.emit(node, views.map((view) => view!.source.name), { ...node.attributes, axis: first.perm[front] }, first.perm, this.value(node.outputs[0]));
    return true;
  }

  private movePad(node: GraphNode): boolean {
    const view = this.views.get(node.inputs[0]);
    const pads = this.constants.get(node.inputs[1]);
    if (!view || !pads || node.inputs.length > 3) return false;
    const rank = view.perm.length;
    const moved = new Array<number>(2 * rank);
    for (const [index, amount] of toNumbers(pads).entries()) moved[view.perm[index % rank] + (index < rank ? 0 : rank)] = amount;
    const inputs = [view.source.name, this.constant(int64(moved, [2 * rank]), node.inputs[1]), ...node.inputs.slice(2)];
    this.emit(node, inputs, node.attributes, view.perm, this.value(node.outputs[0]));
    return true;
  }

  private moveReduction(node: GraphNode): boolean {
    const view = this.views.get(node.inputs[0]);
    const given = node.op === 'ReduceSum' ? this.constants.get(node.inputs[1] ?? '') : undefined;
    const axes = given ? toNumbers(given) : integers(node, 'axes');
    if (!view || !axes || axes.length === 0) return false;
    const rank = view.perm.length;
    const reduced = axes.map((axis) => view.perm[axis < 0 ? axis + rank : axis]);
    const isKept = Number(node.attributes.keepdims ?? 1) !== 0;
    const left = isKept ? view.perm : view.perm.filter((axis) => !reduced.includes(axis));
    const perm = left.map((axis) => left.filter((other) => other < axis).length);
    const inputs = given ? [view.source.name, this.constant(int64(reduced, [reduced.length]), node.inputs[1])] : [view.source.name];
    this.emit(node, inputs, given ? node.attributes : { ...node.attributes, axes: reduced }, perm, this.value(node.outputs[0]));
    return true;
  }

  /** Emits a node whose output, transposed by `perm`, is the value that it had. */
  private emit(node: GraphNode, inputs: readonly string[], attributes: Attributes, perm: readonly number[], output: ValueInfo): void {
    const shape = new Array<number>(perm.length);
    for (const [axis, from] of perm.entries()) shape[from] = output.shape[axis];
    const source = this.declare(`${output.name}/source`, { ...output, shape });
    this.nodes.push({ ...node, inputs, outputs: [source.name], attributes });
    this.moved.add(node.name);
    this.views.set(output.name, { source, perm, node: node.name });
  }

  /** The name of a value that, transposed by `perm`, broadcasts as `name` does. */
  private backwards(name: string, perm: readonly number[]): string {
    const { shape, dtype } = this.value(name);
    if (sizeOf(shape) === 1 && shape.length <= 1) return name;
    const full = [...new Array<number>(perm.length - shape.length).fill(1), ...shape];
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    const wanted = inverse.map((axis) => full[axis]);
    const constant = this.constants.get(name);
    if (constant) {
      const strides = stridesOf(full);
      return this.constant(materialise(constant, { shape: wanted, strides: inverse.map((axis) => strides[axis]) }), name);
    }
    const ready = this.materialised(name);
    const aligned = full.length === shape.length ? ready : this.reshaped(ready, full, dtype);
    return movesOnesOnly(full, inverse) ? this.reshaped(aligned, wanted, dtype) : this.transposed(aligned, { name: `${name}/transposed`, dtype, shape: wanted }, inverse, `${name}/Transpose`);
  }

  /** The name under which a value can be read, computing it where it was only a view. */
  private materialised(name: string): string {
    const view = this.views.get(name);
    if (!view) return name;
    if (view.perm.every((axis, index) => axis === index)) return view.source.name;
    this.settle(name);
    return name;
  }

  /** Computes a view under its own name, which it then has for good. */
  private settle(name: string): void {
    const view = this.views.get(name);
    if (!view) return;
    this.views.delete(name);
    const { source, perm, node } = view;
    const output = this.value(name);
    const nodeName = this.moved.has(node) ? this.freeNodeName(`${node}/Transpose`) : node;
    if (perm.every((axis, index) => axis === index)) this.nodes.push({ name: nodeName, op: 'Identity', inputs: [source.name], outputs: [name], attributes: {} });
    else if (movesOnesOnly(source.shape, perm)) this.nodes.push(this.reshapeNode(nodeName, source.name, name, output.shape));
    else this.nodes.push({ name: nodeName, op: 'Transpose', inputs: [source.name], outputs: [name], attributes: { perm } });
  }

  private reshaped(name: string, shape: Shape, dtype: ValueInfo['dtype']): string {
    const output = this.declare(`${name}/reshaped`, { name, dtype, shape });
    this.nodes.push(this.reshapeNode(output.name, name, output.name, shape));
    return output.name;
  }

  private transposed(name: string, info: ValueInfo, perm: readonly number[], node: string): string {
    const output = this.declare(info.name, info);
    this.nodes.push({ name: node, op: 'Transpose', inputs: [name], outputs: [output.name], attributes: { perm } });
    return output.name;
  }

  private reshapeNode(name: string, input: string, output: string, shape: Shape): GraphNode {
    return { name, op: 'Reshape', inputs: [input, this.constant(int64(shape, [shape.length]), `${output}/shape`)], outputs: [output], attributes: {} };
  }

  private freeNodeName(name: string): string {
    return this.nodeNames.has(name) ? this.freeNodeName(`${name}_`) : name;
  }

  private constant(tensor: Tensor, name: string): string {
    const value = this.declare(name, { name, dtype: tensor.dtype, shape: tensor.shape });
    this.constants.set(value.name, tensor);
    return value.name;
  }

  private declare(name: string, info: ValueInfo): ValueInfo {
    let free = name;
    for (let suffix = 1; this.values.has(free); suffix++) free = `${name}_${suffix}`;
    const value = { ...info, name: free };
    this.values.set(free, value);
    return value;
  }

  private value(name: string): ValueInfo {
    return this.values.get(name)!;
  }
}

const samePerm = (left: readonly number[] | undefined, right: readonly number[]): boolean => left !== undefined && left.length === right.length && left.every((axis, index) => axis === right[index]);

/** Whether the axes longer than 1 stay in order, so that the elements do too. */
function movesOnesOnly(shape: Shape, perm: readonly number[]): boolean {
  const long = perm.filter((axis) => shape[axis] !== 1);
  return long.every((axis, index) => index === 0 || axis > long[index - 1]);
}
