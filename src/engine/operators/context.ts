import { LensError } from '../../protocol/errors';
import type { GraphNode, ValueInfo } from '../graph/graph';
import { formatShape, toNumbers, type DataType, type Tensor } from '../tensor';

/** What shape rules, derivatives and kernels have in common: a node and its inputs. */
interface WithInputs<T> {
  readonly node: GraphNode;
  readonly inputs: readonly (T | undefined)[];
}

/** An `invalid-model` error about a node: `Conv 'layer1': <problem>`. */
export const invalid = (node: GraphNode, problem: string): LensError => new LensError('invalid-model', `${node.op} '${node.name}': ${problem}`);

/** The `unsupported-operator` error about a node that needs to know something before the model runs: its result would have a shape that depends on the data. */
export const dependent = (node: GraphNode, what: string): LensError => new LensError('unsupported-operator', `${node.op} '${node.name}': ${what} must not depend on the values of the model's inputs`);

/** A `shape-mismatch` error about a node. */
export const mismatch = (node: GraphNode, problem: string): LensError => new LensError('shape-mismatch', `${node.op} '${node.name}': ${problem}`);

/** An input that the operator requires. Throws `invalid-model` when it is omitted. */
export function input<T>({ node, inputs }: WithInputs<T>, index = 0): T {
  const value = inputs[index];
  if (value === undefined) throw invalid(node, `input ${index} is required, got ${inputs.length} input(s)`);
  return value;
}

/** All inputs of a variadic operator, at least one. */
export function allInputs<T>(context: WithInputs<T>): T[] {
  if (context.inputs.length === 0) throw invalid(context.node, 'at least one input is required, got none');
  return context.inputs.map((_, index) => input(context, index));
}

/** A required input of one of the given types. */
export function typedInput(context: WithInputs<ValueInfo>, index: number, ...dtypes: readonly DataType[]): ValueInfo {
  const value = input(context, index);
  if (!dtypes.includes(value.dtype)) throw invalid(context.node, `input ${index} must be ${dtypes.join(' or ')}, got ${value.dtype}`);
  return value;
}

/** What shape rules, derivatives and kernels know about constant inputs. */
export interface WithConstants {
  readonly node: GraphNode;
  readonly inputs: readonly unknown[];
  constant(index: number): Tensor | undefined;
}

/** The same for `evaluate`, whose inputs are constants all. */
export const evaluating = (node: GraphNode, inputs: readonly (Tensor | undefined)[]): WithConstants => ({ node, inputs, constant: (index) => inputs[index] });

/** Whether all inputs are constant, so that the node never reaches a runtime. */
export const isConstant = (context: WithConstants): boolean => context.inputs.every((value, index) => value === undefined || context.constant(index) !== undefined);

/** A required input that must be known before the graph runs, such as a shape. `what` names it in the message. */
export function constantInput(context: WithConstants, index: number, what: string): Tensor {
  input(context, index);
  const constant = context.constant(index);
  if (!constant) throw dependent(context.node, `${what} (input ${index}, '${context.node.inputs[index]}')`);
  return constant;
}

/** The numbers of a constant integer input, or undefined when it is omitted. */
export function constantIntegers(context: WithConstants, index: number, what: string): number[] | undefined {
  if (context.inputs[index] === undefined) return undefined;
  const value = constantInput(context, index, what);
  if (value.dtype !== 'int64' && value.dtype !== 'int32') throw invalid(context.node, `${what} must be integers, got ${value.dtype}`);
  return toNumbers(value);
}

/** {@link constantIntegers} of an input that must be there. */
export function requiredIntegers(context: WithConstants, index: number, what: string): number[] {
  input(context, index);
  return constantIntegers(context, index, what) ?? [];
}

/** A constant integer that is given as a scalar or as a vector of one element. */
export function constantInteger(context: WithConstants, index: number, what: string): number {
  const values = requiredIntegers(context, index, what);
  if (values.length !== 1) throw invalid(context.node, `${what} must be one integer, got ${formatShape(values)}`);
  return values[0];
}

/** An axis counted from the front. Throws unless -rank <= axis < rank. */
export function axisIn(node: GraphNode, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw invalid(node, `the axis must lie in [${-rank}, ${rank - 1}] for ${rank} dimensions, got ${axis}`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, ascending. Throws when one is out of range or given twice. */
export function axesIn(node: GraphNode, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => axisIn(node, axis, rank)).sort((a, b) => a - b);
  if (new Set(normal).size < normal.length) throw invalid(node, `axes must not repeat, got ${formatShape(axes)}`);
  return normal;
}
