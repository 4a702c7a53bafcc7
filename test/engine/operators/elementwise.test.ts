import { random, verify, type OperatorCase } from './support';

const unary = (op: string, range: readonly [number, number] = [-2, 2], avoid: readonly number[] = []): OperatorCase => ({
  op,
  name: `values in [${range.join(', ')}]`,
  inputs: [{ shape: [3, 4], range, avoid }],
});

verify([
  unary('Abs', [-2, 2], [0]),
  unary('Acos', [-0.9, 0.9]),
  unary('Acosh', [1.3, 4]),
  unary('Asin', [-0.9, 0.9]),
  unary('Asinh'),
  unary('Atan'),
  unary('Atanh', [-0.8, 0.8]),
  unary('Ceil'),
  unary('Cos'),
  unary('Cosh'),
  unary('Erf'),
  unary('Exp'),
  unary('Floor'),
  unary('Log', [0.3, 4]),
  unary('Neg'),
  unary('Reciprocal', [0.5, 3]),
  unary('Reciprocal', [-3, -0.5]),
  unary('Round'),
  unary('Sign', [-2, 2], [0]),
  unary('Sin'),
  unary('Sinh'),
  unary('Sqrt', [0.3, 4]),
  unary('Tan', [-1, 1]),
  unary('Tanh'),
  { op: 'Identity', name: 'float32', inputs: [random(2, 3)] },
]);
