import type * as tfjs from '@tensorflow/tfjs';
import { flag, integer } from '../attributes';
import { axisIn, input, typedInput } from '../context';
import type { Operator } from '../operator';

/** The index of the largest element along the axis (0): the first one, or the last (`select_last_index`). */
export const argMax = extremeIndex('ArgMax', (tf, x, axis) => tf.argMax(x, axis));

/** The index of the smallest element along the axis (0). */
export const argMin = extremeIndex('ArgMin', (tf, x, axis) => tf.argMin(x, axis));

function extremeIndex(type: string, kernel: (tf: typeof tfjs, x: tfjs.Tensor, axis: number) => tfjs.Tensor): Operator {
  return {
    type,
    infer(context) {
      const { shape } = typedInput(context, 0, 'float32', 'int64', 'int32', 'uint8', 'int8');
      const axis = axisIn(context.node, integer(context.node, 'axis', 0), shape.length);
      const keep = flag(context.node, 'keepdims', 1);
      return [{ dtype: 'int64', shape: shape.flatMap((dim, index) => (index !== axis ? [dim] : keep ? [1] : [])) }];
    },
    derivative: 'zero',
    tfjs(context) {
      const { tf, node } = context;
      const x = input(context);
      const axis = axisIn(node, integer(node, 'axis', 0), x.rank);
      const last = flag(node, 'select_last_index');
      const found = kernel(tf, last ? tf.reverse(x, axis) : x, axis);
      const index = last ? tf.sub(tf.scalar(x.shape[axis] - 1, 'int32'), found) : found;
      return [tf.reshape(index, [...context.outputInfos[0]!.shape])];
    },
  };
}
