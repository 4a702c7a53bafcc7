import { ints, random, verify, verifyErrors, type OperatorCase } from './support';

const both = (name: string, attributes: OperatorCase['attributes'], ...shape: number[]): OperatorCase[] => [
  { op: 'MaxPool', name, attributes, inputs: [random(...shape)] },
  { op: 'AveragePool', name, attributes, inputs: [random(...shape)] },
];
const tied = { shape: [1, 1, 2, 4], values: [1, 1, 2, 0, 1, 1, 2, 2] };

verify([
  ...both('disjoint windows', { kernel_shape: [2, 2], strides: [2, 2] }, 2, 2, 4, 4),
  ...both('disjoint windows with rows left over', { kernel_shape: [2, 2], strides: [2, 3] }, 1, 2, 5, 6),
  ...both('overlapping windows', { kernel_shape: [3, 2], strides: [1, 1] }, 1, 2, 4, 4),
  ...both('overlapping windows, stride 2, padded', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, 1, 2, 5, 4),
  ...both('asymmetric pads', { kernel_shape: [2, 3], strides: [2, 2], pads: [0, 1, 1, 0] }, 1, 1, 5, 5),
  ...both('ceil_mode', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, 1, 1, 5, 3),
  ...both('ceil_mode, overlapping, padded', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }, 1, 1, 4, 6),
  ...both('ceil_mode with a last window in the padding', { kernel_shape: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 }, 1, 1, 5, 5),
  ...both('auto_pad SAME_UPPER', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }, 1, 1, 3, 5),
  ...both('auto_pad SAME_LOWER', { kernel_shape: [3, 2], strides: [1, 2], auto_pad: 'SAME_LOWER' }, 1, 1, 3, 5),
  ...both('auto_pad VALID', { kernel_shape: [2, 2], auto_pad: 'VALID' }, 1, 1, 3, 3),
  ...both('one spatial axis', { kernel_shape: [3], strides: [2], pads: [1, 1] }, 2, 2, 6),
  ...both('three spatial axes', { kernel_shape: [2, 1, 2], strides: [1, 2, 2] }, 1, 1, 3, 2, 4),
  { op: 'MaxPool', name: 'dilation 2', attributes: { kernel_shape: [2, 2], dilations: [2, 2] }, inputs: [random(1, 1, 4, 5)] },
  { op: 'MaxPool', name: 'dilation 2, disjoint', attributes: { kernel_shape: [2, 2], dilations: [2, 1], strides: [3, 2] }, inputs: [random(1, 1, 6, 4)] },
  { op: 'MaxPool', name: 'with indices', attributes: { kernel_shape: [2, 2], strides: [1, 2], pads: [0, 1, 1, 0] }, inputs: [random(2, 2, 3, 4)], outputs: 2 },
  { op: 'MaxPool', name: 'equal elements: the first wins', attributes: { kernel_shape: [2, 2], strides: [2, 2] }, inputs: [tied], expectedGradient: [1, 0, 1, 0, 0, 0, 0, 0], skipFiniteDifferences: true },
  { op: 'MaxPool', name: 'equal elements in overlapping windows', attributes: { kernel_shape: [2, 2] }, inputs: [tied], expectedGradient: [1, 0, 2, 0, 0, 0, 0, 0], skipFiniteDifferences: true },
  { op: 'MaxPool', name: 'all elements equal, padded', attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, inputs: [{ shape: [1, 1, 2, 2], values: [0, 0, 0, 0] }], expectedGradient: [4, 0, 0, 0], skipFiniteDifferences: true },
  { op: 'AveragePool', name: 'count_include_pad', attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 }, inputs: [random(1, 2, 4, 5)] },
  { op: 'AveragePool', name: 'count_include_pad and ceil_mode', attributes: { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0], count_include_pad: 1, ceil_mode: 1 }, inputs: [random(1, 1, 4, 4)] },
  { op: 'MaxUnpool', name: 'given output_shape', attributes: { kernel_shape: [2, 2], strides: [2, 2] }, inputs: [random(1, 1, 2, 2), { shape: [1, 1, 2, 2], dtype: 'int64', values: [1, 7, 16, 23] }, ints(1, 1, 5, 5)] },
  { op: 'MaxUnpool', name: 'implied output shape', attributes: { kernel_shape: [2, 2], strides: [2, 2] }, inputs: [random(1, 1, 2, 2), { shape: [1, 1, 2, 2], dtype: 'int64', values: [1, 3, 8, 15] }] },
  { op: 'GlobalAveragePool', name: 'images', inputs: [random(2, 2, 3, 2)] },
  { op: 'GlobalAveragePool', name: 'one spatial axis', inputs: [random(2, 3, 4)] },
  { op: 'GlobalMaxPool', name: 'images', inputs: [random(2, 2, 3, 2)] },
  { op: 'GlobalMaxPool', name: 'equal elements: the first wins', inputs: [{ shape: [1, 1, 2, 2], values: [1, 3, 3, 2] }], expectedGradient: [0, 1, 0, 0], skipFiniteDifferences: true },
]);

verifyErrors([
  { op: 'MaxPool', name: 'no kernel_shape', inputs: [random(1, 1, 4, 4)], message: "MaxPool 'node': kernel_shape is required, got nothing" },
  { op: 'MaxPool', name: 'a kernel of another rank', attributes: { kernel_shape: [2] }, inputs: [random(1, 1, 4, 4)], message: "MaxPool 'node': kernel_shape must be 2 numbers for [1, 1, 4, 4], got [2]" },
  { op: 'AveragePool', name: 'stride 0', attributes: { kernel_shape: [2, 2], strides: [0, 1] }, inputs: [random(1, 1, 4, 4)], message: "AveragePool 'node': strides must be positive, got [0, 1]" },
  { op: 'AveragePool', name: 'pads as large as the window', attributes: { kernel_shape: [2, 2], pads: [2, 0, 0, 0] }, inputs: [random(1, 1, 4, 4)], message: "AveragePool 'node': pads must be smaller than the window, got [2, 0, 0, 0]" },
  { op: 'MaxPool', name: 'a window larger than the input', attributes: { kernel_shape: [5, 5] }, inputs: [random(1, 1, 4, 4)], message: "MaxPool 'node': the window must fit the padded input, got a window of 5 on 4 at spatial axis 0" },
]);
