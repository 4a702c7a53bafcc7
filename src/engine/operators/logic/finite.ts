import { flag } from '../attributes';
import { input, typedInput } from '../context';
import type { Operator } from '../operator';

/** Whether each element is not a number. */
export const isNaN: Operator = {
  type: 'IsNaN',
  infer: (context) => [{ dtype: 'bool', shape: typedInput(context, 0, 'float32').shape }],
  derivative: 'zero',
  tfjs: (context) => [context.tf.isNaN(input(context))],
};

/** Whether each element is infinite, of the signs that `detect_positive` and `detect_negative` ask for. */
export const isInf: Operator = {
  type: 'IsInf',
  infer: (context) => [{ dtype: 'bool', shape: typedInput(context, 0, 'float32').shape }],
  derivative: 'zero',
  tfjs(context) {
    const { tf, node } = context;
    const x = input(context);
    const infinite = tf.isInf(x);
    if (!flag(node, 'detect_positive', 1)) return [tf.logicalAnd(infinite, flag(node, 'detect_negative', 1) ? tf.less(x, 0) : tf.zerosLike(infinite))];
    return [flag(node, 'detect_negative', 1) ? infinite : tf.logicalAnd(infinite, tf.greater(x, 0))];
  },
};
