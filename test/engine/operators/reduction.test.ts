import { ints, random, verify, verifyErrors, type OperatorCase } from './support';

const positive = (...shape: number[]) => ({ shape, range: [0.5, 2] as const });
const away = (...shape: number[]) => ({ shape, range: [-2, 2] as const, avoid: [0] });

const variants = (op: string, operand: (...shape: number[]) => OperatorCase['inputs'][number]): OperatorCase[] => [
  { op, name: 'all axes', inputs: [operand(2, 3)] },
  { op, name: 'one axis kept', attributes: { axes: [1] }, inputs: [operand(2, 3, 2)] },
  { op, name: 'one axis dropped', attributes: { axes: [1], keepdims: 0 }, inputs: [operand(2, 3, 2)] },
  { op, name: 'two axes, negative', attributes: { axes: [-1, 0], keepdims: 0 }, inputs: [operand(2, 3, 2)] },
  { op, name: 'all axes dropped', attributes: { keepdims: 0 }, inputs: [operand(2, 3)] },
];

const tied = { shape: [2, 3], values: [1, 4, 4, 3, 2, 1] };

verify([
  { op: 'ReduceSum', name: 'all axes', inputs: [random(2, 3)] },
  { op: 'ReduceSum', name: 'one axis kept', inputs: [random(2, 3, 2), ints(1)] },
  { op: 'ReduceSum', name: 'two axes dropped', attributes: { keepdims: 0 }, inputs: [random(2, 3, 2), ints(-1, 0)] },
  { op: 'ReduceSum', name: 'no axes, no operation', attributes: { noop_with_empty_axes: 1 }, inputs: [random(2, 3)] },
  { op: 'ReduceSum', name: 'int64', attributes: { keepdims: 0 }, inputs: [{ shape: [2, 3], dtype: 'int64', values: [1, 2, 3, 4, 5, 6] }, ints(0)] },
  ...variants('ReduceMean', random),
  ...variants('ReduceMax', random),
  ...variants('ReduceMin', random),
  ...variants('ReduceProd', away),
  ...variants('ReduceL1', away),
  ...variants('ReduceL2', random),
  ...variants('ReduceSumSquare', random),
  ...variants('ReduceLogSum', positive),
  ...variants('ReduceLogSumExp', random),
  { op: 'ReduceMax', name: 'equal elements share the gradient', attributes: { axes: [1] }, inputs: [tied], expectedGradient: [0, 0.5, 0.5, 1, 0, 0], skipFiniteDifferences: true },
  { op: 'ReduceMin', name: 'equal elements share the gradient', attributes: { axes: [1] }, inputs: [{ ...tied, values: [4, 1, 1, 2, 3, 4] }], expectedGradient: [0, 0.5, 0.5, 1, 0, 0], skipFiniteDifferences: true },
  { op: 'ReduceProd', name: 'one zero and two zeros', attributes: { axes: [1] }, inputs: [{ shape: [2, 3], values: [2, 0, 3, 0, 5, 0] }] },
  { op: 'ReduceL2', name: 'of zeros', inputs: [{ shape: [3], values: [0, 0, 0] }], expectedGradient: [0, 0, 0], skipFiniteDifferences: true },
  { op: 'ReduceMax', name: 'int64', attributes: { axes: [0] }, inputs: [{ shape: [2, 2], dtype: 'int64', values: [1, 5, 7, 2] }] },
  { op: 'ReduceMin', name: 'int32', attributes: { axes: [0] }, inputs: [{ shape: [2, 2], dtype: 'int32', values: [1, 5, 7, 2] }] },
  { op: 'ReduceProd', name: 'int64', inputs: [{ shape: [4], dtype: 'int64', values: [2, 3, 224, 224] }] },
]);

verifyErrors([
  { op: 'ReduceMean', name: 'an axis out of range', attributes: { axes: [3] }, inputs: [random(2, 3)], message: "ReduceMean 'node': the axis must lie in [-2, 1] for 2 dimensions, got 3" },
  { op: 'ReduceMax', name: 'an axis given twice', attributes: { axes: [1, -1] }, inputs: [random(2, 3)], message: "ReduceMax 'node': axes must not repeat, got [1, -1]" },
  { op: 'ReduceSum', name: 'axes that depend on inputs', inputs: [random(2, 3), { ...ints(1), constant: false }], message: "ReduceSum 'node': axes (input 1, 'x1') must not depend on the values of the model's inputs" },
]);
