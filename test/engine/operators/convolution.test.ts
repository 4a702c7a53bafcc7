import { constant, random, verify, verifyErrors } from './support';

verify([
  { op: 'Conv', name: 'few channels', inputs: [random(1, 2, 4, 4), constant(3, 2, 3, 3)] },
  { op: 'Conv', name: 'many channels, padded', attributes: { pads: [1, 1, 1, 1] }, inputs: [random(1, 4, 3, 3), constant(2, 4, 3, 3)] },
  { op: 'Conv', name: 'many channels, computed weights', attributes: { pads: [1, 0, 1, 1] }, inputs: [random(1, 4, 3, 3), random(2, 4, 2, 2), random(2)] },
  { op: 'Conv', name: 'a bias', inputs: [random(2, 2, 3, 3), constant(3, 2, 2, 2), constant(3)] },
  { op: 'Conv', name: 'asymmetric pads', attributes: { pads: [0, 1, 2, 1] }, inputs: [random(1, 4, 3, 4), constant(2, 4, 3, 2)] },
  { op: 'Conv', name: 'stride 2', attributes: { strides: [2, 2] }, inputs: [random(1, 2, 6, 5), constant(2, 2, 3, 3)] },
  { op: 'Conv', name: 'stride 2 with rows left over, padded', attributes: { strides: [2, 3], pads: [1, 0, 0, 1] }, inputs: [random(1, 2, 6, 6), random(2, 2, 2, 2)] },
  { op: 'Conv', name: 'stride larger than the kernel', attributes: { strides: [3, 3] }, inputs: [random(1, 1, 6, 7), random(1, 1, 2, 2)] },
  { op: 'Conv', name: 'dilation 2', attributes: { dilations: [2, 2] }, inputs: [random(1, 4, 5, 5), random(1, 4, 2, 3)] },
  { op: 'Conv', name: 'dilation 2, stride 2, padded', attributes: { dilations: [2, 1], strides: [2, 2], pads: [1, 1, 1, 1] }, inputs: [random(1, 2, 5, 5), random(2, 2, 2, 2)] },
  { op: 'Conv', name: 'pads beyond the kernel', attributes: { pads: [2, 2, 2, 2] }, inputs: [random(1, 4, 2, 2), random(1, 4, 2, 2)] },
  { op: 'Conv', name: '2 groups', attributes: { group: 2 }, inputs: [random(2, 4, 3, 3), random(4, 2, 2, 2), random(4)] },
  { op: 'Conv', name: '2 groups, stride 2, constant weights', attributes: { group: 2, strides: [2, 2], pads: [1, 1, 1, 1] }, inputs: [random(1, 4, 4, 4), constant(2, 2, 3, 3)] },
  { op: 'Conv', name: 'depthwise', attributes: { group: 3, pads: [1, 1, 1, 1] }, inputs: [random(1, 3, 3, 3), constant(3, 1, 3, 3)] },
  { op: 'Conv', name: 'depthwise with multiplier 2, stride 2', attributes: { group: 2, strides: [2, 2] }, inputs: [random(1, 2, 4, 4), random(4, 1, 2, 2)] },
  { op: 'Conv', name: 'pointwise', inputs: [random(2, 5, 2, 2), constant(3, 5, 1, 1)] },
  { op: 'Conv', name: 'one spatial axis', attributes: { strides: [2], pads: [1, 2] }, inputs: [random(2, 2, 5), random(3, 2, 3), random(3)] },
  { op: 'Conv', name: 'one spatial axis, dilated, many channels', attributes: { dilations: [2], pads: [2, 0] }, inputs: [random(1, 4, 5), constant(2, 4, 2)] },
  { op: 'Conv', name: 'three spatial axes', attributes: { pads: [1, 0, 0, 0, 1, 0] }, inputs: [random(1, 1, 3, 2, 3), random(2, 1, 2, 2, 2)] },
  { op: 'Conv', name: 'three spatial axes, stride 2, 2 groups', attributes: { strides: [2, 1, 2], group: 2 }, inputs: [random(1, 2, 3, 2, 3), constant(2, 1, 2, 2, 2)] },
  { op: 'Conv', name: 'three spatial axes, dilated', attributes: { dilations: [2, 1, 2], strides: [1, 2, 1], pads: [1, 0, 1, 1, 0, 0] }, inputs: [random(1, 2, 3, 3, 3), random(1, 2, 2, 2, 2)] },
  { op: 'Conv', name: 'auto_pad SAME_UPPER', attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] }, inputs: [random(1, 2, 4, 5), random(2, 2, 3, 2)] },
  { op: 'Conv', name: 'auto_pad SAME_LOWER', attributes: { auto_pad: 'SAME_LOWER' }, inputs: [random(1, 4, 3, 3), random(1, 4, 2, 2)] },
  { op: 'Conv', name: 'auto_pad VALID', attributes: { auto_pad: 'VALID' }, inputs: [random(1, 2, 3, 3), random(1, 2, 2, 2)] },

  { op: 'ConvTranspose', name: 'stride 1', inputs: [random(1, 2, 3, 3), random(2, 3, 2, 2), random(3)] },
  { op: 'ConvTranspose', name: 'stride 2, padded', attributes: { strides: [2, 2], pads: [1, 1, 1, 1] }, inputs: [random(1, 2, 3, 3), random(2, 2, 3, 3)] },
  { op: 'ConvTranspose', name: 'stride 2, output_padding', attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }, inputs: [random(1, 2, 2, 3), random(2, 2, 3, 3), random(2)] },
  { op: 'ConvTranspose', name: 'asymmetric pads', attributes: { strides: [2, 1], pads: [1, 0, 0, 1] }, inputs: [random(1, 1, 3, 3), random(1, 2, 3, 2)] },
  { op: 'ConvTranspose', name: 'dilation 2', attributes: { dilations: [2, 2] }, inputs: [random(1, 2, 2, 2), random(2, 1, 2, 2)] },
  { op: 'ConvTranspose', name: '2 groups', attributes: { group: 2, strides: [2, 2] }, inputs: [random(1, 4, 2, 2), random(4, 1, 2, 2), random(2)] },
  { op: 'ConvTranspose', name: 'one spatial axis', attributes: { strides: [3], output_padding: [2] }, inputs: [random(2, 2, 3), random(2, 2, 2)] },
  { op: 'ConvTranspose', name: 'three spatial axes', attributes: { strides: [2, 1, 1] }, inputs: [random(1, 1, 2, 2, 2), random(1, 2, 2, 2, 1)] },
  { op: 'ConvTranspose', name: 'auto_pad SAME_UPPER', attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] }, inputs: [random(1, 1, 2, 3), random(1, 1, 3, 3)] },
  { op: 'ConvTranspose', name: 'auto_pad SAME_LOWER', attributes: { auto_pad: 'SAME_LOWER', strides: [2, 2] }, inputs: [random(1, 1, 2, 3), random(1, 1, 3, 3)] },
  { op: 'ConvTranspose', name: 'output_shape', attributes: { output_shape: [4, 5], strides: [2, 2] }, inputs: [random(1, 1, 2, 3), random(1, 2, 3, 3)] },
  { op: 'ConvTranspose', name: 'output_shape beyond the kernels', attributes: { output_shape: [10, 8], strides: [3, 2] }, inputs: [random(1, 1, 3, 3), random(1, 2, 3, 3), random(2)] },
]);

