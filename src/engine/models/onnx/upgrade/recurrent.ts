import { LensError } from '../../../../protocol/errors';
import type { ValueInfo } from '../../../graph/graph';
import { choice, flag, integer } from '../../../operators/attributes';
import { sameShape } from '../../../operators/broadcast';
import { formatShape, int64 } from '../../../tensor';
import type { NodeContext, Upgrade } from '../nodeContext';
import { activationsOf, type Activation } from './activations';

/** Longer sequences would become graphs too large to compile. */
const MAX_STEPS = 2048;

/** RNN, GRU and LSTM, unrolled: one copy of the cell for each step of the sequence, so that every method can walk through it. */
export const recurrentUpgrades: Readonly<Record<string, Upgrade>> = {
  RNN: (context) => unrolled(context, { gates: 1, activations: ['Tanh'], cell: rnnCell }),
  GRU: (context) => unrolled(context, { gates: 3, activations: ['Sigmoid', 'Tanh'], cell: gruCell }),
  LSTM: (context) => unrolled(context, { gates: 4, activations: ['Sigmoid', 'Tanh', 'Tanh'], cell: lstmCell }),
};

interface Kind {
  /** Blocks of `hidden_size` rows in the weights. */
  readonly gates: number;
  /** The default activations of one direction. */
  readonly activations: readonly string[];
  readonly cell: (context: NodeContext, weights: Weights) => Step;
}

/** What a cell remembers, each [1, batch, hidden]; `c` is the LSTM's cell state. */
interface State {
  readonly h: ValueInfo;
  readonly c?: ValueInfo;
}

/** The next state, from W x_t + b_W [1, batch, gates * hidden] and the state before. */
type Step = (projected: ValueInfo, state: State) => State;

/** The parameters of one direction. */
interface Weights {
  readonly hidden: number;
  /** R transposed: [hidden, gates * hidden]. */
  readonly recurrent: ValueInfo;
  /** [gates * hidden]; undefined is zero. */
  readonly recurrentBias: ValueInfo | undefined;
  /** The LSTM's weights for looking at the cell state: those of the input, output and forget gate, each [hidden]. */
  readonly peepholes: readonly ValueInfo[] | undefined;
  /** With the clipping of their inputs. */
  readonly activations: readonly Activation[];
}

