import { input } from '../context';
import type { Operator } from '../operator';

/** Identity(x) = x; dx = dy. */
export const identity: Operator = {
  type: 'Identity',
  infer(context) {
    const { dtype, shape } = input(context);
    return [{ dtype, shape }];
  },
  derivative: ({ gradients }) => [gradients[0]],
  evaluate: ([x]) => [x!],
  tfjs: (context) => [input(context).clone()],
};
