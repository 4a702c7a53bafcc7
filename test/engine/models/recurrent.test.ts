import { int64, tensor } from '../../../src/engine/tensor';
import { floats, node } from './onnxBuilder';
import { randomNumbers, verifyModels, type ModelCase } from './writtenOut';

const [STEPS, BATCH, FEATURES, HIDDEN] = [3, 2, 2, 3];
const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;

/** A recurrent node whose weights are random constants. */
function recurrent(op: keyof typeof GATES, label: string, attributes: Record<string, string | number | string[] | number[]> = {}, more: { inputs?: string[]; extra?: ModelCase['inputs']; x?: number[]; directions?: number; weights?: ModelCase['weights'] } = {}): ModelCase {
  const directions = more.directions ?? 1;
  const rows = GATES[op] * HIDDEN;
  const weight = (name: string, shape: number[]) => floats(name, randomNumbers(label + name, shape), shape);
  const outputs = op === 'LSTM' ? ['y', 'h', 'c'] : ['y', 'h'];
  return {
    label: `${op}, ${label}`,
    opset: 14,
    nodes: [node(op, ['x', 'W', 'R', ...(more.inputs ?? ['B'])], outputs, { hidden_size: HIDDEN, ...attributes })],
    inputs: { x: more.x ?? [STEPS, BATCH, FEATURES], ...more.extra },
    weights: [weight('W', [directions, rows, FEATURES]), weight('R', [directions, rows, HIDDEN]), weight('B', [directions, 2 * rows]), ...(more.weights ?? [])].filter(({ name }) => name !== 'B' || (more.inputs ?? ['B']).includes('B')),
    outputs,
  };
}

const lengths = int64([2, 3], [BATCH]);
const int32Lengths = tensor('int32', Int32Array.from(lengths.data, Number), [BATCH]);

verifyModels([
  recurrent('LSTM', 'forward'),
  recurrent('LSTM', 'reverse without biases', { direction: 'reverse' }, { inputs: [] }),
  recurrent('LSTM', 'both directions, initial states, lengths, peepholes', { direction: 'bidirectional' }, {
    directions: 2,
    inputs: ['B', 'lengths', 'h0', 'c0', 'P'],
    extra: { lengths: int32Lengths, h0: [2, BATCH, HIDDEN], c0: [2, BATCH, HIDDEN] },
    weights: [floats('P', randomNumbers('peepholes', [2, 3 * HIDDEN]), [2, 3 * HIDDEN])],
  }),
  recurrent('LSTM', 'clip and coupled gates', { clip: 0.4, input_forget: 1 }),
  recurrent('GRU', 'forward'),
  recurrent('GRU', 'both directions, lengths, linear before reset', { direction: 'bidirectional', linear_before_reset: 1 }, { directions: 2, inputs: ['B', 'lengths'], extra: { lengths: int32Lengths } }),
  recurrent('GRU', 'other activations', { activations: ['HardSigmoid', 'Softsign'], activation_alpha: [0.3], activation_beta: [0.4] }),
  recurrent('RNN', 'forward, an initial state', {}, { inputs: ['B', '', 'h0'], extra: { h0: [1, BATCH, HIDDEN] } }),
  recurrent('RNN', 'both directions, other activations', { direction: 'bidirectional', activations: ['Tanh', 'Affine'], activation_alpha: [0.5], activation_beta: [0.1] }, { directions: 2 }),
  { ...recurrent('GRU', 'batch first', { layout: 1 }, { x: [BATCH, STEPS, FEATURES] }), isNative: false },
]);
