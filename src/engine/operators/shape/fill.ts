import type { GraphNode } from '../../graph/graph';
import { engineType } from '../../graph/onnxTypes';
import { float32, formatShape, toNumbers, type Shape, type Tensor } from '../../tensor';
import { integer } from '../attributes';
import { constantInput, evaluating, invalid, input, requiredIntegers, type WithConstants } from '../context';
import type { Operator, OutputInfo } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';

/** A tensor of the shape in input 0, filled with `value` (a float32 0). */
export const constantOfShape: Operator = {
  type: 'ConstantOfShape',
  infer(context) {
    const shape = requiredIntegers(context, 0, 'the shape');
    if (shape.some((dim) => dim < 0)) throw invalid(context.node, `the shape must not be negative, got ${formatShape(shape)}`);
    return [{ dtype: fillOf(context.node).dtype, shape }];
  },
  derivative: 'zero',
  evaluate: (_inputs, node, [output]) => [generate(output, () => fillOf(node).data[0])],
  tfjs: ({ tf, node, outputInfos }) => [toTfjs(tf, generate(outputInfos[0]!, () => fillOf(node).data[0]))],
};

/** start, start + delta, ... below (above) the limit. */
export const range: Operator = {
  type: 'Range',
  infer(context) {
    const { start, limit, delta } = stepsOf(context);
    return [{ dtype: constantInput(context, 0, 'start').dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  },
  derivative: 'zero',
  evaluate: (inputs, node, [output]) => [rangeOf(evaluating(node, inputs), output)],
  tfjs: (context) => [toTfjs(context.tf, rangeOf(context, context.outputInfos[0]!))],
};

/** Zeros of the shape of x, a matrix, with ones on the diagonal `k`. */
export const eyeLike: Operator = {
  type: 'EyeLike',
  infer(context) {
    const { dtype, shape } = input(context);
    if (shape.length !== 2) throw invalid(context.node, `the input must be a matrix, got shape ${formatShape(shape)}`);
    const code = context.node.attributes.dtype;
    const wanted = code === undefined ? dtype : engineType(integer(context.node, 'dtype'));
    if (!wanted || wanted === 'string') throw invalid(context.node, `dtype must be a numeric type, got ${String(code)}`);
    integer(context.node, 'k', 0);
    return [{ dtype: wanted, shape }];
  },
  derivative: 'zero',
  evaluate: (_inputs, node, [output]) => [eye(node, output)],
  tfjs: ({ tf, node, outputInfos }) => [toTfjs(tf, eye(node, outputInfos[0]!))],
};

function fillOf(node: GraphNode): Tensor {
  const { value } = node.attributes;
  if (value === undefined) return float32([0], [1]);
  if (typeof value !== 'object' || !('dtype' in value) || value.data.length !== 1) throw invalid(node, 'value must be a tensor of one element');
  return value;
}

function stepsOf(context: WithConstants): { start: number; limit: number; delta: number } {
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((what, index) => {
    const value = constantInput(context, index, what);
    if (value.data.length !== 1) throw invalid(context.node, `${what} must be a scalar, got shape ${formatShape(value.shape)}`);
    return toNumbers(value)[0];
  });
  if (delta === 0) throw invalid(context.node, 'delta must not be 0');
  return { start, limit, delta };
}

function rangeOf(context: WithConstants, output: OutputInfo): Tensor {
  const { start, delta } = stepsOf(context);
  return generate(output, (index) => start + index * delta);
}

function eye(node: GraphNode, output: OutputInfo): Tensor {
  const shape: Shape = output.shape;
  const k = integer(node, 'k', 0);
  return generate(output, (index) => Number((index % shape[1]) - Math.floor(index / shape[1]) === k));
}
