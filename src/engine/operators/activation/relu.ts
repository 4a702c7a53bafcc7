import { unary } from '../elementwise';

/** y = max(0, x); dx = dy where x > 0. */
export const relu = unary({
  type: 'Relu',
  dtypes: ['float32', 'int32'],
  derivative: ({ dy, y, mul, sign }) => mul(dy, sign(y)),
  tfjs: (tf, x) => tf.relu(x),
});
