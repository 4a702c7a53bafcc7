import { formatShape } from '../../tensor';
import { broadcastShapes, sumTo } from '../broadcast';
import { input, invalid, mismatch, requiredIntegers } from '../context';
import type { Operator } from '../operator';
import { broadcastView, materialise } from '../strided';

/** x broadcast together with the shape in input 1; dx is the sum of dy over the axes that were broadcast. */
export const expand: Operator = {
  type: 'Expand',
  infer(context) {
    const { dtype, shape } = input(context);
    const wanted = requiredIntegers(context, 1, 'the shape');
    if (wanted.some((dim) => dim < 0)) throw invalid(context.node, `the shape must not be negative, got ${formatShape(wanted)}`);
    const result = broadcastShapes([shape, wanted]);
    if (!result) throw mismatch(context.node, `${formatShape(shape)} must broadcast with ${formatShape(wanted)}`);
    return [{ dtype, shape: result }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    return [dy && sumTo(context.builder, dy, input(context).shape)];
  },
  evaluate: ([x], _node, [{ shape }]) => [materialise(x!, broadcastView(x!.shape, shape))],
  tfjs(context) {
    const x = input(context);
    const shape = [...context.outputInfos[0]!.shape];
    return [shape.includes(0) ? context.tf.zeros(shape, x.dtype) : context.tf.broadcastTo(x, shape)];
  },
};
