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
  ...(['int64', 'int32', 'uint8', 'int8'] as const).flatMap((dtype): OperatorCase[] => {
    const [left, right] = dtype === 'uint8' ? [[12, 255, 7, 128], [10, 1]] : [[12, -1, 7, -128], [10, -3]];
    const bits = (values: number[], ...shape: number[]) => ({ shape, dtype, values });
    return [
      ...['BitwiseAnd', 'BitwiseOr', 'BitwiseXor'].map((op) => ({ op, name: `${dtype}, broadcast`, inputs: [bits(left, 2, 2), bits(right, 2)] })),
      { op: 'BitwiseNot', name: dtype, inputs: [bits(left, 4)] },
    ];
  }),
  { op: 'BitwiseXor', name: 'the bits that differ', inputs: [{ shape: [2], dtype: 'int32', values: [12, -1] }, { shape: [2], dtype: 'int32', values: [10, 1] }], expected: [[6, -2]] },
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
  { op: 'BitwiseAnd', name: 'numbers', inputs: [random(2), random(2)], message: "BitwiseAnd 'node': input 0 must be int64 or int32 or uint8 or int8, got float32" },
  { op: 'Where', name: 'branches of two types', inputs: [p, random(4), { shape: [1], dtype: 'int64', values: [1] }], message: "Where 'node': both branches must have one type, got float32 and int64" },
]);
