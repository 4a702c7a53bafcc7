import { unary } from '../elementwise';

/** y = max(0, x); dx = dy where x > 0. */
export const relu = unary({
  type: 'Relu',
  dtypes: ['float32', 'int32'],
  derivative: ({ dy, y, mul, mask, greater }) => mul(dy, mask(greater(y, 0))),
  tfjs: (tf, x) => tf.relu(x),
});
