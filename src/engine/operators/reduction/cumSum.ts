import { flag } from '../attributes';
import { axisIn, constantInteger, input, typedInput, type WithConstants } from '../context';
import type { Operator } from '../operator';

/** Sums along the axis in input 1 up to each element, it included or (`exclusive`) not, from the end for `reverse`; dx is the same sum of dy from the other end. */
export const cumSum: Operator = {
  type: 'CumSum',
  infer(context) {
    const { dtype, shape } = typedInput(context, 0, 'float32', 'int64', 'int32');
    axisOf(context, shape.length);
    return [{ dtype, shape }];
  },
  derivative({ node, builder, inputs, gradients }) {
    const [dy] = gradients;
    return [dy && builder.op('CumSum', [dy, inputs[1]], { ...node.attributes, reverse: flag(node, 'reverse') ? 0 : 1 })];
  },
  tfjs(context) {
    const x = input(context);
    return [context.tf.cumsum(x, axisOf(context, x.rank), flag(context.node, 'exclusive'), flag(context.node, 'reverse'))];
  },
};

const axisOf = (context: WithConstants, rank: number): number => axisIn(context.node, constantInteger(context, 1, 'the axis'), rank);
