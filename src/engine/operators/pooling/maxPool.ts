import type * as tfjs from '@tensorflow/tfjs';
import { int64, sizeOf, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { dependent, input, invalid, typedInput } from '../context';
import type { Window } from '../convolution/window';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';
import { globalPoolRule, isDisjoint, poolWindow, pooledShape } from './pool';
import { poolImage, windowsOf } from './tfjsWindows';

/**
 * The largest element of each window, and its index in the flat x. dy goes to that one element, the first in row-major
 * order where several are equal (as in torch); an element that wins in several windows gets the sum.
 */
export const maxPool: Operator = {
  type: 'MaxPool',
  infer(context) {
    if (integer(context.node, 'storage_order', 0) !== 0) throw invalid(context.node, 'storage_order must be 0 (row-major), got 1');
    const shape = pooledShape(context);
    return [
      { dtype: 'float32', shape },
      { dtype: 'int64', shape },
    ];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { node, builder } = context;
    const x = input(context);
    const window = poolWindow(node, x.shape);
    const indices = context.outputs[1] ?? builder.node('MaxPool', [x], node.attributes, { name: `${node.name}_indices`, outputs: ['pooled', 'indices'] })[1];
    if (isDisjoint(window)) {
      const { kernel, strides } = window;
      const excess = kernel.map((size, axis) => Math.max(0, (dy.shape[axis + 2] - 1) * strides[axis] + size - x.shape[axis + 2]));
      const attributes = { kernel_shape: kernel, strides, pads: [...excess.map(() => 0), ...excess] };
      return [builder.op('MaxUnpool', [dy, indices, builder.integers(x.shape)], attributes)];
    }
    const { reshape, zeros } = algebra(builder);
    const flat = [sizeOf(dy.shape)];
    const sum = builder.op('ScatterElements', [zeros([sizeOf(x.shape)]), reshape(indices, flat), reshape(dy, flat)], { axis: 0, reduction: 'add' });
    return [reshape(sum, x.shape)];
  },
  tfjs(context) {
    const { tf } = context;
    const x = input(context);
    const window = poolWindow(context.node, x.shape);
    const places = context.outputInfos[0]!.shape.slice(2);
    if (!context.outputInfos[1]) return [pooled(tf, x, window, places)];
    const numbers = toTfjs(tf, generate({ dtype: 'int32', shape: x.shape }, (index) => index));
    const values = windowsOf(tf, x, window, places, -Infinity);
    const indices = windowsOf(tf, numbers, window, places, 0);
    let [best, winner] = [values[0], indices[0]];
    for (let offset = 1; offset < values.length; offset++) {
      const better = tf.greater(values[offset], best);
      winner = tf.where(better, indices[offset], winner);
      best = tf.maximum(values[offset], best);
    }
    return [best, winner];
  },
};

/** x at the places that MaxPool's indices name, zeros elsewhere. */
export const maxUnpool: Operator = {
  type: 'MaxUnpool',
  infer(context) {
    const [x, indices] = [typedInput(context, 0, 'float32'), typedInput(context, 1, 'int64')];
    const { node } = context;
    const named = context.constant(2);
    if (context.inputs[2] && !named) throw dependent(node, `output_shape (input 2, '${node.inputs[2]}')`);
    if (sizeOf(x.shape) !== sizeOf(indices.shape)) throw invalid(node, `there must be one index for each of ${sizeOf(x.shape)} elements, got ${sizeOf(indices.shape)}`);
    const { kernel, strides, begins, ends } = poolWindow(node, x.shape);
    const implied = x.shape.map((dim, axis) => (axis < 2 ? dim : (dim - 1) * strides[axis - 2] - begins[axis - 2] - ends[axis - 2] + kernel[axis - 2]));
    return [{ dtype: x.dtype, shape: named ? Array.from(named.data, Number) : implied }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy || !context.wants(0)) return [];
    const [x, indices] = [input(context, 0), input(context, 1)];
    const { reshape } = algebra(context.builder);
    return [context.builder.op('Gather', [reshape(dy, [sizeOf(dy.shape)]), reshape(indices, x.shape)], { axis: 0 })];
  },
  tfjs(context) {
    const { tf } = context;
    const [x, indices] = [input(context, 0), input(context, 1)];
    const shape = [...context.outputInfos[0]!.shape];
    return [tf.reshape(tf.scatterND(tf.reshape(indices, [-1, 1]), tf.reshape(x, [-1]), [sizeOf(shape)]), shape)];
  },
};

/** The largest element of all elements of each channel; dy goes to the first one that is as large. */
export const globalMaxPool: Operator = {
  type: 'GlobalMaxPool',
  infer: globalPoolRule,
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const { builder } = context;
    const { shape } = input(context);
    const { reshape, mul, mask, equal } = algebra(builder);
    const count = sizeOf(shape.slice(2));
    const winner = builder.op('ArgMax', [reshape(input(context), [...shape.slice(0, 2), count])], { axis: 2, keepdims: 1 });
    const places = builder.constant(int64(Array.from({ length: count }, (_, index) => index), [count]), 'places');
    return [reshape(mul(mask(equal(places, winner)), reshape(dy, [...shape.slice(0, 2), 1])), shape)];
  },
  tfjs(context) {
    const x = input(context);
    return [context.tf.max(x, x.shape.map((_, axis) => axis).slice(2), true)];
  },
};

function pooled(tf: typeof tfjs, x: tfjs.Tensor, window: Window, places: Shape): tfjs.Tensor {
  return poolImage(tf, x, window, places, 'max', -Infinity) ?? windowsOf(tf, x, window, places, -Infinity).reduce((best, values) => tf.maximum(best, values));
}
