import type { GraphNode } from '../../graph/graph';
import { formatShape, type Shape } from '../../tensor';
import { algebra } from '../algebra';
import { integer } from '../attributes';
import { allInputs, axisIn, invalid, mismatch } from '../context';
import type { Operator } from '../operator';
import { generate, type Elements } from '../strided';

/** The inputs one after another along the axis; each gets its part of dy. */
export const concat: Operator = {
  type: 'Concat',
  infer(context) {
    const { node } = context;
    const values = allInputs(context);
    const [first] = values;
    const axis = axisOf(node, first.shape.length);
    if (values.some(({ dtype }) => dtype !== first.dtype)) throw invalid(node, `the inputs must have one type, got ${values.map(({ dtype }) => dtype).join(' and ')}`);
    const others = (shape: Shape): string => formatShape(shape.map((dim, index) => (index === axis ? 0 : dim)));
    if (values.some(({ shape }) => others(shape) !== others(first.shape))) {
      throw mismatch(node, `the inputs must have equal shapes but for axis ${axis}, got ${values.map(({ shape }) => formatShape(shape)).join(' and ')}`);
    }
    const length = values.reduce((sum, { shape }) => sum + shape[axis], 0);
    return [{ dtype: first.dtype, shape: first.shape.map((dim, index) => (index === axis ? length : dim)) }];
  },
  derivative(context) {
    const [dy] = context.gradients;
    if (!dy) return [];
    const axis = axisOf(context.node, dy.shape.length);
    const { slice } = algebra(context.builder);
    let end = 0;
    return allInputs(context).map(({ shape }, index) => {
      const start = end;
      end += shape[axis];
      return context.wants(index) ? slice(dy, axis, start, end) : undefined;
    });
  },
  evaluate(inputs, node, [output]) {
    const axis = axisOf(node, output.shape.length);
    const inner = output.shape.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    const parts = inputs.map((value) => ({ data: value!.data as Elements, length: value!.shape[axis] * inner }));
    const row = output.shape[axis] * inner;
    return [
      generate(output, (index) => {
        let position = index % row;
        const part = parts.find(({ length }) => (position -= length) < 0)!;
        return part.data[Math.floor(index / row) * part.length + position + part.length];
      }),
    ];
  },
  tfjs(context) {
    const values = allInputs(context);
    return [context.tf.concat(values, axisOf(context.node, values[0].rank))];
  },
};

const axisOf = (node: GraphNode, rank: number): number => axisIn(node, integer(node, 'axis'), rank);
