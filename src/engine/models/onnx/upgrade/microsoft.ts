import type { ValueInfo } from '../../../graph/graph';
import { flag, integer, integers, real, text } from '../../../operators/attributes';
import { formatShape } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { asBias, attend, mergeHeads, repeatHeads, splitHeads, visibility } from './heads';

/** The operators that ONNX Runtime's offline optimisation fuses others into, written out again. */
export const microsoftUpgrades: Readonly<Record<string, Upgrade>> = {
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.FusedGemm': (context) => activated(context, context.emit('Gemm', context.inputs, fusedAttributes(context))),
  'com.microsoft.FusedConv': (context) => {
    const y = context.emit('Conv', context.inputs.slice(0, 3), fusedAttributes(context));
    return activated(context, context.inputs[3] ? context.math.add(y, context.input(3)) : y);
  },
  'com.microsoft.Gelu': (context) => context.outputs([gelu(context, context.input(0))]),
  'com.microsoft.BiasGelu': (context) => context.outputs([gelu(context, context.math.add(context.input(0), context.input(1)))]),
  'com.microsoft.FastGelu': (context) => {
    const { add, mul, tanh } = context.math;
    const x = context.inputs[1] ? add(context.input(0), context.input(1)) : context.input(0);
    const inner = mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
    return context.outputs([mul(mul(x, add(tanh(inner), 1)), 0.5)]);
  },
  'com.microsoft.QuickGelu': (context) => {
    const { mul, sigmoid } = context.math;
    return context.outputs([mul(context.input(0), sigmoid(mul(context.input(0), real(context.node, 'alpha', 1.702))))]);
  },
  'com.microsoft.BiasSoftmax': (context) => {
    if (integer(context.node, 'is_inner_broadcast', 1) !== 1) throw context.invalid('is_inner_broadcast must be 1, got 0');
    const x = context.math.add(context.input(0), context.input(1));
    const axis = integer(context.node, 'axis', 1);
    if (axis !== -1 && axis !== x.shape.length - 1) throw context.invalid(`axis must be the last one, ${x.shape.length - 1}, got ${axis}`);
    return context.result('Softmax', [x], { axis: -1 });
  },
  SimplifiedLayerNormalization: (context) => context.outputs([rootMeanSquare(context, context.input(0), context.input(1), integer(context.node, 'axis', -1))]),
  'com.microsoft.SkipSimplifiedLayerNormalization': (context) => {
    const total = sum(context, 0, 1, 3);
    return outputsWithoutStatistics(context, rootMeanSquare(context, total, context.input(2), -1), total);
  },
  'com.microsoft.SkipLayerNormalization': (context) => {
    const total = sum(context, 0, 1, 4);
    const normal = context.emit('LayerNormalization', [total, context.input(2), context.inputs[3]], { axis: -1, epsilon: real(context.node, 'epsilon', 1e-12) });
    return outputsWithoutStatistics(context, normal, total);
  },
  'com.microsoft.EmbedLayerNormalization': embedLayerNormalization,
  'com.microsoft.Attention': packedAttention,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
};

/** alpha * a b, either of them transposed in its last two axes, or with its batch axis moved behind (transBatch). */
function fusedMatMul(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const operand = (index: number, name: 'A' | 'B'): ValueInfo => {
    const value = context.input(index);
    const axes = value.shape.map((_, axis) => axis);
    if (axes.length < 2) return value;
    if (flag(node, `transBatch${name}`)) axes.splice(axes.length - 2, 0, ...axes.splice(0, 1));
    if (flag(node, `trans${name}`)) axes.push(...axes.splice(axes.length - 2, 1));
    return axes.every((axis, position) => axis === position) ? value : math.transpose(value, axes);
  };
  const alpha = real(node, 'alpha', 1);
  const product = math.matMul(operand(0, 'A'), operand(1, 'B'));
  return context.outputs([alpha === 1 ? product : math.mul(product, alpha)]);
}

