import type { ValueInfo } from '../../../graph/graph';
import { float32 } from '../../../tensor';
import { asFloat, masked, ranked, type Layer, type LayerCall, type LayerTable, type Value } from '../layerCall';
import { MAX_STEPS } from '../limits';
import { Settings, type Json } from '../settings';
import { definitionOf } from '../topology';
import { activationOf } from './activation';

/** What a cell remembers, each [batch, units]: the output and, of an LSTM, the cell state; of stacked cells, one after the other. */
type State = readonly ValueInfo[];

/** The next state, from W x_t + b [batch, gates * units] and the state before. */
export type Step = (projected: ValueInfo, state: State) => State;

export interface Cell {
  /** W x + b, for one step or, [batch, steps, ...], for all at once. */
  project(x: ValueInfo): ValueInfo;
  readonly step: Step;
  /** The state before the first step, each [1, units]. */
  readonly zeros: State;
  /** Which of the states is the output: 0 unless cells are stacked. */
  readonly output?: number;
}

/** Makes a cell from its settings and weights, for so many features. */
type MakeCell = (call: LayerCall, features: number) => Cell;

const recurrent =
  (cellOf: MakeCell): Layer =>
  (call) => {
    const { settings } = call;
    if (settings.flag('time_major', false)) throw settings.unsupported('time_major is not supported');
    const [first, ...given] = [...call.inputs, ...call.keyword('initial_state')];
    const x = asFloat(call, ranked({ ...call, inputs: first ? [first] : [] }, 3));
    const cell = cellOf({ ...call, weights: call.weights.within('cell') }, x.shape[2]);
    return unrolled(call, first, given, cell, cell.project(x));
  };

/** One copy of the cell for each step of W x + b [batch, steps, ...], from zeros unless states are given. Masked steps keep the state and repeat the output. */
export function unrolled(call: LayerCall, first: Value, given: readonly Value[], { step, zeros, output: place = 0 }: Omit<Cell, 'project'>, projected: ValueInfo): Value[] {
  const { emit, math, settings } = call;
  if (settings.flag('stateful', false)) throw settings.unsupported('it is stateful and keeps values between calls', 'Build it with stateful=False.');
  const [batch, steps] = projected.shape;
  if (steps < 1 || steps > MAX_STEPS) throw settings.unsupported(`sequences of 1 to ${MAX_STEPS} steps are supported, got ${steps}`, 'Attribute to a shorter part of the sequence.');
  if (given.length !== 0 && given.length !== zeros.length) throw settings.invalid(`it takes ${zeros.length} initial state(s), got ${given.length}`);
  const parts = sliced(call, projected, steps);
  // Keras 3 gives a layer the mask that its input carries only where that input is its only tensor
  const mask = given.length > 0 && call.major >= 3 && !call.hasMaskArgument ? undefined : first.mask;
  const masks = mask && sliced(call, mask, steps);
  const isBackwards = settings.flag('go_backwards', false);
  const zeroOutput = settings.flag('zero_output_for_mask', false);
  let state: State = given.length > 0 ? given.map(({ value }) => asFloat(call, value)) : zeros;
  let output = zeros[place];
  const outputs: ValueInfo[] = [];
  for (let count = 0; count < steps; count++) {
    const t = isBackwards ? steps - 1 - count : count;
    const before = state;
    const next = step(parts[t], before);
    const counts = masks && emit.reshape(masks[t], [batch, ...output.shape.slice(1).map(() => 1)]);
    state = counts ? next.map((value, index) => math.where(counts, value, before[index])) : next;
    output = counts ? math.where(counts, next[place], zeroOutput ? zeros[place] : output) : next[place];
    outputs.push(output);
  }
  const last: Value = { value: output };
  const sequence = (): Value => ({ value: math.concat(outputs.map((value) => emit.reshape(value, [batch, 1, ...value.shape.slice(1)])), 1), mask: first.mask });
  return [settings.flag('return_sequences', false) ? sequence() : last, ...(settings.flag('return_state', false) ? state.map((value): Value => ({ value })) : [])];
}

/** [batch, steps, ...] as one value [batch, ...] for each step. */
function sliced({ emit }: LayerCall, value: ValueInfo, steps: number): ValueInfo[] {
  const shape = [value.shape[0], ...value.shape.slice(2)];
  return (steps === 1 ? [value] : emit.split('Split', [value], { axis: 1 }, steps)).map((part) => emit.reshape(part, shape));
}

interface Parameters extends Pick<Cell, 'project'> {
  readonly units: number;
  /** [units, gates * units] */
  readonly recurrent: ValueInfo;
  /** Added to what the recurrent weights make: GRU's with `reset_after`. */
  readonly recurrentBias?: ValueInfo;
  /** A state before the first step. */
  readonly zeros: ValueInfo;
}

