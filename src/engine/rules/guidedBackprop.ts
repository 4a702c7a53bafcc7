import { relu } from '../operators/activation/relu';
import type { Derivative, RuleTable } from '../operators/operator';

/**
 * Guided Backpropagation (Springenberg et al., "Striving for Simplicity", 2014): at every ReLU
 * `dx = dy * [x > 0] * [dy > 0]`, so that only what excites the target flows back. Other activations keep their derivative.
 */
export const guidedBackpropRules: RuleTable = {
  Relu: (context) => (relu.derivative as Derivative)(context).map((dx) => dx && context.builder.op('Relu', [dx])),
};
