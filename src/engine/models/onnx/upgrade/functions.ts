import type { ValueInfo } from '../../../graph/graph';
import { choice, flag, integer, integers, real } from '../../../operators/attributes';
import { sizeOf } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';

/** Operators newer than opset 17, written out in older ones. */
export const functionUpgrades: Readonly<Record<string, Upgrade>> = {
  Gelu: (context) => (choice(context.node, 'approximate', ['none', 'tanh'], 'none') === 'none' ? gelu(context) : geluTanh(context)),
  Mish: (context) => {
    const x = context.input(0);
    return context.result('Mul', [x, context.emit('Tanh', [context.emit('Softplus', [x])])]);
  },
  Swish: (context) => {
    const x = context.input(0);
    const alpha = real(context.node, 'alpha', 1);
    const scaled = alpha === 1 ? x : context.emit('Mul', [x, context.scalar(alpha)]);
    return context.result('Mul', [x, context.emit('Sigmoid', [scaled])]);
  },
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  MeanVarianceNormalization: (context) => {
    const x = context.typed(0, 'float32');
    const { sub, div, mean, sqrt, square, add } = context.math;
    const axes = (integers(context.node, 'axes') ?? [0, 2, 3]).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
    const deviation = sub(x, mean(x, axes));
    return context.outputs([div(deviation, add(sqrt(mean(square(deviation), axes)), 1e-9))]);
  },
  Shrink: (context) => {
    const x = context.typed(0, 'float32');
    const { where, less, greater, add, sub } = context.math;
    const [bound, bias] = [real(context.node, 'lambd', 0.5), real(context.node, 'bias', 0)];
    return context.outputs([where(less(x, -bound), add(x, bias), where(greater(x, bound), sub(x, bias), 0))]);
  },
  /** Of float32 with the sign of the divisor (`fmod` 0), as Python has it: the remainder towards zero, moved by b where its sign differs. */
  Mod: (context) => {
    const [a, b] = [context.input(0), context.input(1)];
    if (a.dtype !== 'float32' || flag(context.node, 'fmod')) return undefined;
    const { where, less, mul, add, sign } = context.math;
    const rest = context.emit('Mod', [a, b], { fmod: 1 });
    return context.outputs([where(less(mul(sign(rest), sign(b)), 0), add(rest, b), rest)]);
  },
  SwiGLU: (context) => {
    const [a, b] = [context.typed(0, 'float32'), context.typed(1, 'float32')];
    const { mul, sigmoid } = context.math;
    return context.outputs([mul(mul(a, sigmoid(mul(a, real(context.node, 'alpha', 1)))), b)]);
  },
};

/** x * (1 + erf(x / sqrt(2))) / 2 */
function gelu(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const erf = context.emit('Erf', [context.emit('Div', [x, context.scalar(Math.SQRT2)])]);
  return context.result('Mul', [context.emit('Mul', [x, context.emit('Add', [erf, context.scalar(1)])]), context.scalar(0.5)]);
}

/** x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2 */
function geluTanh(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const cube = context.emit('Mul', [context.emit('Mul', [x, context.emit('Mul', [x, x])]), context.scalar(0.044715)]);
  const tanh = context.emit('Tanh', [context.emit('Mul', [context.emit('Add', [x, cube]), context.scalar(Math.sqrt(2 / Math.PI))])]);
  return context.result('Mul', [context.emit('Mul', [x, context.emit('Add', [tanh, context.scalar(1)])]), context.scalar(0.5)]);
}

/** Normalises groups of channels; scale and bias belong to groups in opset 18 and to channels from 21 on. */
function groupNormalization(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const groups = integer(context.node, 'num_groups');
  const [batch, channels, ...space] = x.shape;
  if (channels === undefined || groups < 1 || channels % groups !== 0) throw context.invalid(`num_groups must divide the number of channels, ${channels}, got ${groups}`);
  const perGroup = context.opset < 21;
  const ones = context.floats(new Array<number>(groups).fill(1));
  const zeros = context.floats(new Array<number>(groups).fill(0));
  const rows = context.emit('Reshape', [x, context.integers([batch, groups, (channels / groups) * sizeOf(space)])]);
  const normal = context.emit('InstanceNormalization', [rows, ones, zeros], { epsilon: real(context.node, 'epsilon', 1e-5) });
  const grouped = perGroup ? normal : context.emit('Reshape', [normal, context.integers(x.shape)]);
  const column = perGroup ? [groups, 1] : [channels, ...space.map(() => 1)];
  const affine = (parameter: number): ValueInfo => context.emit('Reshape', [context.input(parameter), context.integers(column)]);
  const scaled = context.emit('Mul', [grouped, affine(1)]);
  if (!perGroup) return context.result('Add', [scaled, affine(2)]);
  return context.result('Reshape', [context.emit('Add', [scaled, affine(2)]), context.integers(x.shape)]);
}

/** x / sqrt(mean(x^2) + epsilon) * scale over the last axes, from `axis` on. */
function rmsNormalization(context: NodeContext): ValueInfo[] {
  const x = context.input(0);
  const rank = x.shape.length;
  const declared = integer(context.node, 'axis', -1);
  const axis = declared < 0 ? declared + rank : declared;
  if (axis < 0 || axis >= rank) throw context.invalid(`axis must be within ${rank} axes, got ${declared}`);
  const axes = Array.from({ length: rank - axis }, (_, index) => axis + index);
  const square = context.emit('ReduceMean', [context.emit('Mul', [x, x])], { axes, keepdims: 1 });
  const root = context.emit('Sqrt', [context.emit('Add', [square, context.scalar(real(context.node, 'epsilon', 1e-5))])]);
  return context.result('Mul', [context.emit('Div', [x, root]), context.input(1)]);
}