const x = random(1, 2, 4, 4);
const w = random(3, 2, 2, 2);

verifyErrors([
  { op: 'Conv', name: 'dilation 0', attributes: { dilations: [0, 1] }, inputs: [x, w], message: "Conv 'node': dilations must be positive, got [0, 1]" },
  { op: 'Conv', name: 'negative strides', attributes: { strides: [1, -2] }, inputs: [x, w], message: "Conv 'node': strides must be positive, got [1, -2]" },
  { op: 'Conv', name: 'too few strides', attributes: { strides: [2] }, inputs: [x, w], message: "Conv 'node': strides must be 2 numbers, got [2]" },
  { op: 'Conv', name: 'negative pads', attributes: { pads: [0, 0, -1, 0] }, inputs: [x, w], message: "Conv 'node': pads must not be negative, got [0, 0, -1, 0]" },
  { op: 'Conv', name: 'channels that do not fit', inputs: [random(1, 3, 4, 4), w], message: "Conv 'node': 3 input channels in 1 group(s) must fit the kernel, got [3, 2, 2, 2]" },
  { op: 'Conv', name: 'group 0', attributes: { group: 0 }, inputs: [x, w], message: "Conv 'node': 2 input channels in 0 group(s) must fit the kernel, got [3, 2, 2, 2]" },
  { op: 'Conv', name: 'a kernel larger than the input', inputs: [random(1, 2, 1, 4), w], message: "Conv 'node': the window must fit the padded input, got a window of 2 on 1 at spatial axis 0" },
  { op: 'Conv', name: 'another kernel_shape', attributes: { kernel_shape: [3, 3] }, inputs: [x, w], message: "Conv 'node': kernel_shape must be that of the kernel, [2, 2], got [3, 3]" },
  { op: 'Conv', name: 'a bias of another length', inputs: [x, w, random(2)], message: "Conv 'node': the bias must have shape [3], got [2]" },
  { op: 'Conv', name: 'an unknown auto_pad', attributes: { auto_pad: 'SAME' }, inputs: [x, w], message: `Conv 'node': auto_pad must be one of NOTSET, SAME_UPPER, SAME_LOWER, VALID, got "SAME"` },
  { op: 'ConvTranspose', name: 'output_padding that is too large', attributes: { output_padding: [2, 0], strides: [2, 2] }, inputs: [x, random(2, 1, 2, 2)], message: "ConvTranspose 'node': output_padding must lie below the strides, [2, 2], got [2, 0]" },
  { op: 'ConvTranspose', name: 'pads that leave nothing', attributes: { pads: [3, 0, 2, 0] }, inputs: [x, random(2, 1, 2, 2)], message: "ConvTranspose 'node': the pads must leave an output, got sizes [0, 5]" },
]);
