import type { ValueInfo } from '../../../../graph/graph';
import { choice } from '../../../../operators/attributes';
import { int64, tensor, type Tensor } from '../../../../tensor';
import type { NodeContext } from '../../nodeContext';
import { numbersOf, stringsOf } from './lists';

const TRANSFORMS = ['NONE', 'SOFTMAX', 'LOGISTIC', 'SOFTMAX_ZERO', 'PROBIT'] as const;
export type PostTransform = (typeof TRANSFORMS)[number];

/** The attribute `post_transform`; TreeEnsemble writes its number. */
export function postTransformOf({ node }: NodeContext): PostTransform {
  const { post_transform: number } = node.attributes;
  const named = typeof number === 'number' ? { ...node, attributes: { post_transform: TRANSFORMS[number] ?? String(number) } } : node;
  return choice(named, 'post_transform', TRANSFORMS, 'NONE');
}

/** Raw scores [N, K] as `post_transform` asks for them. */
export function transformed(context: NodeContext, scores: ValueInfo): ValueInfo {
  const { math } = context;
  switch (postTransformOf(context)) {
    case 'NONE':
      return scores;
    case 'LOGISTIC':
      return math.sigmoid(scores);
    case 'SOFTMAX':
      return context.emit('Softmax', [scores], { axis: -1 });
    case 'SOFTMAX_ZERO': {
      // zeros stay zeros
      const { mul, mask, greater, abs, exp, sub, div, sum } = math;
      const powers = mul(exp(sub(scores, context.emit('ReduceMax', [scores], { axes: [1], keepdims: 1 }))), mask(greater(abs(scores), 1e-7)));
      return div(powers, sum(powers, [1]));
    }
    case 'PROBIT':
      throw context.invalid('post_transform PROBIT is not supported');
  }
}

/** The names of the classes. */
export function classLabels(context: NodeContext): Tensor {
  const strings = stringsOf(context, 'classlabels_strings');
  if (strings && strings.length > 0) return tensor('string', strings, [strings.length]);
  const numbers = numbersOf(context, 'classlabels_int64s', 'classlabels_ints') ?? [];
  return int64(numbers, [numbers.length]);
}

/** The node's outputs: the label of the class with the largest score, and the scores, transformed. */
export function classified(context: NodeContext, labels: Tensor, scores: ValueInfo, result: ValueInfo): ValueInfo[] {
  const winner = context.emit('ArgMax', [scores], { axis: 1, keepdims: 0 });
  return context.outputs([context.emit('Gather', [context.constantOfTensor(labels), winner], { axis: 0 }), result]);
}
