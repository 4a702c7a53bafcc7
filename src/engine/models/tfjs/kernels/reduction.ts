import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { input, frontAxis, type Converter, type ConverterTable, type KernelCall } from './kernel';

interface ReductionAttributes {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims: boolean;
}

const reduction = (op: string): Converter<ReductionAttributes> => (call, attributes) => reduce(call, op, input(call, 'x'), attributes);

function reduce({ tf, emit }: KernelCall, op: string, x: ValueInfo, { axis, reductionIndices, keepDims }: ReductionAttributes): ValueInfo {
  const axes = tf.util.parseAxisParam(axis ?? reductionIndices ?? x.shape.map((_, index) => index), [...x.shape]);
  if (axes.length === 0) return x;
  const keepdims = keepDims ? 1 : 0;
  return op === 'ReduceSum' ? emit.op(op, [x, emit.integers(axes)], { keepdims }) : emit.op(op, [x], { axes, keepdims });
}

/** Whether all (the minimum) or any (the maximum) are true. */
const logical = (op: 'ReduceMin' | 'ReduceMax'): Converter<ReductionAttributes> => (call, attributes) =>
  call.emit.cast(reduce(call, op, call.emit.cast(input(call, 'x'), 'int32'), attributes), 'bool');

const place = (op: 'ArgMax' | 'ArgMin'): Converter<tfjs.ArgMaxAttrs> => (call, { axis }) => {
  const x = input(call, 'x');
  const [front] = call.tf.util.parseAxisParam(axis, [...x.shape]);
  return call.emit.cast(call.emit.op(op, [x], { axis: front, keepdims: 0 }), 'int32');
};

export const reductions: ConverterTable = {
  All: logical('ReduceMin'),
  Any: logical('ReduceMax'),
  ArgMax: place('ArgMax'),
  ArgMin: place('ArgMin'),
  Max: reduction('ReduceMax'),
  Mean: (call, attributes: ReductionAttributes) => reduce(call, 'ReduceMean', call.emit.cast(input(call, 'x'), 'float32'), attributes),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: reduction('ReduceSum'),
  Cumsum: (call, { axis, exclusive, reverse }: tfjs.CumsumAttrs) => {
    const x = input(call, 'x');
    const places = call.emit.integers([frontAxis(axis, x.shape.length)]);
    return call.emit.op('CumSum', [x, places], { exclusive: Number(exclusive), reverse: Number(reverse) });
  },
  TopK: (call, { k }: tfjs.TopKAttrs) => {
    const [values, places] = call.emit.split('TopK', [input(call, 'x'), call.emit.integers([k])], { axis: -1 }, 2);
    return [values, call.emit.cast(places, 'int32')];
  },
};
