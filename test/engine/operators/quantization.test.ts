import { random, verify, verifyErrors, type Operand } from './support';

const bytes = (dtype: 'uint8' | 'int8', ...values: number[]): Operand => ({ shape: [values.length], dtype, values });
const byte = (dtype: 'uint8' | 'int8', value: number): Operand => ({ shape: [], dtype, values: [value] });
const numbers = (...values: number[]): Operand => ({ shape: [values.length], values });
const number = (value: number): Operand => ({ shape: [], values: [value], constant: true });

verify([
  {
    op: 'QuantizeLinear',
    name: 'half to even, clipped at both ends, the gradient 1 / scale where it is not',
    inputs: [numbers(-200, -0.25, 0.25, 0.75, 3, 200), number(0.5), byte('uint8', 100)],
    expected: [[0, 100, 100, 102, 106, 255]],
  },
  { op: 'QuantizeLinear', name: 'int8 by channel', attributes: { axis: 0 }, inputs: [{ shape: [2, 3], values: [-1, 0.4, 100, 1, 2, -300] }, { ...numbers(0.5, 2), constant: true }, bytes('int8', 1, -1)], expected: [[-1, 2, 127, -1, 0, -128]] },
  { op: 'QuantizeLinear', name: 'without a zero point', inputs: [numbers(0, 1, 300), number(1)], expected: [[0, 1, 255]] },
  { op: 'DequantizeLinear', name: 'uint8', inputs: [bytes('uint8', 0, 100, 255), { shape: [], values: [0.5] }, byte('uint8', 100)], expected: [[-50, 0, 77.5]] },
  { op: 'DequantizeLinear', name: 'int8 by channel', attributes: { axis: 1 }, inputs: [{ shape: [2, 2], dtype: 'int8', values: [-128, 1, 2, 127] }, random(2), bytes('int8', 1, -1)] },
]);

verifyErrors([
  { op: 'QuantizeLinear', name: 'a scale of another length', inputs: [random(2, 3), random(2)], message: "QuantizeLinear 'node': scale must be a scalar or have shape [3], got [2]" },
  { op: 'DequantizeLinear', name: 'a zero point of another shape', inputs: [bytes('uint8', 1, 2), number(1), bytes('uint8', 1)], message: "DequantizeLinear 'node': the zero point must have the scale's shape [], got [1]" },
]);
