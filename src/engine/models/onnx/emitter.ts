import { LensError } from '../../../protocol/errors';
import type { Attributes, GraphNode, ValueInfo } from '../../graph/graph';
import type { Operator, OutputInfo } from '../../operators/operator';
import { operatorOf } from '../../operators/registry';
import { formatShape, int64, sizeOf, type DataType, type Shape, type Tensor } from '../../tensor';
import { MAX_ELEMENTS, MAX_FOLDED_ELEMENTS, MAX_FOLDED_TOTAL, MAX_RANK, MAX_ROUNDS, MAX_SEQUENCE, MAX_SEQUENCED, MAX_UNROLLED_NODES } from './limits';
import { UniqueNames } from './uniqueNames';

export type Inputs = readonly (ValueInfo | undefined)[];

export interface EmitOptions {
  name: string;
  /** Names of the outputs; an empty string is an omitted one. */
  outputs: readonly string[];
}

/** Adapts nodes before they are added, and judges them after. */
export interface EmitHook {
  /** The inputs that the node shall have instead. */
  adapt(node: GraphNode, inputs: Inputs, emitter: Emitter): Inputs;
  /** Called for each node that is not computed at once. Throws when the node must not be. */
  check(node: GraphNode, inputs: Inputs, outputs: readonly OutputInfo[], emitter: Emitter): void;
}

/** Collects the nodes of a specialised graph: infers each one's shapes and computes those whose inputs are all constant. */
export class Emitter {
  readonly inputs: ValueInfo[] = [];
  readonly nodes: GraphNode[] = [];
  readonly constants = new Map<string, Tensor>();
  readonly values = new Map<string, ValueInfo>();
  private readonly nodeNames: UniqueNames;
  private readonly valueNames: UniqueNames;
  private foldable = MAX_FOLDED_TOTAL;
  private made = 0;
  private rounds = 0;
  private unrolled = 0;
  private sequenced = 0;

  /** Names of the model's own nodes and values are not given to others. */
  constructor(
    reserved: { nodes: Iterable<string>; values: Iterable<string> },
    private readonly hook?: EmitHook,
  ) {
    this.nodeNames = new UniqueNames(reserved.nodes);
    this.valueNames = new UniqueNames(reserved.values);
  }

  input(name: string, dtype: DataType, shape: Shape): ValueInfo {
    const value = this.declare(name, dtype, shape);
    this.inputs.push(value);
    return value;
  }

  /** A constant under exactly this name. */
  constant(name: string, tensor: Tensor): ValueInfo {
    const value = this.declare(name, tensor.dtype, tensor.shape);
    this.constants.set(name, tensor);
    return value;
  }

  /** A constant under a name made from `name`. */
  newConstant(name: string, tensor: Tensor): ValueInfo {
    return this.constant(this.valueNames.make(name), tensor);
  }

  /** Counts a constant that a node is written out with. Throws `out-of-memory` when all of a model's become too large. */
  countMade(subject: string, { shape }: Pick<Tensor, 'shape'>): void {
    this.made += sizeOf(shape);
    if (this.made > MAX_FOLDED_TOTAL) throw new LensError('out-of-memory', `${subject}: the constants that the model is written out with may have ${MAX_FOLDED_TOTAL} elements in all, it needs more`);
  }

  integers(name: string, values: readonly number[]): ValueInfo {
    return this.newConstant(name, int64(values, [values.length]));
  }

  constantOf(value: ValueInfo | undefined): Tensor | undefined {
    return value && this.constants.get(value.name);
  }

  /** Counts one round of a loop with so many nodes. Throws `unsupported-operator` when the loops of a model become too long. */
  countRound(subject: string, nodes: number): void {
    this.rounds++;
    this.unrolled += nodes;
    if (this.rounds > MAX_ROUNDS || this.unrolled > MAX_UNROLLED_NODES) {
      throw new LensError('unsupported-operator', `${subject}: loops are written out up to ${MAX_ROUNDS} rounds and ${MAX_UNROLLED_NODES} nodes, the model needs more`, 'Use shorter sequences.');
    }
  }

