import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../../graph/graph';
import { activate } from './elementwise';
import { allInputs, input, type Converter, type ConverterTable, type KernelCall } from './kernel';

/** Products of the last two axes; a batch of one matrix on both sides becomes a plain matrix product. */
const matMul = (call: KernelCall, a: ValueInfo, b: ValueInfo, { transposeA, transposeB }: tfjs.BatchMatMulAttrs): ValueInfo => {
  const { emit } = call;
  const single = a.shape.length === 3 && b.shape.length === 3 && a.shape[0] === 1 && b.shape[0] === 1;
  const [left, right] = [a, b].map((value) => (single ? emit.reshape(value, value.shape.slice(1)) : value));
  return emit.op('MatMul', [transposeA ? swapLast(call, left) : left, transposeB ? swapLast(call, right) : right]);
};

const swapLast = ({ emit }: KernelCall, value: ValueInfo): ValueInfo => {
  const rank = value.shape.length;
  return emit.transpose(value, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
};

const batchMatMul: Converter<tfjs.BatchMatMulAttrs> = (call, attributes) => {
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  const y = matMul(call, a, b, attributes);
  return y.shape.length < Math.max(a.shape.length, b.shape.length) ? call.emit.reshape(y, [1, ...y.shape]) : y;
};

/** A dense layer: matrix product, bias and activation on three axes. */
const fusedMatMul: Converter<tfjs._FusedMatMulAttrs> = (call, attributes) => {
  const { emit } = call;
  const product = matMul(call, input(call, 'a'), input(call, 'b'), attributes);
  const bias = call.inputs.get('bias');
  const preluWeights = call.inputs.get('preluActivationWeights');
  const fitted = (value: ValueInfo | undefined): ValueInfo | undefined => value && (value.shape.length > product.shape.length ? emit.reshape(value, value.shape.slice(-product.shape.length)) : value);
  const sum = bias ? emit.op('Add', [product, fitted(bias)]) : product;
  const y = activate(call, sum, attributes, fitted(preluWeights));
  return y.shape.length === 2 ? emit.reshape(y, [1, ...y.shape]) : y;
};

export const linear: ConverterTable = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: (call, { equation }: tfjs.EinsumAttrs) => call.emit.op('Einsum', allInputs(call), { equation }),
};
