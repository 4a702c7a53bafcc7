import { random, scalar, verify, verifyErrors, type OperatorCase } from './support';

const x = (...avoid: number[]) => ({ shape: [3, 4], range: [-4, 4] as const, avoid });

verify([
  { op: 'Relu', name: 'both signs', inputs: [x(0)] },
  { op: 'Relu', name: 'at zero the gradient is 0', inputs: [{ shape: [3], values: [-1, 0, 1] }], expectedGradient: [0, 0, 1], skipFiniteDifferences: true },
  { op: 'LeakyRelu', name: 'default slope', inputs: [x(0)] },
  { op: 'LeakyRelu', name: 'alpha 0.3', attributes: { alpha: 0.3 }, inputs: [x(0)] },
  { op: 'LeakyRelu', name: 'negative alpha', attributes: { alpha: -0.5 }, inputs: [x(0)] },
  { op: 'PRelu', name: 'a slope for each channel', inputs: [{ shape: [2, 3, 2], range: [-2, 2], avoid: [0] }, { shape: [3, 1], range: [0.1, 0.5] }] },
  { op: 'PRelu', name: 'one slope', inputs: [x(0), { shape: [1], values: [0.25], constant: true }] },
  { op: 'Elu', name: 'alpha 1', inputs: [x(0)] },
  { op: 'Elu', name: 'alpha 0.5', attributes: { alpha: 0.5 }, inputs: [x(0)] },
  { op: 'Elu', name: 'large values', inputs: [{ shape: [2], values: [150, -150] }], step: 0.25 },
  { op: 'Celu', name: 'alpha 1', inputs: [x(0)] },
  { op: 'Celu', name: 'alpha 2', attributes: { alpha: 2 }, inputs: [x(0)] },
  { op: 'Selu', name: 'defaults', inputs: [x(0)] },
  { op: 'Selu', name: 'alpha 1 gamma 2', attributes: { alpha: 1, gamma: 2 }, inputs: [x(0)] },
  { op: 'Sigmoid', name: 'both signs', inputs: [x()] },
  { op: 'Sigmoid', name: 'saturated', inputs: [{ shape: [2], values: [-90, 90] }] },
  { op: 'HardSigmoid', name: 'defaults', inputs: [x(-2.5, 2.5)] },
  { op: 'HardSigmoid', name: 'alpha 1/6', attributes: { alpha: 1 / 6, beta: 0.5 }, inputs: [x(-3, 3)] },
  { op: 'HardSwish', name: 'both signs', inputs: [x(-3, 3)] },
  { op: 'Softplus', name: 'both signs', inputs: [x()] },
  { op: 'Softsign', name: 'both signs', inputs: [x()] },
  { op: 'ThresholdedRelu', name: 'alpha 1', inputs: [x(1)] },
  { op: 'ThresholdedRelu', name: 'alpha -1', attributes: { alpha: -1 }, inputs: [x(-1)] },
  { op: 'Clip', name: 'both bounds', inputs: [x(-1, 2), scalar(-1), scalar(2)] },
  { op: 'Clip', name: 'min only', inputs: [x(-1), scalar(-1)] },
  { op: 'Clip', name: 'max only', inputs: [x(2), undefined, scalar(2)] },
  { op: 'Clip', name: 'no bounds', inputs: [x()] },
  { op: 'Clip', name: 'differentiable bounds', inputs: [x(-1, 2), { shape: [], values: [-1] }, { shape: [], values: [2] }] },
  { op: 'Clip', name: 'at the bounds the gradient is 0', inputs: [{ shape: [3], values: [0, 3, 6] }, scalar(0), scalar(6)], expectedGradient: [0, 1, 0], skipFiniteDifferences: true },
  ...['Softmax', 'LogSoftmax'].flatMap((op): OperatorCase[] => [
    { op, name: 'last axis', inputs: [random(3, 4)] },
    { op, name: 'axis 1 of 3', attributes: { axis: 1 }, inputs: [random(2, 3, 2)] },
    { op, name: 'axis 0', attributes: { axis: 0 }, inputs: [random(3, 2)] },
    { op, name: 'large values', inputs: [{ shape: [1, 3], values: [1000, 1001, 1002.5] }], step: 1 / 16, tolerance: 5e-3 },
  ]),
  { op: 'Hardmax', name: 'last axis', inputs: [random(3, 4)] },
  { op: 'Hardmax', name: 'axis 0', attributes: { axis: 0 }, inputs: [random(3, 4)] },
  { op: 'Hardmax', name: 'the first of equals', inputs: [{ shape: [1, 4], values: [1, 3, 3, 2] }], expected: [[0, 1, 0, 0]], skipFiniteDifferences: true },
]);

verifyErrors([
  { op: 'Softmax', name: 'an axis out of range', attributes: { axis: 2 }, inputs: [random(2, 3)], message: "Softmax 'node': the axis must lie in [-2, 1] for 2 dimensions, got 2" },
  { op: 'Clip', name: 'a bound that is no scalar', inputs: [random(2, 3), random(3)], message: "Clip 'node': min must be a scalar, got shape [3]" },
  { op: 'PRelu', name: 'a slope of a larger shape', inputs: [random(3), random(2, 3)], message: "PRelu 'node': the slope must broadcast to [3], got [2, 3]" },
  { op: 'LeakyRelu', name: 'a wrong attribute', attributes: { alpha: 'x' }, inputs: [random(3)], message: `LeakyRelu 'node': alpha must be a number, got "x"` },
  { op: 'Relu', name: 'no input', inputs: [], message: "Relu 'node': input 0 is required, got 0 input(s)" },
]);
