import { formatShape } from '../../tensor';
import { broadcastShapes, sameShape } from '../broadcast';
import { mismatch, typedInput } from '../context';
import { binaryDerivative, binaryKernel } from '../elementwise';
import type { Operator } from '../operator';

/** y = x where x >= 0, else slope * x; dx = dy or slope * dy, dslope = dy * min(x, 0). The slope broadcasts to x. */
export const pRelu: Operator = {
  type: 'PRelu',
  infer(context) {
    const { shape } = typedInput(context, 0, 'float32');
    const slope = typedInput(context, 1, 'float32');
    if (!sameShape(shape, broadcastShapes([shape, slope.shape]) ?? [])) {
      throw mismatch(context.node, `the slope must broadcast to ${formatShape(shape)}, got ${formatShape(slope.shape)}`);
    }
    return [{ dtype: 'float32', shape }];
  },
  derivative: binaryDerivative(
    ({ dy, a, b, mul, where, greater }) => mul(dy, where(greater(a, 0), 1, b)),
    ({ dy, a, mul, where, less }) => mul(dy, where(less(a, 0), a, 0)),
  ),
  tfjs: binaryKernel((tf, x, slope) => tf.where(tf.greaterEqual(x, 0), x, tf.mul(slope, x))),
};
