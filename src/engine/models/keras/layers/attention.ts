import type { ValueInfo } from '../../../graph/graph';
import { sizeOf, type Shape } from '../../../tensor';
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
    if (call.major === 2 && !call.isSince(2, 10) && given.some(({ mask }) => mask)) throw masked(call);
    const values = given.map((input) => asFloat(call, input.value));
    if (values.length < 2 || values.some(({ shape }) => shape.length < 3 || shape.length !== values[0].shape.length)) throw settings.invalid(`its query and value must have as many axes, 3 or more, got ${values.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')}`);
    const layout = layoutOf(call, values[0].shape);
    if (layout.isSpread && (given.some(({ mask }) => mask) || call.keyword('attention_mask').length > 0 || call.option('return_attention_scores') === true)) throw settings.unsupported('masks and scores are not supported where its inputs have more than 3 axes');
    const [query, value, key = value] = values.map((each) => layout.together(each));
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
    // HDF5 files list the weights of query, key, gate, value and output in this order
    const q = split(query, 'query_dense', heads, size);
    const repeat = (x: ValueInfo): ValueInfo => {
      if (heads === keyHeads) return x;
      const [batch, count, steps, width] = x.shape;
      return emit.reshape(math.expand(emit.reshape(x, [batch, count, 1, steps, width]), [batch, count, heads / keyHeads, steps, width]), [batch, heads, steps, width]);
    };
    const k = repeat(split(key, 'key_dense', keyHeads, size));
    const gate = settings.flag('use_gate', false) ? math.sigmoid(split(query, 'gate_dense', heads, valueSize)) : undefined;
    const v = repeat(split(value, 'value_dense', keyHeads, valueSize));
    const scores = math.matMul(math.mul(q, 1 / Math.sqrt(size)), emit.transpose(k, [0, 1, 3, 2]));
    const places = given.map((input, index) => stepsOf(call, { ...input, mask: maskGiven(call, index) ?? input.mask }, index === 0 ? 1 : 2));
    const masks = [...places, ...call.keyword('attention_mask').map((input) => shaped(call, input.value))];
    const seen = allOf(call, [...masks, causal(call, scores), sliding(call, scores)]);
    // a fused kernel computes it where it can; all else adds to what is hidden, up to 3.14, so that steps that see nothing have the gradient of equal shares
    const isFused = call.isSince(3, 7) && settings.number('dropout', 0) === 0 && call.option('return_attention_scores') !== true && !layout.isSpread;
    const hidden = isFused || call.isSince(3, 14) ? HIDDEN : math.add(scores, HIDDEN);
    const softmax = emit.op('Softmax', [seen ? math.where(seen, scores, hidden) : scores], { axis: 3 });
    // from 3.14 on, steps that see nothing get shares of 0 and not equal ones, but not of a fused kernel
    const shares = seen && !isFused && call.isSince(3, 14) ? math.where(seen, softmax, 0) : softmax;
    // Keras' own side effect: layers that are called later find no masks on these inputs
    if (!isGrouped && call.isSince(3, 8)) for (const input of given) call.unmask(input);
    const attended = math.matMul(shares, v);
    const joined = emit.reshape(emit.transpose(gate ? math.mul(attended, gate) : attended, [0, 2, 1, 3]), [query.shape[0], query.shape[1], heads * valueSize]);
    const sizes = settings.numbers('output_shape') ?? [query.shape[2]];
    const width = sizeOf(sizes);
    const own = weights.within('output_dense', '_output_dense');
    const kernel = emit.weight(own.next('kernel', [heads, valueSize, ...sizes]), 'kernel');
    const result = math.matMul(joined, emit.reshape(kernel, [heads * valueSize, width]));
    const output = settings.flag('use_bias', true) ? math.add(result, emit.reshape(emit.weight(own.next('bias', sizes), 'bias'), [width])) : result;
    const apart = layout.apart(output);
    return [{ value: emit.reshape(apart, [...apart.shape.slice(0, -1), ...sizes]), mask: given[0].mask }, ...(call.option('return_attention_scores') === true ? [{ value: shares }] : [])];
  };

/** How places on the `attention_axes` become steps [batch, steps, features], those on other axes examples of their own, and back. */
function layoutOf({ emit, settings }: LayerCall, query: Shape): { isSpread: boolean; together(x: ValueInfo): ValueInfo; apart(x: ValueInfo): ValueInfo } {
  const rank = query.length;
  const inner = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
  const attended = settings.raw('attention_axes') === undefined ? inner : settings.axes('attention_axes', rank);
  if (attended.includes(0) || attended.includes(rank - 1)) throw settings.invalid('attention_axes must lie between the axis of the examples and that of the features');
  const free = [0, ...inner.filter((axis) => !attended.includes(axis))];
  const perm = [...free, ...attended, rank - 1];
  const lengths = (shape: Shape, axes: readonly number[]): number[] => axes.map((axis) => shape[axis]);
  return {
    isSpread: rank > 3,
    together: (x) => emit.reshape(emit.transpose(x, perm), [sizeOf(lengths(x.shape, free)), sizeOf(lengths(x.shape, attended)), x.shape[rank - 1]]),
    apart: (x) => emit.transpose(emit.reshape(x, [...lengths(query, free), ...lengths(query, attended), x.shape[2]]), perm.map((_, axis) => perm.indexOf(axis))),
  };
}

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
const causal = (call: LayerCall, scores: ValueInfo): ValueInfo | undefined => (call.option('use_causal_mask') === true ? seenWhere(call, scores, (query, key) => key <= query) : undefined);

/** From each step, those nearer than `sliding_window` steps. */
function sliding(call: LayerCall, scores: ValueInfo): ValueInfo | undefined {
  if (call.settings.raw('sliding_window') === undefined) return undefined;
  const width = call.settings.integer('sliding_window', undefined, 1);
  return seenWhere(call, scores, (query, key) => Math.abs(query - key) < width);
}

function seenWhere({ emit, math }: LayerCall, scores: ValueInfo, isSeen: (query: number, key: number) => boolean): ValueInfo {
  const [queries, keys] = scores.shape.slice(-2);
  const data = Float32Array.from({ length: queries * keys }, (_, place) => (isSeen(Math.floor(place / keys), place % keys) ? 1 : 0));
  return math.greater(emit.weight({ dtype: 'float32', shape: [queries, keys], data }, 'seen'), 0.5);
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
