import { random, verify, verifyErrors, type OperatorCase } from './support';

const a = { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] };
const b = { shape: [3], values: [1, 3, 2] };
const p = { shape: [4], dtype: 'bool', values: [0, 0, 1, 1] } as const;
const q = { shape: [4], dtype: 'bool', values: [0, 1, 0, 1] } as const;

verify([
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].flatMap((op): OperatorCase[] => [
    { op, name: 'float32, broadcast', inputs: [a, b] },
    { op, name: 'int64', inputs: [{ ...a, dtype: 'int64' }, { ...b, dtype: 'int64' }] },
    { op, name: 'int32', inputs: [{ ...a, dtype: 'int32' }, { ...b, dtype: 'int32' }] },
  ]),
  { op: 'Equal', name: 'bool', inputs: [p, q] },
  { op: 'And', name: 'truth table', inputs: [p, q], expected: [[0, 0, 0, 1]] },
  { op: 'Or', name: 'truth table', inputs: [p, q], expected: [[0, 1, 1, 1]] },
  { op: 'Xor', name: 'truth table', inputs: [p, q], expected: [[0, 1, 1, 0]] },
  { op: 'Not', name: 'truth table', inputs: [q], expected: [[1, 0, 1, 0]] },
  { op: 'IsNaN', name: 'NaN and infinities', inputs: [{ shape: [4], values: [NaN, 1, Infinity, -Infinity] }], expected: [[1, 0, 0, 0]] },
  { op: 'IsInf', name: 'both signs', inputs: [{ shape: [4], values: [NaN, 1, Infinity, -Infinity] }], expected: [[0, 0, 1, 1]] },
  { op: 'IsInf', name: 'positive only', attributes: { detect_negative: 0 }, inputs: [{ shape: [4], values: [NaN, 1, Infinity, -Infinity] }], expected: [[0, 0, 1, 0]] },
  { op: 'IsInf', name: 'negative only', attributes: { detect_positive: 0 }, inputs: [{ shape: [4], values: [NaN, 1, Infinity, -Infinity] }], expected: [[0, 0, 0, 1]] },
  { op: 'IsInf', name: 'none', attributes: { detect_positive: 0, detect_negative: 0 }, inputs: [{ shape: [2], values: [1, Infinity] }], expected: [[0, 0]] },
  { op: 'Where', name: 'same shape', inputs: [p, random(4), random(4)] },
  { op: 'Where', name: 'all broadcast', inputs: [{ shape: [2, 1], dtype: 'bool', values: [0, 1] }, random(3), random(4, 1, 1)] },
  { op: 'Where', name: 'scalars', inputs: [p, random(), random()] },
  { op: 'Where', name: 'int64', inputs: [p, { shape: [4], dtype: 'int64', values: [1, 2, 3, 4] }, { shape: [1], dtype: 'int64', values: [-1] }] },
]);

verifyErrors([
  { op: 'And', name: 'numbers', inputs: [random(2), random(2)], message: "And 'node': input 0 must be bool, got float32" },
  { op: 'Where', name: 'branches of two types', inputs: [p, random(4), { shape: [1], dtype: 'int64', values: [1] }], message: "Where 'node': both branches must have one type, got float32 and int64" },
]);
