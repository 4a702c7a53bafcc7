import { constant, random, verify, verifyErrors } from './support';

const positive = (...shape: number[]) => ({ shape, range: [0.5, 2] as const });

verify([
  { op: 'BatchNormalization', name: 'images, all parameters differentiable', inputs: [random(2, 3, 2, 2), random(3), random(3), random(3), positive(3)] },
  { op: 'BatchNormalization', name: 'constant parameters, epsilon', attributes: { epsilon: 0.1 }, inputs: [random(2, 3, 2), constant(3), constant(3), constant(3), { ...positive(3), constant: true }] },
  { op: 'BatchNormalization', name: 'no spatial axes', inputs: [random(3, 2), random(2), random(2), random(2), positive(2)] },
  { op: 'LayerNormalization', name: 'last axis', inputs: [random(2, 3, 4), random(4), random(4)] },
  { op: 'LayerNormalization', name: 'two axes, no bias, epsilon', attributes: { axis: 1, epsilon: 0.01 }, inputs: [random(2, 3, 2), random(3, 2)] },
  { op: 'LayerNormalization', name: 'with the first optional output', inputs: [random(2, 4), constant(4), constant(4)], outputs: ['y0', ''] },
  { op: 'InstanceNormalization', name: 'images', inputs: [random(2, 2, 3, 2), random(2), random(2)] },
  { op: 'InstanceNormalization', name: 'one spatial axis, epsilon', attributes: { epsilon: 0.1 }, inputs: [random(2, 3, 4), constant(3), constant(3)] },
  { op: 'LRN', name: 'size 3', attributes: { size: 3, alpha: 0.5, beta: 0.75, bias: 1 }, inputs: [random(2, 5, 2, 2)] },
  { op: 'LRN', name: 'defaults', attributes: { size: 5 }, inputs: [random(1, 4, 2, 2)] },
  { op: 'LpNormalization', name: 'p 2', inputs: [random(3, 4)] },
  { op: 'LpNormalization', name: 'p 1 on axis 0', attributes: { p: 1, axis: 0 }, inputs: [{ shape: [4, 2], range: [-2, 2], avoid: [0] }] },
  { op: 'LpNormalization', name: 'of zeros', inputs: [{ shape: [1, 3], values: [0, 0, 0] }], expectedGradient: [0, 0, 0], skipFiniteDifferences: true },
]);

verifyErrors([
  { op: 'BatchNormalization', name: 'a scale of another length', inputs: [random(2, 3, 2), random(2), random(3), random(3), random(3)], message: "BatchNormalization 'node': scale must have shape [3], got [2]" },
  { op: 'BatchNormalization', name: 'training', attributes: { training_mode: 1 }, inputs: [random(2, 3), random(3), random(3), random(3), random(3)], message: "BatchNormalization 'node': training_mode must be 0, got 1" },
  { op: 'LayerNormalization', name: 'a scale that does not broadcast', inputs: [random(2, 3), random(2)], message: "LayerNormalization 'node': scale must broadcast to [2, 3], got [2]" },
  { op: 'LRN', name: 'no size', inputs: [random(1, 3, 2)], message: "LRN 'node': size must be a number, got nothing" },
  { op: 'LRN', name: 'an even size', attributes: { size: 4 }, inputs: [random(1, 3, 2)], message: "LRN 'node': size must be odd and positive, got 4" },
  { op: 'LpNormalization', name: 'p 3', attributes: { p: 3 }, inputs: [random(3)], message: "LpNormalization 'node': p must be 1 or 2, got 3" },
]);
