import type { GraphNode } from '../../graph/graph';
import { int64, sizeOf, type Shape } from '../../tensor';
import { integer } from '../attributes';
import { input } from '../context';
import type { Operator } from '../operator';

/** The shape of x, or dimensions `start` to `end` of it. */
export const shape: Operator = {
  type: 'Shape',
  infer: (context) => [{ dtype: 'int64', shape: [partOf(context.node, input(context).shape).length] }],
  derivative: 'zero',
  evaluate: ([x], node, [{ shape }]) => [int64(partOf(node, x!.shape), shape)],
  tfjs: (context) => [context.tf.tensor1d(partOf(context.node, input(context).shape), 'int32')],
};

/** How many elements x has. */
export const size: Operator = {
  type: 'Size',
  infer: (context) => {
    input(context);
    return [{ dtype: 'int64', shape: [] }];
  },
  derivative: 'zero',
  evaluate: ([x]) => [int64([sizeOf(x!.shape)], [])],
  tfjs: (context) => [context.tf.scalar(input(context).size, 'int32')],
};

const partOf = (node: GraphNode, of: Shape): number[] => of.slice(integer(node, 'start', 0), integer(node, 'end', of.length));