function parameters({ emit, math, settings, weights }: LayerCall, features: number, gates: number, hasTwoBiases = false): Parameters {
  const units = settings.integer('units', undefined, 1);
  const columns = gates * units;
  const kernel = emit.weight(weights.next('kernel', [features, columns]), 'kernel');
  const own = { units, recurrent: emit.weight(weights.next('recurrent_kernel', [units, columns]), 'recurrent_kernel'), zeros: emit.constant(float32(new Float32Array(units), [1, units]), 'zeros') };
  if (!settings.flag('use_bias', true)) return { ...own, project: (x) => math.matMul(x, kernel) };
  const bias = emit.weight(weights.next('bias', hasTwoBiases ? [2, columns] : [columns]), 'bias');
  const [first, other] = hasTwoBiases ? emit.split('Split', [bias], { axis: 0 }, 2).map((part) => emit.reshape(part, [columns])) : [bias];
  return { ...own, project: (x) => math.add(math.matMul(x, kernel), first), recurrentBias: other };
}

/** h' = f(W x + b + U h) */
const simpleCell: MakeCell = (call, features) => {
  const { math } = call;
  const { project, recurrent: weights, zeros } = parameters(call, features, 1);
  const f = activationOf(call, 'activation', 'tanh');
  return { project, zeros: [zeros], step: (input, [h]) => [f(math.add(input, math.matMul(h, weights)))] };
};

/** z, r = f(...), n = g(W x + b + U (r * h)), or g(W x + b + r * (U h + b_U)) with `reset_after`; h' = z * h + (1 - z) * n (Cho et al. 2014). */
const gruCell: MakeCell = (call, features) => {
  const { emit, math, settings } = call;
  const { add, sub, mul, matMul } = math;
  const isAfter = settings.flag('reset_after', call.major >= 2);
  const { project, recurrent: weights, recurrentBias, units, zeros } = parameters(call, features, 3, isAfter);
  const [f, g] = [activationOf(call, 'recurrent_activation', 'sigmoid'), activationOf(call, 'activation', 'tanh')];
  const parts = (value: ValueInfo, count: number): ValueInfo[] => emit.split('Split', [value], { axis: 1 }, count);
  if (isAfter) {
    const step: Step = (input, [h]) => {
      const product = matMul(h, weights);
      const [xz, xr, xn] = parts(input, 3);
      const [hz, hr, hn] = parts(recurrentBias ? add(product, recurrentBias) : product, 3);
      const [z, r] = [f(add(xz, hz)), f(add(xr, hr))];
      const n = g(add(xn, mul(r, hn)));
      return [add(n, mul(z, sub(h, n)))];
    };
    return { project, zeros: [zeros], step };
  }
  const [forGates, forNew] = [math.slice(weights, 1, 0, 2 * units), math.slice(weights, 1, 2 * units, 3 * units)];
  const step: Step = (input, [h]) => {
    const [xz, xr, xn] = parts(input, 3);
    const [hz, hr] = parts(matMul(h, forGates), 2);
    const [z, r] = [f(add(xz, hz)), f(add(xr, hr))];
    const n = g(add(xn, matMul(mul(r, h), forNew)));
    return [add(n, mul(z, sub(h, n)))];
  };
  return { project, zeros: [zeros], step };
};

/** i, f, o = f(W x + b + U h), c' = f * c + i * g(...), h' = o * g(c') (Hochreiter & Schmidhuber 1997). */
const lstmCell: MakeCell = (call, features) => {
  const { emit, math } = call;
  const { add, mul, matMul } = math;
  const { project, recurrent: weights, zeros } = parameters(call, features, 4);
  const [f, g] = [activationOf(call, 'recurrent_activation', 'sigmoid'), activationOf(call, 'activation', 'tanh')];
  const step: Step = (input, [h, c]) => {
    const [i, forget, candidate, o] = emit.split('Split', [add(input, matMul(h, weights))], { axis: 1 }, 4);
    const next = add(mul(f(forget), c), mul(f(i), g(candidate)));
    return [mul(f(o), g(next)), next];
  };
  return { project, zeros: [zeros, zeros], step };
};

const CELLS: Readonly<Record<string, MakeCell>> = { SimpleRNNCell: simpleCell, GRUCell: gruCell, LSTMCell: lstmCell };

