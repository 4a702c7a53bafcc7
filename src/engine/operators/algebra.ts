import type { GraphBuilder } from '../graph/builder';
import type { Attributes, ValueInfo } from '../graph/graph';
import { ONNX_TYPE } from '../graph/onnxTypes';
import type { Shape } from '../tensor';

/** A value, or a number that becomes a scalar constant. */
export type Term = ValueInfo | number;

/** Formulas over graph values: `mul(dy, cos(x))` emits Cos and Mul. Derivatives are written with it. */
export type Algebra = ReturnType<typeof algebra>;

/** What formulas emit into: a graph builder, or a model's node that is being written out. */
export type FormulaBuilder = Pick<GraphBuilder, 'op' | 'scalar' | 'integers'>;

/** The {@link Algebra} that emits into `builder`. */
export function algebra(builder: FormulaBuilder) {
  const term = (value: Term): ValueInfo => (typeof value === 'number' ? builder.scalar(value) : value);
  const unary = (op: string) => (x: ValueInfo): ValueInfo => builder.op(op, [x]);
  const binary = (op: string) => (a: Term, b: Term): ValueInfo => builder.op(op, [term(a), term(b)]);
  const reduction = (op: string) => (x: ValueInfo, axes: readonly number[]): ValueInfo => {
    const attributes: Attributes = { keepdims: 1 };
    if (axes.length === 0) return x;
    return op === 'ReduceSum' ? builder.op(op, [x, builder.integers(axes)], attributes) : builder.op(op, [x], { ...attributes, axes });
  };
  const mul = binary('Mul');
  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul,
    div: binary('Div'),
    pow: binary('Pow'),
    neg: unary('Neg'),
    abs: unary('Abs'),
    sign: unary('Sign'),
    exp: unary('Exp'),
    log: unary('Log'),
    sqrt: unary('Sqrt'),
    floor: unary('Floor'),
    sin: unary('Sin'),
    cos: unary('Cos'),
    sinh: unary('Sinh'),
    cosh: unary('Cosh'),
    sigmoid: unary('Sigmoid'),
    tanh: unary('Tanh'),
    erf: unary('Erf'),
    square: (x: ValueInfo): ValueInfo => mul(x, x),
    equal: binary('Equal'),
    less: binary('Less'),
    greater: binary('Greater'),
    and: binary('And'),
    where: (condition: ValueInfo, a: Term, b: Term): ValueInfo => builder.op('Where', [condition, term(a), term(b)]),
    /** 1 where the condition holds, else 0. */
    mask: (condition: ValueInfo): ValueInfo => builder.op('Cast', [condition], { to: ONNX_TYPE.float32 }),
    /** Over axes, which stay with length 1. */
    sum: reduction('ReduceSum'),
    mean: reduction('ReduceMean'),
    prod: reduction('ReduceProd'),
    matMul: binary('MatMul'),
    reshape: (x: ValueInfo, shape: Shape): ValueInfo => builder.op('Reshape', [x, builder.integers(shape)], shape.includes(0) ? { allowzero: 1 } : {}),
    transpose: (x: ValueInfo, perm: readonly number[]): ValueInfo => builder.op('Transpose', [x], { perm }),
    expand: (x: Term, shape: Shape): ValueInfo => builder.op('Expand', [term(x), builder.integers(shape)]),
    zeros: (shape: Shape): ValueInfo => builder.op('Expand', [term(0), builder.integers(shape)]),
    concat: (parts: readonly ValueInfo[], axis: number): ValueInfo => (parts.length === 1 ? parts[0] : builder.op('Concat', parts, { axis })),
    /** x[start:end:step] along one axis. */
    slice: (x: ValueInfo, axis: number, start: number, end: number, step = 1): ValueInfo =>
      builder.op('Slice', [x, ...[start, end, axis, step].map((value) => builder.integers([value]))]),
    /** Zeros around x; `pads` as ONNX has them, all begins, then all ends. */
    pad: (x: ValueInfo, pads: readonly number[]): ValueInfo => (pads.every((pad) => pad === 0) ? x : builder.op('Pad', [x, builder.integers(pads)])),
  };
}
