import { create } from '@bufbuild/protobuf';
import { TensorProtoSchema, TensorProto_DataType as Type } from '../../../src/engine/graph/onnx_pb';
import { float32, int64 } from '../../../src/engine/tensor';
import { floats, ints, node } from './onnxBuilder';
import { randomNumbers, verifyModels } from './writtenOut';

/** Offsets that keep the taps off the elements, where the derivative jumps. */
const offsets = (...shape: number[]) => float32(randomNumbers(`offsets ${shape.join()}`, shape, [0, 1]).map((value) => Math.round(4 * (value - 0.5)) / 2 + 0.1 + 0.3 * value), shape);
const bools = (name: string, ...values: number[]) => create(TensorProtoSchema, { name, dataType: Type.BOOL, dims: [BigInt(values.length)], int32Data: values });
const regions = floats('rois', [0.5, 1, 4.3, 3.9, 2, 0, 5, 2.5], [2, 4]);
const kinked = { step: 1 / 1024, tolerance: 5e-3 };

verifyModels([
  { label: 'DeformConv', opset: 19, nodes: [node('DeformConv', ['x', 'w', 'o'], ['y'])], inputs: { x: [1, 2, 4, 4], w: [2, 2, 2, 2], o: offsets(1, 8, 3, 3) }, ...kinked },
  {
    label: 'DeformConv with bias, mask, groups, strides, pads and dilations',
    opset: 19,
    nodes: [node('DeformConv', ['x', 'w', 'o', 'b', 'm'], ['y'], { group: 2, offset_group: 2, strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2], kernel_shape: [2, 2] })],
    inputs: { x: [2, 4, 4, 3], w: [2, 2, 2, 2], o: offsets(2, 16, 3, 3), b: [2], m: [2, 8, 3, 3] },
    ...kinked,
  },
  { label: 'RoiAlign before half_pixel', opset: 10, nodes: [node('RoiAlign', ['x', 'rois', 'n'], ['y'], { output_height: 2, output_width: 3, spatial_scale: 0.5 })], inputs: { x: [2, 2, 4, 5] }, weights: [regions, ints('n', [1, 0])] },
  ...['half_pixel', 'output_half_pixel'].map((coordinate_transformation_mode) => ({
    label: `RoiAlign, the largest, ${coordinate_transformation_mode}`,
    opset: 16,
    nodes: [node('RoiAlign', ['x', 'rois', 'n'], ['y'], { mode: 'max', output_height: 2, output_width: 2, sampling_ratio: 2, coordinate_transformation_mode })],
    inputs: { x: [2, 2, 4, 5] },
    weights: [regions, ints('n', [1, 0])],
    ...kinked,
  })),
  { label: 'RoiAlign, the largest, with regions fed at run time', opset: 16, nodes: [node('RoiAlign', ['x', 'rois', 'n'], ['y'], { mode: 'max', output_height: 2, output_width: 1, sampling_ratio: 1 })], inputs: { x: [1, 2, 4, 5], rois: float32([0.5, 1, 4.3, 3.9], [1, 4]), n: int64([0], [1]) }, ...kinked },
  { label: 'Compress along an axis', opset: 11, nodes: [node('Compress', ['x', 'c'], ['y'], { axis: -1 })], inputs: { x: [2, 4] }, weights: [bools('c', 0, 1, 1)] },
  { label: 'Compress of all elements', opset: 11, nodes: [node('Compress', ['x', 'c'], ['y'])], inputs: { x: [2, 3] }, weights: [bools('c', 1, 0, 0, 0, 1)] },
]);
