import type { Attributes, ValueInfo } from '../../graph/graph';
import { LensError } from '../../../protocol/errors';
import { algebra, type Algebra } from '../../operators/algebra';
import { dependent } from '../../operators/context';
import { float32, formatShape, toNumbers, type DataType, type Tensor } from '../../tensor';
import type { Emitter, Inputs } from './emitter';
import type { ParsedNode } from './parsedModel';

/** A node of a model, as its opset defines it, about to be emitted in the form of opset 17. */
export class NodeContext {
  constructor(
    readonly node: ParsedNode,
    readonly inputs: Inputs,
    private readonly emitter: Emitter,
  ) {}

  get opset(): number {
    return this.node.opset;
  }

  /** A required input. Throws `invalid-model` when it is omitted. */
  input(index: number): ValueInfo {
    const value = this.inputs[index];
    if (!value) throw this.invalid(`input ${index} is required, got ${this.inputs.length} input(s)`);
    return value;
  }

  constant(index: number): Tensor | undefined {
    return this.emitter.constantOf(this.inputs[index]);
  }

  /** The tensor behind any value when it is a constant. */
  valueOf(value: ValueInfo): Tensor | undefined {
    return this.emitter.constantOf(value);
  }

  /** The numbers of an input that must not depend on the model's inputs; undefined when it is omitted. */
  numbers(index: number, what: string): number[] | undefined {
    if (!this.inputs[index]) return undefined;
    const constant = this.constant(index);
    if (!constant) throw dependent(this.node, `${what} (input ${index})`);
    return toNumbers(constant);
  }

  /** Emits an intermediate node and returns its only output. */
  emit(op: string, inputs: Inputs, attributes: Attributes = {}): ValueInfo {
    const name = `${this.node.name}/${op}`;
    return this.emitter.emit(op, inputs, attributes, { name: this.emitter.newNodeName(name), outputs: [this.emitter.newValueName(name)] })[0];
  }

  /** Emits the node that takes this one's place: its name and its outputs. */
  result(op: string, inputs: Inputs, attributes: Attributes = {}): ValueInfo[] {
    return this.emitter.emit(op, inputs, attributes, this.node);
  }

  /** The value cut along an axis into so many parts of equal size, or into parts of these sizes. */
  parts(value: ValueInfo, axis: number, cut: number | readonly number[]): ValueInfo[] {
    const length = typeof cut === 'number' ? cut : cut.length;
    if (length <= 1) return length === 1 ? [value] : [];
    const name = `${this.node.name}/Split`;
    const inputs = typeof cut === 'number' ? [value] : [value, this.integers(cut)];
    return this.emitter.emit('Split', inputs, { axis }, { name: this.emitter.newNodeName(name), outputs: Array.from({ length }, () => this.emitter.newValueName(name)) });
  }

  /** Emits the node that makes the value with the name of output `index`; an intermediate one where the model does not name that. */
  named(index: number, op: string, inputs: Inputs, attributes: Attributes = {}): ValueInfo {
    const { name, outputs } = this.node;
    const output = outputs[index] ?? '';
    if (output === '') return this.emit(op, inputs, attributes);
    const isFirst = outputs.findIndex((other) => other !== '') === index;
    return this.emitter.emit(op, inputs, attributes, { name: isFirst ? name : this.emitter.newNodeName(name), outputs: [output] })[0];
  }

  /** Gives the node's outputs, in order, the names that the model has for them; more values than it names may be given. */
  outputs(values: readonly ValueInfo[]): ValueInfo[] {
    const { outputs } = this.node;
    if (outputs.length > values.length) throw this.invalid(`has ${values.length} output(s), the model names ${outputs.length}`);
    return outputs.map((output, index) => (output === '' ? values[index] : this.named(index, 'Identity', [values[index]])));
  }

  /** Formulas over values, each of which emits an intermediate node. */
  get math(): Algebra {
    return algebra({ op: (type, inputs, attributes) => this.emit(type, inputs, attributes), scalar: (value) => this.scalar(value), integers: (values) => this.integers(values) });
  }

  /** An input of one of these types. Throws `invalid-model` for others. */
  typed(index: number, ...dtypes: readonly DataType[]): ValueInfo {
    const value = this.input(index);
    if (!dtypes.includes(value.dtype)) throw this.invalid(`input ${index} must be ${dtypes.join(' or ')}, got ${value.dtype}`);
    return value;
  }

  /** An input of so many axes. Throws `invalid-model` for others. */
  ranked(index: number, ...ranks: readonly number[]): ValueInfo {
    const value = this.input(index);
    if (!ranks.includes(value.shape.length)) throw this.invalid(`input ${index} must have ${ranks.join(' or ')} axes, got shape ${formatShape(value.shape)}`);
    return value;
  }

  /** A constant in a form of its own. */
  constantOfTensor(tensor: Tensor): ValueInfo {
    this.emitter.countMade(this.subject, tensor);
    return this.emitter.newConstant(`${this.node.name}/constant`, tensor);
  }

  /** The node is a constant. */
  constantResult(value: Tensor): ValueInfo[] {
    return [this.emitter.constant(this.node.outputs[0], value)];
  }

  integers(values: readonly number[]): ValueInfo {
    return this.emitter.integers(`${this.node.name}/constant`, values);
  }

  /** A float32 constant. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): ValueInfo {
    return this.constantOfTensor(float32(values, shape));
  }

  scalar(value: number): ValueInfo {
    return this.floats([value], []);
  }

  /** Counts one step of a node that is written out step by step, of so many nodes. Throws `unsupported-operator` when they become too many. */
  countRound(nodes: number): void {
    this.emitter.countRound(this.subject, nodes);
  }

  /** Counts a sequence of so many tensors. Throws `unsupported-operator` when they become too many. */
  countSequence(length: number): void {
    this.emitter.countSequence(this.subject, length);
  }

  /** The attributes without some of them. */
  attributesWithout(...names: readonly string[]): Attributes {
    return Object.fromEntries(Object.entries(this.node.attributes).filter(([name]) => !names.includes(name)));
  }

  invalid(problem: string, nextStep?: string): LensError {
    return new LensError('invalid-model', `${this.subject}: ${problem}`, nextStep);
  }

  private get subject(): string {
    return `${this.node.op} '${this.node.name}'`;
  }
}

/** Emits a node in the form of opset 17; undefined: it has that form already. */
export type Upgrade = (context: NodeContext) => ValueInfo[] | undefined;
