import type { GraphNode } from '../../graph/graph';
import { int64, sizeOf, type Shape, type Tensor } from '../../tensor';
import { integer } from '../attributes';
import { input } from '../context';
import type { Operator } from '../operator';

/** The shape of x, or dimensions `start` to `end` of it. */
export const shape: Operator = {
  type: 'Shape',
  infer: (context) => [{ dtype: 'int64', shape: [partOf(context.node, input(context).shape).length] }],
  derivative: 'zero',
  evaluate: ([x], node) => [shapeValue(node, x!.shape)],
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

/** What a Shape node returns for an input of a shape: known before the graph runs, whatever the values are. */
export function shapeValue(node: GraphNode, of: Shape): Tensor<'int64'> {
  const part = partOf(node, of);
  return int64(part, [part.length]);
}

const partOf = (node: GraphNode, of: Shape): number[] => of.slice(integer(node, 'start', 0), integer(node, 'end', of.length));