function unrolled(context: NodeContext, kind: Kind): ValueInfo[] {
  const { node } = context;
  const isBatchFirst = integer(node, 'layout', 0) === 1;
  const direction = choice(node, 'direction', ['forward', 'reverse', 'bidirectional'], 'forward');
  const directions = direction === 'bidirectional' ? 2 : 1;
  const math = context.math;
  context.ranked(0, 3);
  const swapped = (value: ValueInfo): ValueInfo => math.transpose(value, [1, 0, 2]);
  const x = isBatchFirst ? swapped(context.typed(0, 'float32')) : context.typed(0, 'float32');
  const [steps, batch, features] = x.shape;
  if (steps < 1 || steps > MAX_STEPS) {
    throw new LensError('unsupported-operator', `${node.op} '${node.name}': sequences of 1 to ${MAX_STEPS} steps are supported, got ${steps}`, 'Attribute to a shorter part of the sequence.');
  }
  const hidden = context.input(2).shape[2] ?? 0;
  if (integer(node, 'hidden_size', hidden) !== hidden) throw context.invalid(`hidden_size must be that of its weights, ${hidden}, got ${integer(node, 'hidden_size')}`);
  const rows = kind.gates * hidden;
  requireShape(context, 1, [directions, rows, features]);
  requireShape(context, 2, [directions, rows, hidden]);
  if (context.inputs[3]) requireShape(context, 3, [directions, 2 * rows]);
  const initial = (index: number): ValueInfo | undefined => {
    if (!context.inputs[index]) return undefined;
    requireShape(context, index, isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden], [isBatchFirst ? 0 : 1]);
    return isBatchFirst ? swapped(context.input(index)) : context.input(index);
  };
  const [h0, c0] = [initial(5), node.op === 'LSTM' ? initial(6) : undefined];
  const activations = activationsOf(context, kind.activations, directions);
  const isValid = validity(context, steps, batch);

  const results = Array.from({ length: directions }, (_, index) => {
    const of = (value: ValueInfo): ValueInfo => (directions === 1 ? value : math.slice(value, 0, index, index + 1));
    const row = (position: number, size: number): ValueInfo => math.reshape(of(context.input(position)), [size]);
    const bias = context.inputs[3] && row(3, 2 * rows);
    const matrix = (position: number): ValueInfo => math.transpose(math.reshape(of(context.input(position)), [...context.input(position).shape.slice(1)]), [1, 0]);
    const projected = math.matMul(x, matrix(1));
    const peepholes = node.op === 'LSTM' && context.inputs[7] ? math.reshape(of(context.input(7)), [3, hidden]) : undefined;
    const step = kind.cell(context, {
      hidden,
      recurrent: matrix(2),
      recurrentBias: bias && math.slice(bias, 0, rows, 2 * rows),
      peepholes: peepholes && [0, 1, 2].map((gate) => math.slice(peepholes, 0, gate, gate + 1)),
      activations: activations[index],
    });
    const zero = context.floats(new Array<number>(hidden).fill(0), [1, 1, hidden]);
    const start: State = { h: h0 ? of(h0) : zero, c: node.op === 'LSTM' ? (c0 ? of(c0) : zero) : undefined };
    const isReverse = direction === 'reverse' || index === 1;
    return run(context, { step, start, isReverse, isValid, inputs: context.parts(bias ? math.add(projected, math.slice(bias, 0, 0, rows)) : projected, 0, steps) });
  });

  const stacked = (values: readonly ValueInfo[]): ValueInfo => {
    const value = math.concat(values, 0);
    return isBatchFirst ? swapped(value) : value;
  };
  // each sequence is [steps, batch, hidden]; Y is [steps, directions, batch, hidden], or [batch, steps, directions, hidden]
  const sequences = math.concat(results.map(({ sequence }) => math.reshape(sequence, [steps, 1, batch, hidden])), 1);
  const y = isBatchFirst ? math.transpose(sequences, [2, 0, 1, 3]) : sequences;
  const last = stacked(results.map(({ last: { h } }) => h));
  if (node.op !== 'LSTM') return context.outputs([y, last]);
  return context.outputs([y, last, stacked(results.flatMap(({ last: { c } }) => c ?? []))]);
}

interface Sequence {
  readonly step: Step;
  readonly start: State;
  readonly isReverse: boolean;
  /** For each step, which examples [1, batch, 1] are that long; undefined: all are. */
  readonly isValid: readonly ValueInfo[] | undefined;
  /** W x_t + b_W for each step. */
  readonly inputs: readonly ValueInfo[];
}

/** Runs the cell along the sequence. An example that has ended, or in reverse has not begun, keeps its state and gives zeros. */
function run(context: NodeContext, { step, start, isReverse, isValid, inputs }: Sequence): { sequence: ValueInfo; last: State } {
  const { where, concat } = context.math;
  const outputs: ValueInfo[] = [];
  let state = start;
  for (let count = 0; count < inputs.length; count++) {
    const t = isReverse ? inputs.length - 1 - count : count;
    const next = step(inputs[t], state);
    const mask = isValid?.[t];
    outputs[t] = mask ? where(mask, next.h, 0) : next.h;
    state = mask ? { h: where(mask, next.h, state.h), c: next.c && state.c && where(mask, next.c, state.c) } : next;
  }
  return { sequence: concat(outputs, 0), last: state };
}

/** For each step whether each example still goes on; undefined when all sequences have full length. */
function validity(context: NodeContext, steps: number, batch: number): ValueInfo[] | undefined {
  if (!context.inputs[4]) return undefined;
  // equal lengths of the examples of the export hold for any number of examples
  const fixed = [...new Set([...(context.constant(4)?.data ?? [])].map(Number))];
  if (fixed.length === 1 && fixed[0] === steps) return undefined;
  if (fixed.length !== 1) requireShape(context, 4, [batch], [0]);
  const lengths =
    fixed.length === 1 ? context.constantOfTensor(int64(fixed, [1, 1, 1])) : context.math.reshape(context.emit('Cast', [context.typed(4, 'int32', 'int64')], { to: 7 }), [1, context.input(4).shape[0], 1]);
  return Array.from({ length: steps }, (_, t) => context.emit('Less', [context.constantOfTensor(int64([t], [1, 1, 1])), lengths]));
}

