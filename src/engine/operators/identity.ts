import type { Operator } from './operator';

/** Identity(x) = x; dx = dy. */
export const identity: Operator = {
  type: 'Identity',
  infer: ({ inputs }) => [{ dtype: inputs[0]!.dtype, shape: inputs[0]!.shape }],
  derivative: ({ gradients }) => [gradients[0]],
  evaluate: (inputs) => [inputs[0]!],
  tfjs: ({ inputs }) => [inputs[0]!.clone()],
};
