import type * as tfjs from '@tensorflow/tfjs';
import type { ValueInfo } from '../../graph/graph';
import { algebra, type Algebra } from '../algebra';
import { sumTo } from '../broadcast';
import { allInputs } from '../context';
import { broadcastRule } from '../elementwise';
import { evaluateArithmetic } from '../evaluate';
import type { Derivative, Operator } from '../operator';
import type { TfjsKernel } from '../tfjsKernel';

/** The sum of all inputs; each gets dy. */
export const sum: Operator = {
  type: 'Sum',
  infer: broadcastRule(['float32']),
  derivative: variadic((dy) => () => dy),
  evaluate: evaluateArithmetic({ real: (a, b) => a + b, integer: (a, b) => a + b }),
  tfjs: folded((tf, a, b) => tf.add(a, b)),
};

/** The mean of all n inputs; each gets dy / n. */
export const mean: Operator = {
  type: 'Mean',
  infer: broadcastRule(['float32']),
  derivative: variadic((dy, { div }, inputs) => {
    const share = div(dy, inputs.length);
    return () => share;
  }),
  tfjs: (context) => {
    const [total] = folded((tf, a, b) => tf.add(a, b))(context);
    return [context.tf.div(total, context.inputs.length)];
  },
};

/** The largest input, element by element; dy goes to it, in equal parts where several are equal (as in torch.maximum). */
export const max: Operator = {
  type: 'Max',
  infer: broadcastRule(['float32', 'int64', 'int32']),
  derivative: variadic(toWinners),
  evaluate: evaluateArithmetic({ real: Math.max, integer: (a, b) => (a > b ? a : b) }),
  tfjs: folded((tf, a, b) => tf.maximum(a, b)),
};

/** The smallest input, element by element; dy goes to it, in equal parts where several are equal. */
export const min: Operator = {
  type: 'Min',
  infer: broadcastRule(['float32', 'int64', 'int32']),
  derivative: variadic(toWinners),
  evaluate: evaluateArithmetic({ real: Math.min, integer: (a, b) => (a < b ? a : b) }),
  tfjs: folded((tf, a, b) => tf.minimum(a, b)),
};

/** dx = dy * [x = y] / (how many inputs equal y). */
function toWinners(dy: ValueInfo, { mul, div, add, mask, equal }: Algebra, inputs: readonly ValueInfo[], y: ValueInfo): (x: ValueInfo) => ValueInfo {
  const wins = new Map(inputs.map((x) => [x, mask(equal(x, y))]));
  const share = inputs.length === 1 ? dy : div(dy, [...wins.values()].reduce((a, b) => add(a, b)));
  return (x) => mul(share, wins.get(x) ?? share);
}

/** Writes the derivatives of all wanted inputs from one formula, with the sum over broadcast axes. */
function variadic(formula: (dy: ValueInfo, math: Algebra, inputs: readonly ValueInfo[], y: ValueInfo) => (x: ValueInfo) => ValueInfo): Derivative {
  return (context) => {
    const [dy] = context.gradients;
    const [y] = context.outputs;
    if (!dy || !y) return [];
    const inputs = allInputs(context);
    const gradientOf = formula(dy, algebra(context.builder), inputs, y);
    return inputs.map((x, index) => (context.wants(index) ? sumTo(context.builder, gradientOf(x), x.shape) : undefined));
  };
}

function folded(kernel: (tf: typeof tfjs, a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor): TfjsKernel {
  return (context) => {
    const tensors = allInputs(context);
    return [tensors.length === 1 ? tensors[0].clone() : tensors.reduce((a, b) => kernel(context.tf, a, b))];
  };
}