/** Throws unless the input has this shape; axes that may also be 1 broadcast. */
function requireShape(context: NodeContext, index: number, expected: readonly number[], free: readonly number[] = []): void {
  const { shape } = context.input(index);
  const fits = sameShape(shape, expected) || sameShape(shape, expected.map((size, axis) => (free.includes(axis) ? 1 : size)));
  if (!fits) throw context.invalid(`input ${index} must have shape ${formatShape(expected)}, got ${formatShape(shape)}`);
}

/** h' = f(W x + b_W + R h + b_R) */
function rnnCell(context: NodeContext, { recurrent, recurrentBias, activations: [f] }: Weights): Step {
  const { add, matMul } = context.math;
  const biased = plus(context, recurrentBias);
  return (projected, { h }) => ({ h: f(add(projected, biased(matMul(h, recurrent)))) });
}

/** z = f(...), r = f(...), n = g(W x + b_W + R (r * h) + b_R), or g(W x + b_W + r * (R h + b_R)) with `linear_before_reset`; h' = (1 - z) * n + z * h (Cho et al. 2014). */
function gruCell(context: NodeContext, { hidden, recurrent, recurrentBias, activations: [f, g] }: Weights): Step {
  const { add, sub, mul, matMul, slice } = context.math;
  const isLinearFirst = flag(context.node, 'linear_before_reset');
  const columns = (value: ValueInfo, from: number, to: number): ValueInfo => slice(value, value.shape.length - 1, from * hidden, to * hidden);
  const [forGates, forNew] = [columns(recurrent, 0, 2), columns(recurrent, 2, 3)];
  const gateBias = plus(context, recurrentBias && columns(recurrentBias, 0, 2));
  const newBias = plus(context, recurrentBias && columns(recurrentBias, 2, 3));
  return (projected, { h }) => {
    const [xz, xr, xn] = context.parts(projected, 2, 3);
    const [hz, hr] = context.parts(gateBias(matMul(h, forGates)), 2, 2);
    const [z, r] = [f(add(xz, hz)), f(add(xr, hr))];
    const memory = isLinearFirst ? mul(r, newBias(matMul(h, forNew))) : newBias(matMul(mul(r, h), forNew));
    const n = g(add(xn, memory));
    return { h: add(n, mul(z, sub(h, n))) };
  };
}

/** i, o, f = f(W x + b_W + R h + b_R + P * c), c' = f * c + i * g(...), h' = o * h(c'), where o looks at c' (Hochreiter & Schmidhuber 1997). */
function lstmCell(context: NodeContext, { recurrent, recurrentBias, peepholes, activations: [f, g, h] }: Weights): Step {
  const { add, sub, mul, matMul } = context.math;
  const biased = plus(context, recurrentBias);
  const isCoupled = flag(context.node, 'input_forget');
  const peeping = (gate: number, value: ValueInfo, at: ValueInfo): ValueInfo => (peepholes ? add(value, mul(peepholes[gate], at)) : value);
  return (projected, { h: before, c }) => {
    if (!c) throw context.invalid('has no cell state');
    const [i, o, toForget, toAdd] = context.parts(add(projected, biased(matMul(before, recurrent))), 2, 4);
    const input = f(peeping(0, i, c));
    const forget = isCoupled ? sub(1, input) : f(peeping(2, toForget, c));
    const next = add(mul(forget, c), mul(input, g(toAdd)));
    return { h: mul(f(peeping(1, o, next)), h(next)), c: next };
  };
}

const plus =
  (context: NodeContext, bias: ValueInfo | undefined) =>
  (value: ValueInfo): ValueInfo =>
    bias ? context.math.add(value, bias) : value;
