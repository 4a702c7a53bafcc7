import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { choice, integer } from '../../../operators/attributes';
import { sameShape } from '../../../operators/broadcast';
import { formatShape, int64 } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** The losses that a model may end in, written out. */
export const lossUpgrades: Readonly<Record<string, Upgrade>> = {
  NegativeLogLikelihoodLoss: (context) => context.outputs([negativeLogLikelihood(context, context.typed(0, 'float32'))]),
  SoftmaxCrossEntropyLoss: (context) => {
    const logProbabilities = context.emit('LogSoftmax', [context.typed(0, 'float32')], { axis: 1 });
    return context.outputs([negativeLogLikelihood(context, logProbabilities), logProbabilities]);
  },
};

/** -weight[t] * x[n, t, ...] for each target class t, summed, averaged by weight, or as it is; x is [batch, classes, ...]. */
function negativeLogLikelihood(context: NodeContext, x: ValueInfo): ValueInfo {
  const { node, math } = context;
  const { reshape, neg, mul, div, where, equal } = math;
  const target = context.typed(1, 'int64', 'int32');
  const [batch, classes, ...space] = x.shape;
  const places = [batch, ...space];
  if (!sameShape(target.shape, places)) throw context.invalid(`the target must have shape ${formatShape(places)}, got ${formatShape(target.shape)}`);
  const wide = context.emit('Cast', [target], { to: ONNX_TYPE.int64 });
  const scalar = (value: number): ValueInfo => context.constantOfTensor(int64([value], []));
  const isIgnored = Object.hasOwn(node.attributes, 'ignore_index') ? equal(wide, scalar(integer(node, 'ignore_index'))) : undefined;
  const index = isIgnored ? where(isIgnored, scalar(0), wide) : wide;
  const chosen = reshape(context.emit('GatherElements', [x, reshape(index, [batch, 1, ...space])], { axis: 1 }), places);
  const given = context.inputs[2];
  if (given && !sameShape(given.shape, [classes])) throw context.invalid(`the weights must have shape [${classes}], got ${formatShape(given.shape)}`);
  const ones = context.math.expand(1, places);
  const all = given ? context.emit('Gather', [given, index], { axis: 0 }) : ones;
  const weights = isIgnored ? where(isIgnored, 0, all) : all;
  const loss = neg(mul(chosen, weights));
  const total = (value: ValueInfo): ValueInfo => context.emit('ReduceSum', [value], { keepdims: 0 });
  switch (choice(node, 'reduction', ['mean', 'sum', 'none'], 'mean')) {
    case 'none':
      return loss;
    case 'sum':
      return total(loss);
    case 'mean':
      return div(total(loss), total(weights));
  }
}