const fusedAttributes = (context: NodeContext): NodeContext['node']['attributes'] =>
  context.attributesWithout('activation', 'activation_alpha', 'activation_beta', 'activation_gamma', 'activation_params');

/** The activation that a fused node ends with. */
function activated(context: NodeContext, x: ValueInfo): ValueInfo[] {
  const activation = text(context.node, 'activation', '');
  const given = context.node.attributes.activation_params;
  const parameters = Array.isArray(given) ? given.map(Number) : ['activation_alpha', 'activation_beta'].flatMap((name) => (Object.hasOwn(context.node.attributes, name) ? [real(context.node, name)] : []));
  const [alpha, beta] = parameters;
  switch (activation) {
    case '':
      return context.outputs([x]);
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return context.result(activation, [x]);
    case 'LeakyRelu':
      return context.result(activation, [x], { alpha: alpha ?? 0.01 });
    case 'HardSigmoid':
      return context.result(activation, [x], { alpha: alpha ?? 0.2, beta: beta ?? 0.5 });
    case 'Clip':
      return context.result(activation, [x, context.scalar(alpha ?? -Infinity), context.scalar(beta ?? Infinity)]);
    default:
      throw context.invalid(`the activation ${activation} is not supported`);
  }
}

/** x * (1 + erf(x / sqrt(2))) / 2 */
function gelu({ math: { mul, add, div, erf } }: NodeContext, x: ValueInfo): ValueInfo {
  return mul(mul(x, add(erf(div(x, Math.SQRT2)), 1)), 0.5);
}

/** x / sqrt(mean(x^2) + epsilon) * scale over the axes from `axis` on. */
function rootMeanSquare(context: NodeContext, x: ValueInfo, scale: ValueInfo, axis: number): ValueInfo {
  const { mul, div, sqrt, add, mean, square } = context.math;
  const first = axis < 0 ? axis + x.shape.length : axis;
  const axes = x.shape.map((_, index) => index).slice(first);
  return mul(div(x, sqrt(add(mean(square(x), axes), real(context.node, 'epsilon', 1e-5)))), scale);
}

/** The sum of those inputs that are given. */
function sum(context: NodeContext, ...indices: readonly number[]): ValueInfo {
  return indices.slice(1).reduce((total, index) => (context.inputs[index] ? context.math.add(total, context.input(index)) : total), context.input(indices[0]));
}

/** Normalised values, then the mean and deviation, which only training needs, then the sum that was normalised. */
function outputsWithoutStatistics(context: NodeContext, normal: ValueInfo, total: ValueInfo): ValueInfo[] {
  const { outputs } = context.node;
  if (outputs[1] || outputs[2]) throw context.invalid('its mean and deviation are not supported');
  context.named(0, 'Identity', [normal]);
  if (outputs[3]) context.named(3, 'Identity', [total]);
  return [normal, normal, normal, total];
}

/** The embeddings of words, positions and segments, added up and normalised. */
function embedLayerNormalization(context: NodeContext): ValueInfo[] {
  const [ids, segments, words, positions, segmentTable, gamma, beta, , chosen] = Array.from({ length: 9 }, (_, index) => context.inputs[index]);
  if (!ids || !words || !positions) throw context.invalid('ids, word and position embeddings are required');
  if (context.node.outputs[1] || context.node.outputs[2]) throw context.invalid('only its first output is supported');
  const { add, slice } = context.math;
  const gather = (table: ValueInfo, indices: ValueInfo): ValueInfo => context.emit('Gather', [table, indices], { axis: 0 });
  const placed = add(gather(words, ids), chosen ? gather(positions, chosen) : slice(positions, 0, 0, ids.shape[1]));
  const total = segments && segmentTable ? add(placed, gather(segmentTable, segments)) : placed;
  return context.outputs([context.emit('LayerNormalization', [total, gamma, beta], { axis: -1, epsilon: real(context.node, 'epsilon', 1e-12) })]);
}