  /** Counts a sequence of so many tensors. Throws `unsupported-operator` when those of a model become too many. */
  countSequence(subject: string, length: number): void {
    this.sequenced += length;
    if (length <= MAX_SEQUENCE && this.sequenced <= MAX_SEQUENCED) return;
    throw new LensError('unsupported-operator', `${subject}: sequences of at most ${MAX_SEQUENCE} tensors, ${MAX_SEQUENCED} in all, are supported, the model needs more`, 'Use shorter sequences.');
  }

  newNodeName(name: string): string {
    return this.nodeNames.make(name);
  }

  newValueName(name: string): string {
    return this.valueNames.make(name);
  }

  /** Adds a node under these names, or its results as constants when all of its inputs are. */
  emit(op: string, given: Inputs, attributes: Attributes, { name, outputs: wanted }: EmitOptions): ValueInfo[] {
    const outputs = op === 'Split' ? wanted.map((output) => output || this.newValueName(`${name}/output`)) : wanted; // ONNX Runtime crashes on a Split with an omitted output
    const draft: GraphNode = { name, op, inputs: namesOf(given), outputs, attributes };
    const inputs = this.hook?.adapt(draft, given, this) ?? given;
    const node: GraphNode = { ...draft, inputs: namesOf(inputs) };
    const subject = `${op} '${name}'`;
    const operator = operatorOf(node);
    const infos = guarded(subject, () => operator.infer({ node, inputs, constant: (index) => this.constantOf(inputs[index]) }));
    if (infos.length < outputs.length) throw new LensError('invalid-model', `${subject}: has ${infos.length} output(s), the model names ${outputs.length}`);
    for (const info of infos) requireShape(subject, info.shape);
    const folded = this.fold(operator, node, inputs, infos);
    if (!folded) {
      this.hook?.check(node, inputs, infos, this);
      this.nodes.push(node);
    }
    return outputs.map((output, index) => {
      if (output === '') return { name: '', ...infos[index] };
      return folded ? this.constant(output, folded[index]) : this.declare(output, infos[index].dtype, infos[index].shape);
    });
  }

  private fold(operator: Operator, node: GraphNode, inputs: Inputs, infos: readonly OutputInfo[]): Tensor[] | undefined {
    const { evaluate } = operator;
    if (!evaluate || inputs.some((input) => input && !this.constants.has(input.name))) return undefined;
    const elements = infos.reduce((total, info) => total + sizeOf(info.shape), 0);
    if (elements > MAX_FOLDED_ELEMENTS || elements > this.foldable) return undefined;
    this.foldable -= elements;
    const subject = `${node.op} '${node.name}'`;
    return guarded(subject, () => evaluate(inputs.map((input) => this.constantOf(input)), node, infos));
  }

  private declare(name: string, dtype: DataType, shape: Shape): ValueInfo {
    if (this.values.has(name)) throw new LensError('invalid-model', `The value '${name}' is defined twice`);
    const value: ValueInfo = { name, dtype, shape: [...shape] };
    this.values.set(name, value);
    return value;
  }
}

const namesOf = (inputs: Inputs): string[] => inputs.map((input) => input?.name ?? '');

/** Runs a rule of an operator; what it throws on inputs it did not expect becomes a LensError that names the node. */
function guarded<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LensError) throw error;
    throw new LensError('invalid-model', `${subject}: its inputs do not fit (${error instanceof Error ? error.message : String(error)})`);
  }
}

function requireShape(subject: string, shape: Shape): void {
  const valid = shape.length <= MAX_RANK && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) && sizeOf(shape) <= MAX_ELEMENTS;
  if (!valid) throw new LensError('shape-mismatch', `${subject}: the result must have at most ${MAX_ELEMENTS} elements and no negative axis, its shape is ${formatShape(shape)}`);
}
