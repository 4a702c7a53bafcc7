import type { ValueInfo } from '../../../graph/graph';
import { flag } from '../../../operators/attributes';
import { axisIn } from '../../../operators/context';
import { generate } from '../../../operators/strided';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Products of many elements, written so that their derivatives are exact where elements are zero. */
export const productUpgrades: Readonly<Record<string, Upgrade>> = {
  CumProd: cumulativeProduct,
  Det: (context) => context.outputs([determinants(context, context.typed(0, 'float32'))]),
};

/** The product of all elements up to each one along an axis, by doubling distances (Hillis & Steele, "Data parallel algorithms", 1986). */
function cumulativeProduct(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const x = context.input(0);
  const axis = axisIn(node, context.numbers(1, 'its axis')?.[0] ?? 0, x.shape.length);
  const length = x.shape[axis];
  const one = context.constantOfTensor(generate({ dtype: x.dtype, shape: [] }, () => 1));
  const shifted = (value: ValueInfo, distance: number): ValueInfo => {
    const ones = math.expand(one, x.shape.map((size, index) => (index === axis ? distance : size)));
    return flag(node, 'reverse') ? math.concat([math.slice(value, axis, distance, length), ones], axis) : math.concat([ones, math.slice(value, axis, 0, length - distance)], axis);
  };
  let product = flag(node, 'exclusive') && length > 0 ? shifted(x, 1) : x;
  for (let distance = 1; distance < length; distance *= 2) product = math.mul(product, shifted(product, distance));
  return context.outputs([product]);
}

/** The largest matrices whose determinants are written out. */
const MAX_SIZE = 12;

/**
 * The determinants of matrices [..., n, n] by Laplace's expansion, row by row: the minors of the first r + 1 rows over
 * every choice of r + 1 columns come from those of the first r rows. A polynomial, so that singular matrices have exact
 * gradients too.
 */
export function determinants(context: NodeContext, x: ValueInfo): ValueInfo {
  const { math } = context;
  const rank = x.shape.length;
  const [height, size] = x.shape.slice(-2);
  const outer = x.shape.slice(0, -2);
  if (rank < 2 || height !== size || size < 1 || size > MAX_SIZE) throw context.invalid(`it needs determinants, of square matrices of up to ${MAX_SIZE} rows, got shape [${x.shape.join(', ')}]`);
  const rowOf = (row: number): ValueInfo => math.reshape(math.slice(x, rank - 2, row, row + 1), [...outer, size]);
  const pick = (values: ValueInfo, places: readonly number[]): ValueInfo => context.emit('Gather', [values, context.integers(places)], { axis: outer.length });
  let choices = Array.from({ length: size }, (_, column) => [column]);
  let minors = rowOf(0);
  for (let row = 1; row < size; row++) {
    const before = new Map(choices.map((columns, index) => [columns.join(), index]));
    choices = choices.flatMap((columns) => Array.from({ length: size }, (_, column) => column).filter((column) => column > columns[row - 1]).map((column) => [...columns, column]));
    const terms = choices.flatMap((columns) => columns.map((column, at) => ({ column, rest: before.get(columns.filter((other) => other !== column).join()) ?? 0, sign: (row + at) % 2 === 0 ? 1 : -1 })));
    const signed = math.mul(pick(rowOf(row), terms.map(({ column }) => column)), context.floats(terms.map(({ sign }) => sign)));
    const products = math.reshape(math.mul(signed, pick(minors, terms.map(({ rest }) => rest))), [...outer, choices.length, row + 1]);
    minors = context.emit('ReduceSum', [products, context.integers([outer.length + 1])], { keepdims: 0 });
  }
  return math.reshape(minors, outer);
}
