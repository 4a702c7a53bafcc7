import type { ValueInfo } from '../../../graph/graph';
import { flag, integer, integers } from '../../../operators/attributes';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Operators whose axes, sizes or counts moved between attributes and inputs. */
export const axisUpgrades: Readonly<Record<string, Upgrade>> = {
  Squeeze: axesToInput(13),
  Unsqueeze: axesToInput(13),
  ReduceSum: (context) => (context.opset < 13 ? axesToInput(13)(context) : reduceWithoutAxes(context)),
  ...Object.fromEntries(['ReduceMax', 'ReduceMin', 'ReduceMean', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceSumSquare'].map((op) => [op, axesToAttribute])),
  Slice: (context) => {
    if (context.opset >= 10) return undefined;
    const starts = integers(context.node, 'starts') ?? [];
    const ends = integers(context.node, 'ends') ?? [];
    const axes = integers(context.node, 'axes') ?? starts.map((_, index) => index);
    return context.result('Slice', [context.input(0), context.integers(starts), context.integers(ends), context.integers(axes)]);
  },
  Split: (context) => {
    const axis = integer(context.node, 'axis', 0);
    const sizes = context.opset < 13 ? integers(context.node, 'split') : undefined;
    if (sizes) return context.result('Split', [context.input(0), context.integers(sizes)], { axis });
    if (context.opset < 18 || context.inputs[1]) return undefined;
    return context.result('Split', [context.input(0), context.integers(evenSplit(context, axis))], { axis });
  },
  TopK: (context) => {
    if (context.opset >= 10) return undefined;
    return context.result('TopK', [context.input(0), context.integers([integer(context.node, 'k')])], { axis: integer(context.node, 'axis', -1) });
  },
};

/** Before `opset` the axes were an attribute. */
function axesToInput(opset: number): Upgrade {
  return (context) => {
    const axes = context.opset < opset ? integers(context.node, 'axes') : undefined;
    if (!axes) return undefined;
    return context.result(context.node.op, [context.input(0), context.integers(axes)], context.attributesWithout('axes'));
  };
}

/** From opset 18 on the axes of all reductions are an input, as those of ReduceSum are from 13 on. */
function axesToAttribute(context: NodeContext): ValueInfo[] | undefined {
  if (context.opset < 18) return undefined;
  const axes = context.numbers(1, 'its axes') ?? [];
  if (axes.length === 0) return reduceWithoutAxes(context) ?? context.result(context.node.op, [context.input(0)], context.attributesWithout('noop_with_empty_axes'));
  return context.result(context.node.op, [context.input(0)], { ...context.attributesWithout('noop_with_empty_axes'), axes });
}

/** A reduction over no axes at all, where the node asks for that instead of all axes: each element is reduced alone. */
function reduceWithoutAxes(context: NodeContext): ValueInfo[] | undefined {
  if (!flag(context.node, 'noop_with_empty_axes') || (context.numbers(1, 'its axes') ?? []).length > 0) return undefined;
  const x = context.input(0);
  switch (context.node.op) {
    case 'ReduceL1':
    case 'ReduceL2':
      return context.result('Abs', [x]);
    case 'ReduceLogSum':
      return context.result('Log', [x]);
    case 'ReduceSumSquare':
      return context.result('Mul', [x, x]);
    default:
      return context.result('Identity', [x]);
  }
}

/** `num_outputs` parts of equal size, the last one smaller where that does not divide. */
function evenSplit(context: NodeContext, axis: number): number[] {
  const { shape } = context.input(0);
  const size = shape.at(axis);
  const count = integer(context.node, 'num_outputs', context.node.outputs.length);
  if (size === undefined || axis >= shape.length) throw context.invalid(`axis must be within ${shape.length} axes, got ${axis}`);
  if (count !== context.node.outputs.length) throw context.invalid(`num_outputs must be its number of outputs, ${context.node.outputs.length}, got ${count}`);
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, size - index * part)));
}
