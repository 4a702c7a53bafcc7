import type { ValueInfo } from '../../../graph/graph';
import { asFloat, refuseMasks, type Layer, type LayerCall, type LayerTable } from '../layerCall';

/** Large and negative: a place that softmax shall not see. */
const HIDDEN = -1e9;

/** softmax(Q Kᵀ / sqrt(d)) V for each head (Vaswani et al., "Attention Is All You Need", 2017). */
const multiHead =
  (isGrouped: boolean): Layer =>
  (call) => {
    const { emit, math, settings, weights } = call;
    refuseMasks(call);
    const [query, value, key = value] = [...call.inputs, ...call.keyword('value'), ...call.keyword('key')].map((input) => asFloat(call, input.value));
    if (!value || [query, value, key].some(({ shape }) => shape.length !== 3)) throw settings.unsupported('a query and a value of 3 axes are supported');
    if (settings.raw('attention_axes') !== undefined && settings.axes('attention_axes', 3).join() !== '1') throw settings.unsupported('attention_axes other than 1 are not supported');
    const heads = isGrouped ? settings.integer('num_query_heads', undefined, 1) : settings.integer('num_heads', undefined, 1);
    const keyHeads = isGrouped ? settings.integer('num_key_value_heads', undefined, 1) : heads;
    const size = isGrouped ? settings.integer('head_dim', undefined, 1) : settings.integer('key_dim', undefined, 1);
    const valueSize = isGrouped ? size : settings.integer('value_dim', size, 1);
    if (heads % keyHeads !== 0) throw settings.invalid(`its ${heads} query heads must be a multiple of its ${keyHeads} key heads`);
    const split = (x: ValueInfo, name: string, count: number, width: number): ValueInfo => {
      const own = weights.within(name);
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
    const scores = causal(call, math.matMul(math.mul(q, 1 / Math.sqrt(size)), emit.transpose(k, [0, 1, 3, 2])));
    const shares = emit.op('Softmax', [scores], { axis: 3 });
    const joined = emit.reshape(emit.transpose(math.matMul(shares, v), [0, 2, 1, 3]), [query.shape[0], query.shape[1], heads * valueSize]);
    const given = settings.numbers('output_shape');
    if (given && given.length > 1) throw settings.unsupported('an output_shape of several axes is not supported');
    const width = given?.[0] ?? query.shape[2];
    const own = weights.within('output_dense');
    const result = math.matMul(joined, emit.reshape(emit.weight(own.next('kernel', [heads, valueSize, width]), 'kernel'), [heads * valueSize, width]));
    const output = settings.flag('use_bias', true) ? math.add(result, emit.weight(own.next('bias', [width]), 'bias')) : result;
    return call.option('return_attention_scores') === true ? [{ value: output }, { value: shares }] : output;
  };

/** Hides from each step those after it, when the call says `use_causal_mask`. */
function causal(call: LayerCall, scores: ValueInfo): ValueInfo {
  if (call.option('use_causal_mask') !== true) return scores;
  const { emit, math } = call;
  const [queries, keys] = scores.shape.slice(-2);
  const hidden = math.expand(HIDDEN, [queries, keys]);
  return math.add(scores, emit.op('Trilu', [hidden, emit.integers([1])], { upper: 1 }));
}

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

function attended(call: LayerCall, score: (q: ValueInfo, k: ValueInfo) => ValueInfo): ValueInfo | { value: ValueInfo }[] {
  const { emit, math, settings } = call;
  refuseMasks(call);
  const [q, v, k = v] = call.inputs.map(({ value }) => asFloat(call, value));
  if (!v || [q, v, k].some(({ shape }) => shape.length !== 3)) throw settings.unsupported('a query and a value of 3 axes are supported');
  const shares = emit.op('Softmax', [causal(call, score(q, k))], { axis: 2 });
  const output = math.matMul(shares, v);
  return call.option('return_attention_scores') === true ? [{ value: output }, { value: shares }] : output;
}

export const attentionLayers: LayerTable = {
  MultiHeadAttention: multiHead(false),
  GroupQueryAttention: multiHead(true),
  GroupedQueryAttention: multiHead(true),
  Attention: dotProduct,
  AdditiveAttention: additive,
};
