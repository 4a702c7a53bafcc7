import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../graph/graph';
import type { DataType, Shape } from '../../tensor';
import { algebra, type Algebra } from '../algebra';
import { flag, integers } from '../attributes';
import { axesIn, constantIntegers, evaluating, input, typedInput, type WithConstants } from '../context';
import type { Operator } from '../operator';
import { generate, stridesOf } from '../strided';
import type { Arithmetic } from '../evaluate';

/** What the derivative of a reduction is written with; y and dy keep the reduced axes with length 1. */
export interface ReductionFormula extends Algebra {
  readonly x: ValueInfo;
  readonly y: ValueInfo;
  readonly dy: ValueInfo;
  readonly axes: readonly number[];
  /** How many elements each sum has. */
  readonly count: number;
}

export interface Reduction {
  readonly type: string;
  /** Default: float32 only. */
  readonly dtypes?: readonly DataType[];
  /** dx, or something that broadcasts to it. */
  readonly derivative: (formula: ReductionFormula) => ValueInfo;
  /** How two elements combine, for constants. */
  readonly evaluate?: Arithmetic;
  /** The result over no elements at all, in float32. Default: 0. */
  readonly empty?: number;
  /** Keeps the reduced axes with length 1. */
  readonly tfjs: (tf: typeof tfjs, x: tfjs.Tensor, axes: number[]) => tfjs.Tensor;
}

/** A Reduce* operator: axes as input 1 (ReduceSum) or attribute (the others); none means all of them. */
export function reduction({ type, dtypes = ['float32'], derivative, evaluate, empty = 0, tfjs: kernel }: Reduction): Operator {
  return {
    type,
    infer(context) {
      const { dtype, shape } = typedInput(context, 0, ...dtypes);
      const axes = reducedAxes(context, shape);
      const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      return [{ dtype, shape: flag(context.node, 'keepdims', 1) ? kept : shape.filter((_, axis) => !axes.includes(axis)) }];
    },
    derivative(context) {
      const [dy] = context.gradients;
      const [y] = context.outputs;
      if (!dy || !y) return [];
      const x = input(context);
      const axes = reducedAxes(context, x.shape);
      const math = algebra(context.builder);
      const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      const restored = (value: ValueInfo): ValueInfo => (value.shape.length === kept.length ? value : math.reshape(value, kept));
      const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
      const dx = derivative({ ...math, x, y: restored(y), dy: restored(dy), axes, count });
      return [dx.shape.every((dim, axis) => dim === x.shape[axis]) ? dx : math.expand(dx, x.shape)];
    },
    evaluate: evaluate && evaluateReduction(evaluate, empty),
    tfjs(context) {
      const x = input(context);
      const shape = [...context.outputInfos[0]!.shape];
      if (x.size === 0) return [context.tf.fill(shape, empty, x.dtype === 'int32' ? 'int32' : 'float32')]; // the WebAssembly backend returns what the memory held
      return [context.tf.reshape(kernel(context.tf, x, reducedAxes(context, x.shape)), shape)];
    },
  };
}

function reducedAxes(context: WithConstants, shape: Shape): number[] {
  const { node } = context;
  const named = node.op === 'ReduceSum' ? constantIntegers(context, 1, 'axes') : integers(node, 'axes');
  if (named && named.length > 0) return axesIn(node, named, shape.length);
  return flag(node, 'noop_with_empty_axes') ? [] : shape.map((_, axis) => axis);
}

function evaluateReduction({ real, integer }: Arithmetic, empty: number): NonNullable<Operator['evaluate']> {
  return (inputs, node, [output]) => {
    const { shape, data, dtype } = inputs[0]!;
    const axes = reducedAxes(evaluating(node, inputs), shape);
    const kept = shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const [from, to] = [stridesOf(shape), stridesOf(kept)];
    const results = new Map<number, number | bigint>();
    for (let index = 0; index < data.length; index++) {
      const place = shape.reduce((sum, dim, axis) => (axes.includes(axis) ? sum : sum + (Math.floor(index / from[axis]) % dim) * to[axis]), 0);
      const before = results.get(place);
      if (dtype === 'float32') {
        const value = Number(data[index]);
        results.set(place, before === undefined ? value : Math.fround(real(Number(before), value)));
      } else {
        const value = BigInt(data[index]);
        results.set(place, before === undefined ? value : integer(BigInt(before), value));
      }
    }
    return [generate(output, (index) => results.get(index) ?? (dtype === 'float32' ? empty : 0))];
  };
}
