import { rulesOf, type Rules } from '../operators/operator';

/**
 * Deconvolution (Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2013): at every ReLU
 * `dx = dy * [dy > 0]`, whatever the input was.
 */
export const deconvolutionRules: Rules = rulesOf({
  Relu: ({ builder, gradients: [dy] }) => [dy && builder.op('Relu', [dy])],
});