/** Self-attention whose one weight matrix makes queries, keys and values. */
function packedAttention(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const [, , , mask, past, bias] = Array.from({ length: 6 }, (_, index) => context.inputs[index]);
  if (past || context.node.outputs[1]) throw context.invalid('a cache of keys and values is not supported');
  if (flag(node, 'do_rotary')) throw context.invalid('do_rotary must be 0, got 1');
  const x = context.ranked(0, 3);
  const heads = integer(node, 'num_heads');
  const projected = context.inputs[2] ? math.add(math.matMul(x, context.input(1)), context.input(2)) : math.matMul(x, context.input(1));
  const width = projected.shape[2];
  const sizes = integers(node, 'qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((total, size) => total + size, 0));
  const [q, k, v] = sizes.map((size, index) => splitHeads(context, math.slice(projected, 2, ends[index] - size, ends[index]), heads));
  return attended(context, { q, k, v, mask, bias, isCausal: flag(node, 'unidirectional') });
}

/** Attention over given queries, keys and values, [batch, length, width] each. */
function multiHeadAttention(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const [query, key, value, projection, mask, bias, ...caches] = Array.from({ length: 10 }, (_, index) => context.inputs[index]);
  if (caches.some((cache) => cache) || context.node.outputs.slice(1).some((output) => output !== '')) throw context.invalid('a cache of keys and values is not supported');
  if (!query || query.shape.length !== 3 || !key || !value) throw context.invalid('packed queries, keys and values are not supported');
  const heads = integer(node, 'num_heads');
  const given = [query, key, value];
  const [q, k, v] = given.map((part, index) => {
    if (part.shape.length === 4) return part;
    const start = given.slice(0, index).reduce((total, { shape }) => total + (shape[2] ?? 0), 0);
    return splitHeads(context, projection ? math.add(part, math.slice(projection, 0, start, start + part.shape[2])) : part, heads);
  });
  return attended(context, { q, k: repeatHeads(context, k, heads), v: repeatHeads(context, v, heads), mask, bias, isCausal: flag(node, 'unidirectional') });
}

interface Attending {
  readonly q: ValueInfo;
  readonly k: ValueInfo;
  readonly v: ValueInfo;
  /** 1 where a key counts: [batch, keys], [batch, queries, keys], or the number of keys that do, [batch]. */
  readonly mask: ValueInfo | undefined;
  readonly bias: ValueInfo | undefined;
  readonly isCausal: boolean;
}

function attended(context: NodeContext, { q, k, v, mask, bias, isCausal }: Attending): ValueInfo[] {
  const { node, math } = context;
  const [queries, keys] = [q.shape[2], k.shape[2]];
  const hidden = real(node, 'mask_filter_value', -10000);
  const parts: ValueInfo[] = [];
  if (mask) parts.push(math.where(visible(context, mask, keys), 0, hidden));
  if (bias) parts.push(asBias(context, bias));
  if (isCausal) parts.push(visibility(context, queries, keys, (i, j) => j - i <= keys - queries));
  const [first, ...others] = parts;
  const scale = real(node, 'scale', 0) || 1 / Math.sqrt(q.shape[3]);
  return context.outputs([mergeHeads(context, attend(context, { q, k, v, scale, bias: first && others.reduce(math.add, first) }).result)]);
}

/** The mask as booleans that broadcast to [batch, heads, queries, keys]. */
function visible(context: NodeContext, mask: ValueInfo, keys: number): ValueInfo {
  const { math } = context;
  const positions = (): ValueInfo => context.integers(Array.from({ length: keys }, (_, index) => index));
  const wide = context.emit('Cast', [mask], { to: 7 });
  const [batch] = mask.shape;
  if (mask.shape.length === 1) return math.less(positions(), math.reshape(wide, [batch, 1, 1, 1]));
  const shape = mask.shape.length === 2 ? [batch, 1, 1, keys] : mask.shape.length === 3 ? [batch, 1, mask.shape[1], keys] : undefined;
  if (!shape) throw context.invalid(`its mask must have 1 to 3 axes, got shape ${formatShape(mask.shape)}`);
  return math.greater(math.reshape(wide, shape), context.integers([0]));
}
