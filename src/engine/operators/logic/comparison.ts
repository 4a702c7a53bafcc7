import type { DataType } from '../../tensor';
import { invalid, isConstant } from '../context';
import { binaryKernel, binaryRule } from '../elementwise';
import { evaluateComparison } from '../evaluate';
import type { Operator } from '../operator';

const ordered: readonly DataType[] = ['float32', 'int64', 'int32', 'uint8', 'int8'];

export const equal: Operator = {
  type: 'Equal',
  infer(context) {
    if (context.inputs[0]?.dtype === 'string' && !isConstant(context)) throw invalid(context.node, 'strings can only be compared before the model runs');
    return binaryRule([...ordered, 'bool', 'string'], 'bool')(context);
  },
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a === b),
  tfjs: binaryKernel((tf, a, b) => tf.equal(a, b)),
};

export const less: Operator = {
  type: 'Less',
  infer: binaryRule(ordered, 'bool'),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a < b),
  tfjs: binaryKernel((tf, a, b) => tf.less(a, b)),
};

export const lessOrEqual: Operator = {
  type: 'LessOrEqual',
  infer: binaryRule(ordered, 'bool'),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a <= b),
  tfjs: binaryKernel((tf, a, b) => tf.lessEqual(a, b)),
};

export const greater: Operator = {
  type: 'Greater',
  infer: binaryRule(ordered, 'bool'),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a > b),
  tfjs: binaryKernel((tf, a, b) => tf.greater(a, b)),
};

export const greaterOrEqual: Operator = {
  type: 'GreaterOrEqual',
  infer: binaryRule(ordered, 'bool'),
  derivative: 'zero',
  evaluate: evaluateComparison((a, b) => a >= b),
  tfjs: binaryKernel((tf, a, b) => tf.greaterEqual(a, b)),
};
