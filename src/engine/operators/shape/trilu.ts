import { formatShape, type Shape } from '../../tensor';
import { flag } from '../attributes';
import { constantInteger, evaluating, input, invalid, type WithConstants } from '../context';
import type { Operator } from '../operator';
import { generate } from '../strided';
import { toTfjs } from '../tfjsTensor';

/** The upper (or lower) triangle of the last two axes from diagonal `k` (input 1) on, zeros elsewhere; dx is the same part of dy. */
export const trilu: Operator = {
  type: 'Trilu',
  infer(context) {
    const { dtype, shape } = input(context);
    if (shape.length < 2) throw invalid(context.node, `the input must have at least 2 dimensions, got shape ${formatShape(shape)}`);
    inTriangle(context, shape);
    return [{ dtype, shape }];
  },
  derivative({ node, builder, inputs, gradients }) {
    const [dy] = gradients;
    return [dy && builder.op('Trilu', [dy, inputs[1]], node.attributes)];
  },
  evaluate(inputs, node, [output]) {
    const inside = inTriangle(evaluating(node, inputs), output.shape);
    const { data } = inputs[0]!;
    return [generate(output, (index) => (inside(index) ? data[index] : 0))];
  },
  tfjs(context) {
    const x = input(context);
    const inside = inTriangle(context, x.shape);
    const mask = toTfjs(context.tf, generate({ dtype: 'bool', shape: x.shape.slice(-2) }, inside));
    return [context.tf.where(mask, x, context.tf.zerosLike(x))];
  },
};

/** Whether the element `index`, in row-major order, belongs to the triangle. */
function inTriangle(context: WithConstants, shape: Shape): (index: number) => boolean {
  const [rows, columns] = shape.slice(-2);
  const k = context.inputs[1] === undefined ? 0 : constantInteger(context, 1, 'k');
  const upper = flag(context.node, 'upper', 1);
  return (index) => {
    const diagonal = (index % columns) - (Math.floor(index / columns) % rows);
    return upper ? diagonal >= k : diagonal <= k;
  };
}
