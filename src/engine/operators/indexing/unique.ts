import type { Tensor } from '../../tensor';
import { flag, integer } from '../attributes';
import { axisIn, constantInput, evaluating, invalid, type WithConstants } from '../context';
import type { Operator, OutputInfo } from '../operator';
import { generate, stridesOf } from '../strided';
import { toTfjs } from '../tfjsTensor';

/** So many elements are compared at most. */
const MOST_ELEMENTS = 2 ** 20;

/**
 * The different elements, or slices along `axis`, in ascending order (`sorted` 0: in order of appearance), where each
 * is first, which of them each one is, and how often each occurs. Only of constants: how many there are depends on the values.
 */
export const unique: Operator = {
  type: 'Unique',
  infer: (context) => uniqueOf(context).map(({ dtype, shape }): OutputInfo => ({ dtype, shape })),
  derivative: 'zero',
  evaluate: (inputs, node) => uniqueOf(evaluating(node, inputs)),
  tfjs: (context) => uniqueOf(context).map((output) => toTfjs(context.tf, output)),
};

function uniqueOf(context: WithConstants): Tensor[] {
  const { node } = context;
  const x = constantInput(context, 0, 'x');
  if (x.data.length > MOST_ELEMENTS) throw invalid(node, `at most ${MOST_ELEMENTS} elements are compared, got ${x.data.length}`);
  const isFlat = node.attributes.axis === undefined;
  const axis = isFlat ? 0 : axisIn(node, integer(node, 'axis'), x.shape.length);
  const shape = isFlat ? [x.data.length] : x.shape;
  const [stride] = stridesOf(shape).slice(axis);
  const length = shape[axis];
  const rest = length === 0 ? 0 : x.data.length / length;
  /** Where element `index` of slice `slice` lies. */
  const place = (slice: number, index: number): number => Math.floor(index / stride) * stride * length + slice * stride + (index % stride);
  const compare = (left: number, right: number): number => {
    for (let index = 0; index < rest; index++) {
      const [a, b] = [x.data[place(left, index)], x.data[place(right, index)]];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  };
  const order = Array.from({ length }, (_, slice) => slice).sort((left, right) => compare(left, right) || left - right);
  const groups: number[][] = [];
  for (const slice of order) {
    const last = groups.at(-1);
    if (last && compare(last[0], slice) === 0) last.push(slice);
    else groups.push([slice]);
  }
  if (!flag(node, 'sorted', 1)) groups.sort(([left], [right]) => left - right);
  const inverse = new Array<number>(length).fill(0);
  for (const [index, group] of groups.entries()) for (const slice of group) inverse[slice] = index;
  const result = shape.map((dim, index) => (index === axis ? groups.length : dim));
  const integers = (values: readonly number[]): Tensor => generate({ dtype: 'int64', shape: [values.length] }, (index) => values[index]);
  const values = generate({ dtype: x.dtype, shape: result }, (index) => {
    const slice = Math.floor(index / stride) % groups.length;
    return x.data[place(groups[slice][0], Math.floor(index / (stride * groups.length)) * stride + (index % stride))];
  });
  return [values, integers(groups.map(([first]) => first)), integers(inverse), integers(groups.map((group) => group.length))];
}
