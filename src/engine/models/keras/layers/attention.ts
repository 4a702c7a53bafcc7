import type { ValueInfo } from '../../../graph/graph';
import { asFloat, losesMasksOfLists, masked, type Layer, type LayerCall, type LayerTable, type Value } from '../layerCall';

/** Large and negative: a place that softmax shall not see. */
const HIDDEN = -1e9;

/** softmax(Q Kᵀ / sqrt(d)) V for each head (Vaswani et al., "Attention Is All You Need", 2017). */
const multiHead =
  (isGrouped: boolean): Layer =>
  (call) => {
    const { emit, math, settings, weights } = call;
    const given = [...call.inputs, ...call.keyword('value'), ...call.keyword('key')];
    if (given.length > 3) throw settings.unsupported(`a query, a value and a key are supported as its inputs, got ${given.length}`);
    if (settings.flag('use_gate', false) || settings.raw('sliding_window') !== undefined) throw settings.unsupported('use_gate and sliding_window are not supported');
    if (call.major === 2 && !call.isSince(2, 10) && given.some(({ mask }) => mask)) throw masked(call);
    const [query, value, key = value] = given.map((input) => asFloat(call, input.value));
    if (!value || [query, value, key].some(({ shape }) => shape.length !== 3)) throw settings.unsupported('a query and a value of 3 axes are supported');
    if (settings.raw('attention_axes') !== undefined && settings.axes('attention_axes', 3).join() !== '1') throw settings.unsupported('attention_axes other than 1 are not supported');
    const heads = isGrouped ? settings.integer('num_query_heads', undefined, 1) : settings.integer('num_heads', undefined, 1);
    const keyHeads = isGrouped ? settings.integer('num_key_value_heads', undefined, 1) : heads;
    const size = isGrouped ? settings.integer('head_dim', undefined, 1) : settings.integer('key_dim', undefined, 1);
    const valueSize = isGrouped ? size : settings.integer('value_dim', size, 1);
    if (heads % keyHeads !== 0) throw settings.invalid(`its ${heads} query heads must be a multiple of its ${keyHeads} key heads`);
    const split = (x: ValueInfo, name: string, count: number, width: number): ValueInfo => {
      const own = weights.within(name, `_${name}`);
      const kernel = emit.weight(own.next('kernel', [x.shape[2], count, width]), 'kernel');
      const product = math.matMul(x, emit.reshape(kernel, [x.shape[2], count * width]));
      const sum = settings.flag('use_bias', true) ? math.add(product, emit.reshape(emit.weight(own.next('bias', [count, width]), 'bias'), [count * width])) : product;
      return emit.transpose(emit.reshape(sum, [x.shape[0], x.shape[1], count, width]), [0, 2, 1, 3]);
    };
    // HDF5 files list the weights of query, key, value and output in this order
    const q = split(query, 'query_dense', heads, size);
    const repeat = (x: ValueInfo): ValueInfo => {
      if (heads === keyHeads) return x;
      const [batch, count, steps, width] = x.shape;
      return emit.reshape(math.expand(emit.reshape(x, [batch, count, 1, steps, width]), [batch, count, heads / keyHeads, steps, width]), [batch, heads, steps, width]);
    };
    const k = repeat(split(key, 'key_dense', keyHeads, size));
    const v = repeat(split(value, 'value_dense', keyHeads, valueSize));
    const scores = math.matMul(math.mul(q, 1 / Math.sqrt(size)), emit.transpose(k, [0, 1, 3, 2]));
    const places = given.map((input, index) => stepsOf(call, { ...input, mask: maskGiven(call, index) ?? input.mask }, index === 0 ? 1 : 2));
    const masks = [...places, ...call.keyword('attention_mask').map((input) => shaped(call, input.value))];
    const seen = allOf(call, [...masks, causal(call, scores)]);
    const softmax = emit.op('Softmax', [seen ? math.where(seen, scores, HIDDEN) : scores], { axis: 3 });
    // from 3.14 on, what sees nothing gets shares of 0 and not equal ones, but only where no fused kernel computes them
    const isFused = settings.number('dropout', 0) === 0 && call.option('return_attention_scores') !== true;
    const shares = seen && !isFused && call.isSince(3, 14) ? math.where(seen, softmax, 0) : softmax;
    // Keras' own side effect: layers that are called later find no masks on these inputs
    if (!isGrouped && call.isSince(3, 8)) for (const input of given) call.unmask(input);
    const joined = emit.reshape(emit.transpose(math.matMul(shares, v), [0, 2, 1, 3]), [query.shape[0], query.shape[1], heads * valueSize]);
    const sizes = settings.numbers('output_shape');
    if (sizes && sizes.length > 1) throw settings.unsupported('an output_shape of several axes is not supported');
    const width = sizes?.[0] ?? query.shape[2];
    const own = weights.within('output_dense', '_output_dense');
    const result = math.matMul(joined, emit.reshape(emit.weight(own.next('kernel', [heads, valueSize, width]), 'kernel'), [heads * valueSize, width]));
    const output = settings.flag('use_bias', true) ? math.add(result, emit.weight(own.next('bias', [width]), 'bias')) : result;
    return [{ value: output, mask: given[0].mask }, ...(call.option('return_attention_scores') === true ? [{ value: shares }] : [])];
  };

