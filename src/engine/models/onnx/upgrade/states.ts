import type { ValueInfo } from '../../../graph/graph';
import { ONNX_TYPE } from '../../../graph/onnxTypes';
import { choice, integer, real } from '../../../operators/attributes';
import { axisIn } from '../../../operators/context';
import { generate } from '../../../operators/strided';
import { formatShape } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { mergeHeads, repeatHeads, splitHeads } from './heads';

/** Layers that carry a state from one call to the next: caches, convolutions that remember their past, linear attention. */
export const stateUpgrades: Readonly<Record<string, Upgrade>> = {
  TensorScatter: tensorScatter,
  CausalConvWithState: causalConvolution,
  LinearAttention: linearAttention,
};

/** The cache with the update written over it from each example's `write_indices` on, along the axis; `circular` goes on at the start. */
function tensorScatter(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const [cache, update] = [context.input(0), context.input(1)];
  const rank = cache.shape.length;
  const axis = axisIn(node, integer(node, 'axis', -2), rank);
  if (axis === 0) throw context.invalid('the axis must not be the first, which is that of the examples');
  const along = (at: number): number[] => cache.shape.map((_, index) => (index === at ? update.shape[at] : 1));
  const places = context.constantOfTensor(generate({ dtype: 'int64', shape: along(axis) }, (index) => index));
  const starts = context.inputs[2] && math.reshape(context.emit('Cast', [context.typed(2, 'int64', 'int32')], { to: ONNX_TYPE.int64 }), along(0));
  const targets = starts ? math.add(starts, places) : places;
  const isCircular = choice(node, 'mode', ['linear', 'circular'], 'linear') === 'circular';
  const size = context.constantOfTensor(generate({ dtype: 'int64', shape: [] }, () => cache.shape[axis]));
  return context.result('ScatterElements', [cache, math.expand(isCircular ? context.emit('Mod', [targets, size]) : targets, update.shape), update], { axis });
}

/** A convolution of each channel of x [batch, channels, length] with what came before it, and the last of that for the next call. */
function causalConvolution(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const [x, weight] = [context.ranked(0, 3), context.ranked(1, 3)];
  const [batch, channels] = x.shape;
  const kernel = weight.shape[2];
  const past = context.inputs[3] ?? (kernel > 1 ? math.zeros([batch, channels, kernel - 1]) : undefined);
  const all = past && kernel > 1 ? math.concat([past, x], 2) : x;
  const y = context.emit('Conv', [all, weight, context.inputs[2]], { group: channels, kernel_shape: [kernel] });
  const isSilu = choice(node, 'activation', ['none', 'silu', 'swish'], 'none') !== 'none';
  const length = all.shape[2];
  return context.outputs([isSilu ? math.mul(y, math.sigmoid(y)) : y, math.slice(all, 2, length - kernel + 1, length)]);
}

/**
 * o_t = scale * q_t S_t with a state S [keys, values] that is written at each step: S_t = S_{t-1} + k_tᵀ v_t (`linear`),
 * faded by exp(decay_t) before (`gated`), and with v_t replaced by beta_t (v_t - k_t S) (`delta`: Schlag et al., "Linear
 * transformers are secretly fast weight programmers", 2021; `gated_delta`: Yang et al., "Gated delta networks", 2025).
 * Unrolled, step by step.
 */
function linearAttention(context: NodeContext): ValueInfo[] {
  const { math, node } = context;
  const rule = choice(node, 'update_rule', ['linear', 'gated', 'delta', 'gated_delta'], 'gated_delta');
  const [own, heads] = [integer(node, 'q_num_heads'), integer(node, 'kv_num_heads')];
  const [q, k, v] = [splitHeads(context, context.ranked(0, 3), own), splitHeads(context, context.ranked(1, 3), heads), splitHeads(context, context.ranked(2, 3), heads)];
  const [batch, , steps, keys] = k.shape;
  const values = v.shape[3];
  const isGated = rule === 'gated' || rule === 'gated_delta';
  const isDelta = rule === 'delta' || rule === 'gated_delta';
  if (isGated !== (context.inputs[4] !== undefined) || isDelta !== (context.inputs[5] !== undefined)) throw context.invalid(`update_rule ${rule} must come with ${isGated ? '' : 'no '}decay and ${isDelta ? '' : 'no '}beta`);
  const given = real(node, 'scale', 0);
  const columns = (x: ValueInfo): ValueInfo => math.transpose(x, [0, 1, 3, 2]);
  const fading = isGated ? context.parts(columns(math.exp(splitHeads(context, context.ranked(4, 3), heads))), 3, steps) : [];
  const betas = isDelta ? context.parts(splitHeads(context, context.ranked(5, 3), context.input(5).shape[2]), 2, steps) : [];
  const [queries, rows, written, lasting] = [context.parts(math.mul(q, given === 0 ? 1 / Math.sqrt(keys) : given), 2, steps), context.parts(k, 2, steps), context.parts(v, 2, steps), context.parts(columns(k), 3, steps)];
  const past = context.inputs[3];
  if (past && formatShape(past.shape) !== formatShape([batch, heads, keys, values])) throw context.invalid(`past_state must have shape ${formatShape([batch, heads, keys, values])}, got ${formatShape(past.shape)}`);
  let state = past ?? math.zeros([batch, heads, keys, values]);
  const read: ValueInfo[] = [];
  for (let step = 0; step < steps; step++) {
    context.countRound(10);
    if (isGated) state = math.mul(state, fading[step]);
    const value = isDelta ? math.mul(betas[step], math.sub(written[step], math.matMul(rows[step], state))) : written[step];
    state = math.add(state, math.matMul(lasting[step], value));
    read.push(math.matMul(queries[step], repeatHeads(context, state, own)));
  }
  return context.outputs([mergeHeads(context, math.concat(read, 2)), state]);
}
