import { constantInput, input, invalid } from '../context';
import { toNumbers } from '../../tensor';
import type { Operator } from '../operator';

/** The identity: attribution looks at trained models, where nothing is dropped. The optional mask (output 1) is all true. */
export const dropout: Operator = {
  type: 'Dropout',
  infer(context) {
    const { dtype, shape } = input(context);
    if (context.inputs[2] && toNumbers(constantInput(context, 2, 'training_mode'))[0] !== 0) {
      throw invalid(context.node, 'training_mode must be false, got true');
    }
    return [
      { dtype, shape },
      { dtype: 'bool', shape },
    ];
  },
  derivative: ({ gradients }) => [gradients[0]],
  tfjs: (context) => [input(context).clone(), context.tf.ones(input(context).shape, 'bool')],
};