/** The mask of the query, the value or the key that is given by name. From 3.8 on, Keras takes no notice of that of the query. */
function maskGiven(call: LayerCall, index: number): ValueInfo | undefined {
  const [mask] = call.keyword(['query_mask', 'value_mask', 'key_mask'][index]);
  return mask && !(index === 0 && call.isSince(3, 8)) ? call.emit.cast(mask.value, 'bool') : undefined;
}

/** The steps that count of a query (axis 1) or of keys (axis 2), among places [batch, heads, queries, keys]. */
function stepsOf({ emit }: LayerCall, { mask }: Value, axis: 1 | 2): ValueInfo | undefined {
  if (!mask) return undefined;
  const [batch, steps] = mask.shape;
  return emit.reshape(mask, axis === 1 ? [batch, 1, steps, 1] : [batch, 1, 1, steps]);
}

/** An `attention_mask` [batch, queries, keys]. */
function shaped({ emit, settings }: LayerCall, mask: ValueInfo): ValueInfo {
  if (mask.shape.length !== 3) throw settings.unsupported(`an attention_mask of 3 axes is supported, got ${mask.shape.length}`);
  const [batch, queries, keys] = mask.shape;
  return emit.cast(emit.reshape(mask, [batch, 1, queries, keys]), 'bool');
}

/** From each step, those up to it, when the call says `use_causal_mask`. */
function causal(call: LayerCall, scores: ValueInfo): ValueInfo | undefined {
  if (call.option('use_causal_mask') !== true) return undefined;
  const [queries, keys] = scores.shape.slice(-2);
  const data = Float32Array.from({ length: queries * keys }, (_, place) => (place % keys <= Math.floor(place / keys) ? 1 : 0));
  return call.math.greater(call.emit.weight({ dtype: 'float32', shape: [queries, keys], data }, 'causal'), 0.5);
}

const allOf = ({ math }: LayerCall, masks: readonly (ValueInfo | undefined)[]): ValueInfo | undefined =>
  masks.reduce((all, mask) => (all && mask ? math.and(all, mask) : (mask ?? all)), undefined);

/** softmax(Q Kᵀ * scale) V without weights for Q, K and V (Luong et al. 2015). */
const dotProduct: Layer = (call) =>
  attended(call, (q, k) => {
    const { emit, math, settings, weights } = call;
    if (settings.choice('score_mode', ['dot', 'concat'], 'dot') === 'concat') throw settings.unsupported('score_mode concat is not supported');
    const scores = math.matMul(q, emit.transpose(k, [0, 2, 1]));
    return settings.flag('use_scale', false) ? math.mul(scores, emit.weight(weights.next('scale', []), 'scale')) : scores;
  });

/** softmax(sum(scale * tanh(Q + K))) V (Bahdanau et al. 2014). */
const additive: Layer = (call) =>
  attended(call, (q, k) => {
    const { emit, math, settings, weights } = call;
    const [batch, steps, size] = q.shape;
    const sum = math.tanh(math.add(emit.reshape(q, [batch, steps, 1, size]), emit.reshape(k, [batch, 1, k.shape[1], size])));
    const scaled = settings.flag('use_scale', true) ? math.mul(sum, emit.weight(weights.next('scale', [size]), 'scale')) : sum;
    return emit.reshape(math.sum(scaled, [3]), [batch, steps, k.shape[1]]);
  });

function attended(call: LayerCall, score: (q: ValueInfo, k: ValueInfo) => ValueInfo): Value[] {
  const { emit, math, settings } = call;
  const [q, v, k = v] = call.inputs.map(({ value }) => asFloat(call, value));
  if (!v || [q, v, k].some(({ shape }) => shape.length !== 3)) throw settings.unsupported('a query and a value of 3 axes are supported');
  const scores = score(q, k);
  const [{ mask: steps }, { mask }] = call.inputs;
  const seen = allOf(call, [mask && emit.reshape(mask, [mask.shape[0], 1, mask.shape[1]]), causal(call, scores)]);
  const shares = emit.op('Softmax', [seen ? math.where(seen, scores, math.add(scores, HIDDEN)) : scores], { axis: 2 });
  const product = math.matMul(shares, v);
  const output = steps ? math.where(emit.reshape(steps, [...steps.shape, 1]), product, 0) : product;
  return [{ value: output, mask: losesMasksOfLists(call) ? undefined : steps }, ...(call.option('return_attention_scores') === true ? [{ value: shares }] : [])];
}

export const attentionLayers: LayerTable = {
  MultiHeadAttention: multiHead(false),
  GroupQueryAttention: multiHead(true),
  GroupedQueryAttention: multiHead(true),
  Attention: dotProduct,
  AdditiveAttention: additive,
};
