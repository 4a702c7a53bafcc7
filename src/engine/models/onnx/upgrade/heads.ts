import type { ValueInfo } from '../../../graph/graph';
import { generate } from '../../../operators/strided';
import type { NodeContext } from '../nodeContext';

/** [batch, length, heads * size] as [batch, heads, length, size]. */
export function splitHeads(context: NodeContext, x: ValueInfo, heads: number): ValueInfo {
  const [batch, length, width] = x.shape;
  if (heads < 1 || width % heads !== 0) throw context.invalid(`the number of heads must divide the width, ${width}, got ${heads}`);
  return context.math.transpose(context.math.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, length, size] as [batch, length, heads * size]. */
export function mergeHeads({ math }: NodeContext, x: ValueInfo): ValueInfo {
  const [batch, heads, length, size] = x.shape;
  return math.reshape(math.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}

/** Keys and values that groups of query heads share, once for each of these (grouped-query attention). */
export function repeatHeads(context: NodeContext, x: ValueInfo, heads: number): ValueInfo {
  const [batch, own, length, size] = x.shape;
  if (own === heads) return x;
  if (heads % own !== 0) throw context.invalid(`the number of query heads must be a multiple of that of key heads, ${own}, got ${heads}`);
  const { reshape, expand } = context.math;
  return reshape(expand(reshape(x, [batch, own, 1, length, size]), [batch, own, heads / own, length, size]), [batch, heads, length, size]);
}

/** What {@link attend} is given, all [batch, heads, length, size]. */
export interface Heads {
  readonly q: ValueInfo;
  readonly k: ValueInfo;
  readonly v: ValueInfo;
  readonly scale: number;
  /** Scores become softcap * tanh(score / softcap); 0: they stay. */
  readonly softcap?: number;
  /** What is added to the scores, broadcast to [batch, heads, queries, keys]: -Infinity where a query must not look. */
  readonly bias?: ValueInfo;
  /** Whether a query may be forbidden every key; it then gives zeros. */
  readonly mayHideAll?: boolean;
}

export interface Attended {
  readonly result: ValueInfo;
  /** q kᵀ * scale, and after each further step: softcap, bias, softmax. */
  readonly scores: readonly ValueInfo[];
}

/** softmax(q kᵀ * scale + bias) v: scaled dot-product attention (Vaswani et al., "Attention Is All You Need", 2017). */
export function attend(context: NodeContext, { q, k, v, scale, softcap = 0, bias, mayHideAll = false }: Heads): Attended {
  const { matMul, mul, div, tanh, add, transpose, equal, where } = context.math;
  const raw = matMul(mul(q, scale), transpose(k, [0, 1, 3, 2]));
  const capped = softcap > 0 ? mul(tanh(div(raw, softcap)), softcap) : raw;
  const biased = bias ? add(capped, bias) : capped;
  const softmax = (x: ValueInfo): ValueInfo => context.emit('Softmax', [x], { axis: -1 });
  const isHidden = bias && mayHideAll ? equal(context.emit('ReduceMax', [bias], { axes: [-1], keepdims: 1 }), -Infinity) : undefined;
  const weights = isHidden ? where(isHidden, 0, softmax(where(isHidden, 0, biased))) : softmax(biased);
  return { result: matMul(weights, v), scores: [raw, capped, biased, weights] };
}

/** 0 where query i may look at key j, else -Infinity, as a constant [queries, keys]. */
export const visibility = (context: NodeContext, queries: number, keys: number, sees: (i: number, j: number) => boolean): ValueInfo =>
  context.constantOfTensor(generate({ dtype: 'float32', shape: [queries, keys] }, (index) => (sees(Math.floor(index / keys), index % keys) ? 0 : -Infinity)));

/** A boolean mask as a bias; others are biases already. */
export const asBias = (context: NodeContext, mask: ValueInfo): ValueInfo => (mask.dtype === 'bool' ? context.math.where(mask, 0, -Infinity) : mask);
