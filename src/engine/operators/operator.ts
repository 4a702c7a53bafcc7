import type { DataType, Shape, Tensor } from '../tensor';
import type { Graph, GraphNode, ValueInfo } from '../graph/graph';
import type { GraphBuilder } from '../graph/builder';
import type { TfjsKernel } from './tfjsKernel';

/** Type and shape of a node's output, before it has a name. */
export interface OutputInfo {
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** What a shape rule sees. Omitted optional inputs are undefined. */
export interface InferContext {
  readonly node: GraphNode;
  readonly inputs: readonly (ValueInfo | undefined)[];
  /** The value of input `index` when it is a constant (an initializer or folded), else undefined. */
  constant(index: number): Tensor | undefined;
}

/** Type and shapes of all outputs (also of those that the node omits). Throws `invalid-model` or `shape-mismatch` naming the node. */
export type ShapeRule = (context: InferContext) => OutputInfo[];

/** What a derivative sees while the backward graph is being built. */
export interface DerivativeContext {
  readonly node: GraphNode;
  /** Emits the nodes of the derivative. */
  readonly builder: GraphBuilder;
  readonly inputs: readonly (ValueInfo | undefined)[];
  readonly outputs: readonly (ValueInfo | undefined)[];
  /** The gradient that arrived at each output; undefined is zero. At least one is defined. */
  readonly gradients: readonly (ValueInfo | undefined)[];
  /** Whether the gradient of input `index` is wanted; computing an unwanted one is waste, not an error. */
  wants(index: number): boolean;
  constant(index: number): Tensor | undefined;
}

/**
 * Builds the gradients of a node's inputs from those of its outputs (one vector-Jacobian product).
 * The result has one entry for each input, of that input's shape; undefined is zero.
 */
export type Derivative = (context: DerivativeContext) => (ValueInfo | undefined)[];

/** Derivatives by operator type. DeepLift, LRP, Guided Backprop and Deconvolution are tables that override the operators' own. */
export type RuleTable = Readonly<Record<string, Derivative>>;

/** The derivative that replaces the own one of a node of a graph; undefined keeps it. May throw for a node that has no rule. */
export type Rules = (node: GraphNode, graph: Graph) => Derivative | undefined;

/** The rules of a table: by operator type. */
export const rulesOf =
  (table: RuleTable): Rules =>
  (node) =>
    Object.hasOwn(table, node.op) ? table[node.op] : undefined;

/** Everything the engine knows about one ONNX operator (opset 17 form). One file per operator or tight family. */
export interface Operator {
  readonly type: string;
  readonly infer: ShapeRule;
  /** Absent: not differentiable, reported by name. `'zero'`: the derivative is zero almost everywhere (comparisons, rounding, integers). */
  readonly derivative?: Derivative | 'zero';
  /** Computes the node on constants while a model is specialised: the operators of shape arithmetic have it. */
  readonly evaluate?: (inputs: readonly (Tensor | undefined)[], node: GraphNode, outputs: readonly OutputInfo[]) => Tensor[];
  /** Runs the node on TensorFlow.js. */
  readonly tfjs?: TfjsKernel;
}
