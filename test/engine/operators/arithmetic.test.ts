import { random, scalar, verify, verifyErrors, type OperatorCase } from './support';

const positive = (...shape: number[]) => ({ shape, range: [0.5, 2] as const });
const int = (dtype: 'int64' | 'int32', ...values: number[]) => ({ shape: [values.length], dtype, values });

const broadcasts = (op: string): OperatorCase[] => [
  { op, name: 'same shape', inputs: [random(2, 3), positive(2, 3)] },
  { op, name: 'a row', inputs: [random(2, 3), positive(3)] },
  { op, name: 'a column', inputs: [random(2, 3), positive(2, 1)] },
  { op, name: 'both sides', inputs: [random(2, 1, 3), positive(4, 1)] },
  { op, name: 'a scalar', inputs: [random(2, 3), positive()] },
  { op, name: 'a scalar on the left', inputs: [random(), positive(2, 3)] },
  { op, name: 'two scalars', inputs: [random(), positive()] },
];

verify([
  ...broadcasts('Add'),
  ...broadcasts('Sub'),
  ...broadcasts('Mul'),
  ...broadcasts('Div'),
  { op: 'Mul', name: 'int64', inputs: [int('int64', 30499, -7), int('int64', 30499, 3)] },
  { op: 'Add', name: 'int32', inputs: [int('int32', 3, -7), int('int32', 2, 3)] },
  { op: 'Div', name: 'int64 towards zero', inputs: [int('int64', 7, -7, 7, -7, 6), int('int64', 2, 2, -2, -2, 3)], expected: [[3, -3, -3, 3, 2]] },
  { op: 'Div', name: 'int32 beyond the precision of float32', inputs: [int('int32', 2147483647, -2147483647, 100000007), int('int32', 2, 2, 3)], expected: [[1073741823, -1073741823, 33333335]] },

  { op: 'Pow', name: 'both differentiable', inputs: [positive(2, 3), random(3)] },
  { op: 'Pow', name: 'exponent 2', inputs: [random(2, 3), scalar(2)] },
  { op: 'Pow', name: 'exponent 3', inputs: [random(2, 3), scalar(3)] },
  { op: 'Pow', name: 'exponent 1/2', inputs: [positive(2, 3), scalar(0.5)] },
  { op: 'Pow', name: 'exponent -1', inputs: [positive(2, 3), scalar(-1)] },
  { op: 'Pow', name: 'exponents 0 and 1', inputs: [random(2, 2), { shape: [2], values: [0, 1], constant: true }] },
  { op: 'Pow', name: 'exponent 0', inputs: [random(2, 2), scalar(0)] },
  { op: 'Pow', name: 'exponent 1', inputs: [random(2, 2), scalar(1)] },
  { op: 'Pow', name: 'int64 exponents', inputs: [random(2, 3), { shape: [3], dtype: 'int64', values: [2, 3, 1] }] },
  { op: 'Pow', name: 'int64 base', inputs: [int('int64', 2, 3), int('int64', 5, 2)] },

  { op: 'Mod', name: 'fmod of float32', attributes: { fmod: 1 }, inputs: [{ shape: [2, 5], range: [-3, 3], avoid: [-2.6, -1.3, 0, 1.3, 2.6] }, { shape: [], values: [1.3] }], step: 1 / 256 },
  { op: 'Mod', name: 'int64 with the sign of the divisor', inputs: [int('int64', 7, -7, 7, -7), int('int64', 3, 3, -3, -3)], expected: [[1, 2, -2, -1]] },
  { op: 'Mod', name: 'int64 fmod with the sign of the dividend', attributes: { fmod: 1 }, inputs: [int('int64', 7, -7, 7, -7), int('int64', 3, 3, -3, -3)], expected: [[1, -1, 1, -1]] },

  ...['Sum', 'Mean', 'Max', 'Min'].flatMap((op): OperatorCase[] => [
    { op, name: 'one input', inputs: [random(2, 3)] },
    { op, name: 'two inputs', inputs: [{ shape: [2, 3], range: [-2, -1] }, random(2, 3)] },
    { op, name: 'three inputs, broadcast', inputs: [{ shape: [2, 3], values: [-1, 2, -3, 4, -5, 6] }, { shape: [3], values: [0.5, -0.5, 1.5] }, { shape: [2, 1], values: [0.1, 0.2] }] },
  ]),
  { op: 'Max', name: 'equal inputs share the gradient', inputs: [{ shape: [3], values: [1, 2, 3] }, { shape: [3], values: [1, 3, 2], constant: true }], expectedGradient: [0.5, 0, 1], skipFiniteDifferences: true },
  { op: 'Min', name: 'equal inputs share the gradient', inputs: [{ shape: [3], values: [1, 2, 3] }, { shape: [3], values: [1, 3, 2], constant: true }], expectedGradient: [0.5, 1, 0], skipFiniteDifferences: true },
  { op: 'Max', name: 'int64', inputs: [int('int64', 1, 5), int('int64', 3, 2)] },
  { op: 'Min', name: 'int32', inputs: [int('int32', 1, 5), int('int32', 3, 2)] },
]);

verifyErrors([
  { op: 'Add', name: 'shapes that do not broadcast', inputs: [random(2, 3), random(2)], message: "Add 'node': the inputs must have shapes that broadcast, got [2, 3] and [2]" },
  { op: 'Mul', name: 'mixed types', inputs: [random(2), int('int64', 1, 2)], message: "Mul 'node': the inputs must have one type, got float32 and int64" },
  { op: 'Sub', name: 'a missing input', inputs: [random(2)], message: "Sub 'node': 2 inputs are required, got 1" },
  { op: 'Mod', name: 'float32 without fmod', inputs: [random(2), random(2)], message: "Mod 'node': fmod must be 1 for float32 inputs, got 0" },
  { op: 'Sin', name: 'integers', inputs: [int('int64', 1, 2)], message: "Sin 'node': input 0 must be float32, got int64" },
]);
