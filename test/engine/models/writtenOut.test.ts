import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, TensorProto_DataType as Type, type NodeProto } from '../../../src/engine/graph/onnx_pb';
import { float32, int64, tensor } from '../../../src/engine/tensor';
import { floats, ints, node, port } from './onnxBuilder';
import { randomNumbers, verifyModels } from './writtenOut';

/** Positions between -0.9 and 0.9 along each axis, so that differences do not cross a cell's border. */
const grid = (...shape: number[]) => float32(randomNumbers(`grid ${shape.join()}`, shape, [-0.9, 0.9]), shape);
const looped = (op: string, inputs: string[], outputs: string[], attributes: Record<string, number>, body: { nodes: NodeProto[]; inputs: string[]; outputs: string[] }): NodeProto => {
  const loop = node(op, inputs, outputs, attributes);
  const g = create(GraphProtoSchema, { name: 'body', node: body.nodes, input: body.inputs.map(bodyPort), output: body.outputs.map(bodyPort) });
  loop.attribute.push(create(AttributeProtoSchema, { name: 'body', type: AttributeProto_AttributeType.GRAPH, g }));
  return loop;
};
const bodyPort = (name: string) => port(name, name === 'round' || name.startsWith('condition') ? [] : undefined, name === 'round' ? Type.INT64 : name.startsWith('condition') ? Type.BOOL : Type.FLOAT);
const attention = (attributes: Record<string, number>, ...names: string[]) => [node('Attention', ['q', 'k', 'v', ...names], ['y'], attributes)];

