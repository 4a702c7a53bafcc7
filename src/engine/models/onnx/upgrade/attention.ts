import type { ValueInfo } from '../../../graph/graph';
import { flag, integer, real } from '../../../operators/attributes';
import { generate } from '../../../operators/strided';
import type { NodeContext, Upgrade } from '../nodeContext';
import { asBias, attend, mergeHeads, repeatHeads, splitHeads, visibility } from './heads';

/** Attention and RotaryEmbedding of opset 23 and later, written out. */
export const attentionUpgrades: Readonly<Record<string, Upgrade>> = {
  Attention: attention,
  RotaryEmbedding: rotaryEmbedding,
};

/** softmax(softcap(q kᵀ * scale) + mask) v for each head, with cached keys and values before the given ones. */
function attention(context: NodeContext): ValueInfo[] {
  const { node, math } = context;
  const isFlat = context.ranked(0, 3, 4).shape.length === 3;
  const heads = (index: number, attribute: string): ValueInfo => {
    const value = context.ranked(index, isFlat ? 3 : 4);
    return isFlat ? splitHeads(context, value, integer(node, attribute)) : value;
  };
  const q = heads(0, 'q_num_heads');
  const present = [1, 2].map((index) => {
    const value = heads(index, 'kv_num_heads');
    const past = context.inputs[index + 3];
    return past ? math.concat([past, value], 2) : value;
  });
  const [k, v] = present.map((value) => repeatHeads(context, value, q.shape[1]));
  const { bias, mayHideAll } = biasOf(context, q.shape[2], k.shape[2]);
  const { result, scores } = attend(context, { q, k, v, bias, mayHideAll, scale: real(node, 'scale', 1 / Math.sqrt(q.shape[3])), softcap: real(node, 'softcap', 0) });
  const shown = scores[integer(node, 'qk_matmul_output_mode', 0)];
  if (!shown) throw context.invalid(`qk_matmul_output_mode must be 0 to 3, got ${integer(node, 'qk_matmul_output_mode', 0)}`);
  return context.outputs([isFlat ? mergeHeads(context, result) : result, ...present, shown]);
}

/** The mask, the causal order, the sliding window and the padding of the cache as one bias on the scores. */
function biasOf(context: NodeContext, queries: number, keys: number): { bias: ValueInfo | undefined; mayHideAll: boolean } {
  const { node, math } = context;
  const [mask, pastKey, lengths] = [3, 4, 6].map((index) => context.inputs[index]);
  const biases: ValueInfo[] = [];
  if (mask) {
    const bias = asBias(context, mask);
    const missing = keys - (mask.shape.at(-1) ?? 0);
    const pads = bias.shape.map(() => 0);
    biases.push(missing > 0 ? context.emit('Pad', [bias, context.integers([...pads, ...pads.slice(1), missing]), context.scalar(-Infinity)]) : bias);
  }
  const left = integer(node, 'left_window_size', -1);
  const right = flag(node, 'is_causal') ? 0 : integer(node, 'right_window_size', -1);
  const isOrdered = left >= 0 || right >= 0;
  // key j lies `distance` behind query i, whose own position is i + offset
  const sees = (distance: number): boolean => (left < 0 || distance >= -left) && (right < 0 || distance <= right);
  if (isOrdered && !lengths) biases.push(visibility(context, queries, keys, (i, j) => sees(j - i - (pastKey?.shape[2] ?? 0))));
  if (lengths) {
    const column = math.reshape(context.emit('Cast', [context.typed(6, 'int64', 'int32')], { to: 7 }), [lengths.shape[0], 1, 1, 1]);
    const positions = context.constantOfTensor(generate({ dtype: 'int64', shape: [keys] }, (j) => j));
    biases.push(asBias(context, math.less(positions, column)));
    const gaps = context.constantOfTensor(generate({ dtype: 'int64', shape: [queries, keys] }, (index) => (index % keys) - Math.floor(index / keys) + queries));
    const distance = math.sub(gaps, column);
    const bound = (value: number): ValueInfo => context.constantOfTensor(generate({ dtype: 'int64', shape: [] }, () => value));
    if (left >= 0) biases.push(asBias(context, context.emit('GreaterOrEqual', [distance, bound(-left)])));
    if (right >= 0) biases.push(asBias(context, context.emit('LessOrEqual', [distance, bound(right)])));
  }
  const [first, ...others] = biases;
  return { bias: first && others.reduce(math.add, first), mayHideAll: Boolean(mask ?? lengths) || left >= 0 };
}

/** Rotates pairs of features by angles that grow with the position (Su et al., "RoFormer", 2021). */
function rotaryEmbedding(context: NodeContext): ValueInfo[] {
  const { node } = context;
  const { reshape, transpose, slice, mul, add, sub, concat } = context.math;
  const given = context.ranked(0, 3, 4);
  const x = given.shape.length === 4 ? given : splitHeads(context, given, integer(node, 'num_heads', 0));
  const [batch, heads, length, size] = x.shape;
  const rotated = integer(node, 'rotary_embedding_dim', 0) || size;
  if (rotated % 2 !== 0 || rotated > size) throw context.invalid(`rotary_embedding_dim must be even and at most ${size}, got ${rotated}`);
  const cache = (index: number): ValueInfo => {
    const positions = context.inputs[3];
    const table = positions ? context.emit('Gather', [context.input(index), positions], { axis: 0 }) : context.input(index);
    return reshape(table, [table.shape[0], 1, length, rotated / 2]);
  };
  const [cos, sin] = [cache(1), cache(2)];
  const turning = rotated === size ? x : slice(x, 3, 0, rotated);
  const isInterleaved = flag(node, 'interleaved');
  const pairs = isInterleaved ? reshape(turning, [batch, heads, length, rotated / 2, 2]) : turning;
  const [a, b] = isInterleaved ? context.parts(pairs, 4, 2).map((part) => reshape(part, [batch, heads, length, rotated / 2])) : context.parts(pairs, 3, 2);
  const [first, second] = [sub(mul(cos, a), mul(sin, b)), add(mul(sin, a), mul(cos, b))];
  const turned = isInterleaved
    ? reshape(concat([first, second].map((part) => reshape(part, [batch, heads, length, rotated / 2, 1])), 4), [batch, heads, length, rotated])
    : concat([first, second], 3);
  const result = rotated === size ? turned : concat([turned, slice(x, 3, rotated, size)], 3);
  return context.outputs([given.shape.length === 4 ? result : reshape(transpose(result, [0, 2, 1, 3]), given.shape)]);
}