/** The cell of a layer of class RNN: one, or several where each takes the output of the one before. */
const cellWithin: MakeCell = (call, features) => {
  const { settings, weights } = call;
  const { kind, config } = call.definition('cell');
  if (kind !== 'StackedRNNCells') return cellNamed(call, kind, config, features);
  const own = new Settings(settings.subject, config);
  const entries = own.raw('cells');
  if (own.flag('reverse_state_order', false)) throw settings.unsupported('reverse_state_order is not supported');
  const definitions = (Array.isArray(entries) ? entries : []).map((entry: unknown) => definitionOf(settings, 'cells', entry, call.major));
  if (definitions.length === 0) throw settings.invalid('its stacked cells are missing');
  let size = features;
  const cells = weights.elements('cells', definitions).map((weightsOfCell, index) => {
    const { kind: each, config: settingsOfCell } = definitions[index];
    const cell = cellNamed({ ...call, weights: weightsOfCell }, each, settingsOfCell, size);
    size = cell.zeros[0].shape[1];
    return cell;
  });
  const starts = cells.map((_, index) => cells.slice(0, index).reduce((sum, { zeros }) => sum + zeros.length, 0));
  const step: Step = (projected, state) => {
    let input = projected;
    return cells.flatMap((cell, index) => {
      const next = cell.step(index === 0 ? input : cell.project(input), state.slice(starts[index], starts[index] + cell.zeros.length));
      input = next[0];
      return next;
    });
  };
  return { project: (x) => cells[0].project(x), step, zeros: cells.flatMap(({ zeros }) => zeros), output: starts.at(-1) };
};

function cellNamed(call: LayerCall, kind: string, config: Json, features: number): Cell {
  const { settings } = call;
  if (!Object.hasOwn(CELLS, kind)) throw settings.unsupported(`its cell is of class ${kind.slice(0, 100)}, which is Python code that is never run`, 'Use SimpleRNNCell, GRUCell, LSTMCell or stacks of these, or export the model to ONNX (model.export(path, format="onnx")).');
  return CELLS[kind]({ ...call, settings: new Settings(settings.subject, config) }, features);
}

const reversed = ({ math }: LayerCall, x: ValueInfo): ValueInfo => math.slice(x, 1, -1, -(2 ** 31), -1);

/** The layer forwards, and the same or another backwards, their outputs joined. */
const bidirectional: Layer = (call) => {
  const { emit, inputs, math, settings, weights } = call;
  const [first, ...given] = [...inputs, ...call.keyword('initial_state')];
  if (!first || given.length % 2 !== 0) throw settings.invalid(`it takes as many initial states for each direction, got ${given.length}`);
  const mode = settings.raw('merge_mode') === undefined ? undefined : settings.choice('merge_mode', ['concat', 'sum', 'mul', 'ave'], 'concat');
  const forward = call.definition('layer').config;
  const backKey = settings.raw('backward_layer') === undefined ? 'layer' : 'backward_layer';
  const isSequence = forward.return_sequences === true;
  const forced = { zero_output_for_mask: isSequence }; // whatever the layer says
  const [there, ...states] = call.inner('layer', weights.within('forward_layer'), [first, ...given.slice(0, given.length / 2)], forced);
  const isBackwards = backKey === 'layer' ? { go_backwards: forward.go_backwards !== true } : {};
  const [back, ...backStates] = call.inner(backKey, weights.within('backward_layer'), [first, ...given.slice(given.length / 2)], { ...forced, ...isBackwards });
  const other = isSequence ? reversed(call, back.value) : back.value;
  const mask = isSequence ? first.mask : undefined;
  const outputs = (): Value[] => {
    switch (mode) {
      case 'concat':
        return [{ value: emit.op('Concat', [there.value, other], { axis: there.value.shape.length - 1 }), mask }];
      case 'sum':
        return [{ value: math.add(there.value, other), mask }];
      case 'mul':
        return [{ value: math.mul(there.value, other), mask }];
      case 'ave':
        return [{ value: math.mul(math.add(there.value, other), 0.5), mask }];
      case undefined:
        return [{ value: there.value, mask }, { value: other, mask }];
    }
  };
  return [...outputs(), ...states, ...backStates];
};

/** Layers that take a mask, of which each step of a sequence has no whole one. */
const TAKING_MASKS: ReadonlySet<string> = new Set(['SimpleRNN', 'GRU', 'LSTM', 'RNN', 'Bidirectional', 'TimeDistributed', 'ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D', 'Softmax', 'GlobalAveragePooling1D', 'GlobalAvgPool1D', 'Attention', 'AdditiveAttention']);

/** A layer applied to each step, as if the steps were examples. */
const timeDistributed: Layer = (call) => {
  const { emit, inputs, settings, weights } = call;
  if (inputs.length !== 1 || inputs[0].value.shape.length < 3) throw settings.invalid('it takes one input with 3 or more axes');
  const [{ value, mask }] = inputs;
  const [batch, steps, ...rest] = value.shape;
  const inner = call.definition('layer');
  if (mask && (inner.model || TAKING_MASKS.has(inner.kind))) throw masked(call);
  const results = call.inner('layer', weights.within('layer'), [{ value: emit.reshape(value, [batch * steps, ...rest]) }]);
  return results.map((result) => ({ value: emit.reshape(result.value, [batch, steps, ...result.value.shape.slice(1)]), mask }));
};

export const recurrentLayers: LayerTable = {
  SimpleRNN: recurrent(simpleCell),
  GRU: recurrent(gruCell),
  LSTM: recurrent(lstmCell),
  RNN: recurrent(cellWithin),
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
};
