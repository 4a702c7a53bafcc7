import type * as tfjs from '@tensorflow/tfjs';
import type { GraphNode, ValueInfo } from '../../graph/graph';
import { sizeOf } from '../../tensor';
import { integer } from '../attributes';
import { axisIn, input, typedInput } from '../context';
import { unaryDerivative, type UnaryFormula } from '../elementwise';
import type { Operator } from '../operator';

/** y = e^x / sum(e^x) along the axis (-1); dx = y * (dy - sum(dy * y)). */
export const softmax = alongAxis(
  'Softmax',
  ({ dy, y, mul, sub, sum }, axis) => mul(y, sub(dy, sum(mul(dy, y), [axis]))),
  (tf, x, axis) => {
    const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    return tf.div(powers, tf.sum(powers, axis, true));
  },
);

/** y = ln softmax(x) along the axis (-1); dx = dy - e^y * sum(dy). */
export const logSoftmax = alongAxis(
  'LogSoftmax',
  ({ dy, y, mul, sub, sum, exp }, axis) => sub(dy, mul(exp(y), sum(dy, [axis]))),
  (tf, x, axis) => {
    const below = tf.sub(x, tf.max(x, axis, true));
    return tf.sub(below, tf.log(tf.sum(tf.exp(below), axis, true)));
  },
);

/** 1 at the first largest element along the axis (-1), else 0; dx = 0. */
export const hardmax = alongAxis('Hardmax', 'zero', (tf, x, axis) => {
  const winners = tf.expandDims(tf.argMax(x, axis), axis);
  const positions = tf.reshape(tf.range(0, x.shape[axis], 1, 'int32'), x.shape.map((dim, index) => (index === axis ? dim : 1)));
  return tf.cast(tf.equal(positions, winners), 'float32');
});

function alongAxis(
  type: string,
  derivative: ((formula: UnaryFormula, axis: number) => ValueInfo) | 'zero',
  kernel: (tf: typeof tfjs, x: tfjs.Tensor, axis: number) => tfjs.Tensor,
): Operator {
  const axisOf = (node: GraphNode, rank: number): number => axisIn(node, integer(node, 'axis', -1), rank);
  return {
    type,
    infer(context) {
      const { shape } = typedInput(context, 0, 'float32');
      axisOf(context.node, shape.length);
      return [{ dtype: 'float32', shape }];
    },
    derivative: derivative === 'zero' ? 'zero' : unaryDerivative((formula) => derivative(formula, axisOf(formula.node, formula.x.shape.length))),
    tfjs(context) {
      const { tf } = context;
      const x = input(context);
      const axis = axisOf(context.node, x.rank);
      const rows = tf.reshape(x, [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))]); // the WebAssembly backend reduces wrongly beyond 6 axes
      return [tf.reshape(kernel(tf, rows, 1), x.shape)];
    },
  };
}
