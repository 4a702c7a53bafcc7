import type * as tfjs from '@tensorflow/tfjs';
import type { GraphNode, ValueInfo } from '../graph/graph';
import type { DataType } from '../tensor';
import { algebra, type Algebra } from './algebra';
import { broadcast, sumTo } from './broadcast';
import { allInputs, input, invalid, typedInput } from './context';
import type { Derivative, Operator, ShapeRule } from './operator';
import type { TfjsKernel } from './tfjsKernel';

type Tf = typeof tfjs;

/** What the derivative of y = f(x) is written with; `dy` is the gradient that arrived at y. */
export interface UnaryFormula extends Algebra {
  readonly node: GraphNode;
  readonly x: ValueInfo;
  readonly y: ValueInfo;
  readonly dy: ValueInfo;
}

/** How an operator of one input, which keeps its shape, is defined. */
export interface Unary {
  readonly type: string;
  /** The input types that it takes. Default: float32 only. */
  readonly dtypes?: readonly DataType[];
  /** dx. */
  readonly derivative: ((formula: UnaryFormula) => ValueInfo) | 'zero';
  readonly evaluate?: Operator['evaluate'];
  /** Checks attributes. */
  readonly check?: (node: GraphNode) => void;
  readonly tfjs: (tf: Tf, x: tfjs.Tensor, node: GraphNode) => tfjs.Tensor;
}

/** An operator y = f(x) that works on each element, or keeps the shape all the same. */
export function unary({ type, dtypes = ['float32'], derivative, evaluate, check, tfjs: kernel }: Unary): Operator {
  return {
    type,
    infer(context) {
      check?.(context.node);
      const { dtype, shape } = typedInput(context, 0, ...dtypes);
      return [{ dtype, shape }];
    },
    derivative: derivative === 'zero' ? 'zero' : unaryDerivative(derivative),
    evaluate,
    tfjs: (context) => [kernel(context.tf, input(context), context.node)],
  };
}

/** Writes a derivative of one input from its formula. */
export function unaryDerivative(formula: (formula: UnaryFormula) => ValueInfo): Derivative {
  return (context) => {
    const [dy] = context.gradients;
    const [y] = context.outputs;
    if (!dy || !y) return [];
    return [formula({ ...algebra(context.builder), node: context.node, x: input(context), y, dy })];
  };
}

/** What the derivatives of y = f(a, b) are written with. */
export interface BinaryFormula extends Algebra {
  readonly node: GraphNode;
  readonly a: ValueInfo;
  readonly b: ValueInfo;
  readonly y: ValueInfo;
  readonly dy: ValueInfo;
  readonly constant: (index: number) => ReturnType<Parameters<Derivative>[0]['constant']>;
}

/** Derivatives of y = f(a, b) with broadcasting, from [da, db] before the sum over broadcast axes. */
export function binaryDerivative(left: (formula: BinaryFormula) => ValueInfo, right: (formula: BinaryFormula) => ValueInfo): Derivative {
  return (context) => {
    const [dy] = context.gradients;
    const [y] = context.outputs;
    if (!dy || !y) return [];
    const { builder, node, constant } = context;
    const [a, b] = [input(context, 0), input(context, 1)];
    const formula = { ...algebra(builder), node, a, b, y, dy, constant };
    return [
      context.wants(0) ? sumTo(builder, left(formula), a.shape) : undefined,
      context.wants(1) ? sumTo(builder, right(formula), b.shape) : undefined,
    ];
  };
}

/** The shape rule of operators that broadcast all their inputs, which have one type; `result` overrides the type of the output. */
export function broadcastRule(dtypes: readonly DataType[], result?: DataType): ShapeRule {
  return (context) => {
    const values = allInputs(context);
    const { dtype } = typedInput(context, 0, ...dtypes);
    const other = values.find((value) => value.dtype !== dtype);
    if (other) throw invalid(context.node, `the inputs must have one type, got ${values.map((value) => value.dtype).join(' and ')}`);
    return [{ dtype: result ?? dtype, shape: broadcast(context.node, values.map((value) => value.shape)) }];
  };
}

/** {@link broadcastRule} for exactly two inputs. */
export function binaryRule(dtypes: readonly DataType[], result?: DataType): ShapeRule {
  const rule = broadcastRule(dtypes, result);
  return (context) => {
    if (context.inputs.length !== 2) throw invalid(context.node, `2 inputs are required, got ${context.inputs.length}`);
    return rule(context);
  };
}

export const numericTypes: readonly DataType[] = ['float32', 'int64', 'int32', 'uint8', 'int8'];

/** A tfjs kernel of two inputs. */
export const binaryKernel =
  (kernel: (tf: Tf, a: tfjs.Tensor, b: tfjs.Tensor, node: GraphNode) => tfjs.Tensor): TfjsKernel =>
  (context) => [kernel(context.tf, input(context, 0), input(context, 1), context.node)];