verifyModels([
  { label: 'Attention, causal', opset: 23, nodes: attention({ is_causal: 1 }), inputs: { q: [1, 2, 3, 2], k: [1, 2, 3, 2], v: [1, 2, 3, 2] } },
  { label: 'Attention, flat with shared keys, softcap and scale', opset: 23, nodes: attention({ q_num_heads: 4, kv_num_heads: 2, softcap: 1.5, scale: 0.6 }), inputs: { q: [2, 2, 8], k: [2, 3, 4], v: [2, 3, 4] }, isNative: false },
  { label: 'Attention, additive mask', opset: 23, nodes: attention({}, 'mask'), inputs: { q: [2, 1, 2, 2], k: [2, 1, 3, 2], v: [2, 1, 3, 2], mask: [2, 3] } },
  {
    label: 'Attention, boolean mask that hides every key of a query',
    opset: 23,
    nodes: attention({}, 'mask'),
    inputs: { q: [1, 1, 2, 2], k: [1, 1, 3, 2], v: [1, 1, 3, 2], mask: tensor('bool', Uint8Array.of(1, 0, 1, 0, 0, 0), [2, 3]) },
    isNative: false,
  },
  { label: 'RotaryEmbedding', opset: 23, nodes: [node('RotaryEmbedding', ['x', 'c', 's'], ['y'])], inputs: { x: [1, 2, 2, 4], c: [1, 2, 2], s: [1, 2, 2] } },
  { label: 'RotaryEmbedding, interleaved and partial, by position', opset: 23, nodes: [node('RotaryEmbedding', ['x', 'c', 's', 'p'], ['y'], { interleaved: 1, rotary_embedding_dim: 4, num_heads: 2 })], inputs: { x: [1, 2, 12], c: [5, 2], s: [5, 2] }, weights: [ints('p', [3, 1], [1, 2])] },
  ...['zeros', 'border', 'reflection'].flatMap((padding_mode) =>
    [0, 1].map((align_corners) => ({ label: `GridSample, linear, ${padding_mode}, align_corners ${align_corners}`, opset: 20, nodes: [node('GridSample', ['x', 'g'], ['y'], { padding_mode, align_corners })], inputs: { x: [1, 2, 3, 4], g: grid(1, 2, 2, 2) }, step: 1 / 1024, tolerance: 5e-3 })),
  ),
  { label: 'GridSample, cubic', opset: 20, nodes: [node('GridSample', ['x', 'g'], ['y'], { mode: 'cubic', align_corners: 1 })], inputs: { x: [1, 1, 4, 4], g: grid(1, 2, 2, 2) }, step: 1 / 1024, tolerance: 5e-3 },
  { label: 'GridSample, volumes', opset: 20, nodes: [node('GridSample', ['x', 'g'], ['y'])], inputs: { x: [1, 1, 2, 3, 3], g: grid(1, 1, 2, 2, 3) }, step: 1 / 1024, tolerance: 5e-3 },
  { label: 'GridSample, nearest', opset: 16, nodes: [node('GridSample', ['x', 'g'], ['y'], { mode: 'nearest' })], inputs: { x: [1, 1, 3, 3], g: float32([0.1, 0.3, -0.5, 0.9], [1, 1, 2, 2]) }, step: 1 / 1024 },
  { label: 'AffineGrid, aligned', opset: 20, nodes: [node('AffineGrid', ['x', 'size'], ['y'], { align_corners: 1 })], inputs: { x: [2, 2, 3] }, weights: [ints('size', [2, 1, 2, 3])] },
  { label: 'AffineGrid, volumes', opset: 20, nodes: [node('AffineGrid', ['x', 'size'], ['y'])], inputs: { x: [1, 3, 4] }, weights: [ints('size', [1, 1, 2, 2, 3])] },
  { label: 'LpPool', opset: 18, nodes: [node('LpPool', ['x'], ['y'], { kernel_shape: [2, 2], strides: [2, 1], pads: [0, 1, 0, 0], p: 3 })], inputs: { x: [1, 2, 4, 3] } },
  { label: 'LpPool, dilated, with a last window beyond the padding', opset: 22, nodes: [node('LpPool', ['x'], ['y'], { kernel_shape: [2, 2], strides: [2, 3], dilations: [2, 1], ceil_mode: 1 })], inputs: { x: [1, 2, 6, 6] } },
  ...[0, 1].flatMap((ceil_mode) =>
    [0, 1].map((count_include_pad) => ({ label: `AveragePool, dilated, ceil_mode ${ceil_mode}, count_include_pad ${count_include_pad}`, opset: 22, nodes: [node('AveragePool', ['x'], ['y'], { kernel_shape: [3, 2], strides: [2, 2], dilations: [2, 3], pads: [1, 1, 2, 0], ceil_mode, count_include_pad })], inputs: { x: [2, 2, 7, 7] } })),
  ),
  { label: 'AveragePool, dilated volumes', opset: 19, nodes: [node('AveragePool', ['x'], ['y'], { kernel_shape: [2, 2, 2], dilations: [1, 2, 2] })], inputs: { x: [1, 2, 3, 4, 3] } },
  // ONNX Runtime 1.30 leaves the dilation out of the padding and gives 3 places, where ONNX defines 4.
  { label: 'AveragePool, dilated sequences, SAME_UPPER', opset: 19, nodes: [node('AveragePool', ['x'], ['y'], { kernel_shape: [3], strides: [2], dilations: [2], auto_pad: 'SAME_UPPER' })], inputs: { x: [2, 1, 8] }, isNative: false },
  { label: 'GlobalLpPool', opset: 13, nodes: [node('GlobalLpPool', ['x'], ['y'])], inputs: { x: [2, 2, 3] } },
  ...['mean', 'sum', 'none'].map((reduction) => ({ label: `NegativeLogLikelihoodLoss, ${reduction}`, opset: 13, nodes: [node('NegativeLogLikelihoodLoss', ['x', 't', 'w'], ['y'], { reduction, ignore_index: 1 })], inputs: { x: [2, 3, 2], t: int64([0, 2, 1, 0], [2, 2]) }, weights: [floats('w', [0.5, 1, 2])] })),
  { label: 'SoftmaxCrossEntropyLoss', opset: 13, nodes: [node('SoftmaxCrossEntropyLoss', ['x', 't'], ['y', 'p'])], inputs: { x: [3, 4], t: int64([3, 0, 2], [3]) }, outputs: ['y', 'p'] },
  { label: 'Col2Im with overlap, pads and a rest', opset: 18, nodes: [node('Col2Im', ['x', 'image', 'block'], ['y'], { strides: [2, 2], pads: [1, 0, 0, 1], dilations: [1, 1] })], inputs: { x: [1, 8, 6] }, weights: [ints('image', [4, 5]), ints('block', [2, 2])] },
  { label: 'ReverseSequence', opset: 13, nodes: [node('ReverseSequence', ['x', 'n'], ['y'])], inputs: { x: [3, 2, 2], n: int64([2, 3], [2]) } },
  { label: 'CenterCropPad', opset: 18, nodes: [node('CenterCropPad', ['x', 'n'], ['y'], { axes: [0, 1] })], inputs: { x: [4, 2] }, weights: [ints('n', [3, 5])] },
  { label: 'MeanVarianceNormalization', opset: 13, nodes: [node('MeanVarianceNormalization', ['x'], ['y'])], inputs: { x: [2, 2, 2, 2] } },
  { label: 'Shrink', opset: 13, nodes: [node('Shrink', ['x'], ['y'], { lambd: 0.25, bias: 0.1 })], inputs: { x: float32([-1, -0.5, 0, 0.1, 0.9], [5]) } },
  { label: 'Pad, wrap', opset: 19, nodes: [node('Pad', ['x', 'n'], ['y'], { mode: 'wrap' })], inputs: { x: [2, 3] }, weights: [ints('n', [0, 2, 1, 1])] },
  ...['linear', 'cubic'].map((mode) => ({ label: `Resize, ${mode}, antialias`, opset: 18, nodes: [node('Resize', ['x', '', 's'], ['y'], { mode, antialias: 1, exclude_outside: 1 })], inputs: { x: [1, 1, 5, 4] }, weights: [floats('s', [1, 1, 0.6, 0.5])], precision: 1e-4 })),
  { label: 'Resize, half_pixel_symmetric', opset: 19, nodes: [node('Resize', ['x', '', 's'], ['y'], { mode: 'linear', coordinate_transformation_mode: 'half_pixel_symmetric' })], inputs: { x: [1, 1, 3, 4] }, weights: [floats('s', [1, 1, 2.5, 0.6])] },
  { label: 'SpaceToDepth, CRD', opset: 26, nodes: [node('SpaceToDepth', ['x'], ['y'], { blocksize: 2, mode: 'CRD' })], inputs: { x: [1, 2, 2, 4] }, isNative: false },
  { label: 'Mod of float32 with the sign of the divisor', opset: 27, nodes: [node('Mod', ['x', 'd'], ['y'])], inputs: { x: float32([-4.3, 7.2, 5, 4.3, -7.2, 8.5], [6]), d: float32([2.1, -3.4, 8, -2.1, 3.4, 3], [6]) }, isNative: false, step: 1 / 1024 },
  { label: 'CumProd over zeros', opset: 26, nodes: [node('CumProd', ['x', 'axis'], ['y'])], inputs: { x: float32([0.5, -2, 0, 3, 0, 1.5, 2, -1, 0.25, 3], [2, 5]) }, weights: [ints('axis', [1], [])], isNative: false },
  { label: 'CumProd, exclusive and reverse', opset: 26, nodes: [node('CumProd', ['x', 'axis'], ['y'], { exclusive: 1, reverse: 1 })], inputs: { x: [4, 2] }, weights: [ints('axis', [-2], [])], isNative: false },
  { label: 'Det', opset: 22, nodes: [node('Det', ['x'], ['y'])], inputs: { x: [2, 4, 4] } },
  { label: 'Det of a singular matrix', opset: 22, nodes: [node('Det', ['x'], ['y'])], inputs: { x: float32([1, 2, 3, 2, 4, 6, 0.5, -1, 2], [3, 3]) } },
  { label: 'TensorScatter, circular', opset: 24, nodes: [node('TensorScatter', ['x', 'u', 'n'], ['y'], { mode: 'circular' })], inputs: { x: [2, 4, 2], u: [2, 3, 2] }, weights: [ints('n', [1, 3])], isNative: false },
  { label: 'CausalConvWithState', opset: 27, nodes: [node('CausalConvWithState', ['x', 'w', 'b', 'p'], ['y', 'state'], { activation: 'silu' })], inputs: { x: [1, 2, 4], w: [2, 1, 3], b: [2], p: [1, 2, 2] }, outputs: ['y', 'state'], isNative: false },
  { label: 'LinearAttention, gated delta rule with shared keys', opset: 27, nodes: [node('LinearAttention', ['q', 'k', 'v', 's', 'g', 'b'], ['y', 'state'], { q_num_heads: 4, kv_num_heads: 2 })], inputs: { q: [1, 3, 8], k: [1, 3, 4], v: [1, 3, 6], s: [1, 2, 2, 3], g: [1, 3, 2], b: [1, 3, 2] }, outputs: ['y', 'state'], isNative: false },
  { label: 'LinearAttention without gate', opset: 27, nodes: [node('LinearAttention', ['q', 'k', 'v'], ['y'], { q_num_heads: 1, kv_num_heads: 1, update_rule: 'linear', scale: 0.5 })], inputs: { q: [2, 2, 2], k: [2, 2, 2], v: [2, 2, 3] }, isNative: false },
  {
    label: 'MaxRoiPool of scaled regions, one beyond the borders and one without elements',
    opset: 13,
    nodes: [node('MaxRoiPool', ['x', 'r'], ['y'], { pooled_shape: [2, 3], spatial_scale: 0.5 })],
    inputs: { x: [2, 2, 5, 6] },
    weights: [floats('r', [0, 1, 1, 9, 7, 1, -3, 2, 20, 30, 1, 4, 4, 5, 5, 0, 14, 1, 18, 9], [4, 5])],
  },
  {
    label: 'Loop of three rounds that also collects its states',
    opset: 13,
    nodes: [looped('Loop', ['n', '', 'x'], ['y', 'all'], {}, { inputs: ['round', 'condition', 'before'], nodes: [node('Identity', ['condition'], ['condition_out']), node('Mul', ['before', 'w'], ['m']), node('Tanh', ['m'], ['after']), node('Identity', ['after'], ['kept'])], outputs: ['condition_out', 'after', 'kept'] })],
    inputs: { x: [2, 2] },
    weights: [ints('n', [3], []), floats('w', [1.5, -0.7])],
    outputs: ['y', 'all'],
  },
  {
    label: 'Scan over the last axis backwards',
    opset: 13,
    nodes: [looped('Scan', ['h', 'x'], ['y', 'all'], { num_scan_inputs: 1 }, { inputs: ['before', 'element'], nodes: [node('Add', ['before', 'element'], ['sum']), node('Tanh', ['sum'], ['after']), node('Identity', ['after'], ['kept'])], outputs: ['after', 'kept'] })],
    inputs: { x: [3, 2], h: [2] },
    outputs: ['y', 'all'],
  },
]);
