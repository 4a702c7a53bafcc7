import { rulesOf, type Rules } from '../operators/operator';
import { plainDerivative } from './plainDerivative';

/**
 * Guided Backpropagation (Springenberg et al., "Striving for Simplicity", 2014): at every ReLU
 * `dx = dy * [x > 0] * [dy > 0]`, so that only what excites the target flows back. Other activations keep their derivative.
 */
export const guidedBackpropRules: Rules = rulesOf({
  Relu: (context) => plainDerivative(context).map((dx) => dx && context.builder.op('Relu', [dx])),
});
