import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, SparseTensorProtoSchema, TensorProtoSchema, TensorProto_DataType as Type, type GraphProto, type NodeProto, type TensorProto } from '../../../src/engine/graph/onnx_pb';
import { attentionHeads, headShapes } from './attentionHeads';
import { floats, ints, node, onnx, port } from './onnxBuilder';
import { randomNumbers } from './writtenOut';

const weight = (name: string, ...shape: number[]): TensorProto => floats(name, randomNumbers(name, shape), shape);

const withBodies = (holder: NodeProto, bodies: Record<string, GraphProto>): NodeProto => {
  for (const [name, g] of Object.entries(bodies)) holder.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g }));
  return holder;
};

/** An LSTM in both directions and a GRU on it. */
const recurrent = (): Uint8Array =>
  onnx(14, {
    node: [
      node('LSTM', ['x', 'W', 'R', 'B'], ['seq'], { hidden_size: 2, direction: 'bidirectional' }),
      node('Transpose', ['seq'], ['turned'], { perm: [0, 2, 1, 3] }),
      node('Reshape', ['turned', 'flat'], ['joined']),
      node('GRU', ['joined', 'W2', 'R2'], ['', 'last'], { hidden_size: 3, linear_before_reset: 1 }),
      node('Squeeze', ['last', 'front'], ['y']),
    ],
    initializer: [weight('W', 2, 8, 2), weight('R', 2, 8, 2), weight('B', 2, 16), weight('W2', 1, 9, 4), weight('R2', 1, 9, 3), ints('flat', [0, 0, 4]), ints('front', [0])],
    input: [port('x', [3, 'N', 2])],
    output: [port('y', ['N', 3])],
  });

const bytesOf = (name: string, values: number[], dims: number[], dataType: number): TensorProto => create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), int32Data: values });

/** A quantised convolution, and weights kept quantised. */
const quantized = (): Uint8Array =>
  onnx(13, {
    node: [
      node('QuantizeLinear', ['x', 'scale', 'zero'], ['q']),
      node('QLinearConv', ['q', 'scale', 'zero', 'w', 'wScale', 'wZero', 'scale', 'zero'], ['c'], { pads: [1, 1, 1, 1] }),
      node('DequantizeLinear', ['c', 'scale', 'zero'], ['d']),
      node('DequantizeLinear', ['v', 'vScale', 'vZero'], ['kernel'], { axis: 0 }),
      node('Conv', ['d', 'kernel'], ['y']),
    ],
    initializer: [
      floats('scale', [0.05], []),
      bytesOf('zero', [128], [], Type.UINT8),
      bytesOf('w', Array.from({ length: 18 }, (_, index) => index * 7 - 60), [2, 1, 3, 3], Type.INT8),
      floats('wScale', [0.02, 0.03]),
      bytesOf('wZero', [0, 0], [2], Type.INT8),
      bytesOf('v', [1, -2, 3, -4, 5, -6], [3, 2, 1, 1], Type.INT8),
      floats('vScale', [0.1, 0.2, 0.3]),
      bytesOf('vZero', [0, 1, 2], [3], Type.INT8),
    ],
    input: [port('x', ['N', 1, 4, 4])],
    output: [port('y', ['N', 3, 4, 4])],
  });

/** A Loop with a state, a value from around it, and a scanned output; a Scan after it. */
function loops(): Uint8Array {
  const body = create(GraphProtoSchema, {
    name: 'body',
    node: [node('Identity', ['go'], ['on']), node('Mul', ['state', 'factor'], ['product']), node('Add', ['product', 'x'], ['next']), node('Tanh', ['next'], ['shown'])],
    input: [port('round', [], Type.INT64), port('go', [], Type.BOOL), port('state', undefined)],
    output: [port('on', [], Type.BOOL), port('next', undefined), port('shown', undefined)],
  });
  const scanned = create(GraphProtoSchema, { name: 'scanned', node: [node('Add', ['sum', 'part'], ['total']), node('Identity', ['total'], ['kept'])], input: [port('sum', undefined), port('part', undefined)], output: [port('total', undefined), port('kept', undefined)] });
  return onnx(13, {
    node: [
      withBodies(node('Loop', ['rounds', '', 'x'], ['final', 'all']), { body }),
      withBodies(node('Scan', ['final', 'all'], ['y', 'kept_all'], { num_scan_inputs: 1 }), { body: scanned }),
    ],
    initializer: [ints('rounds', [4], []), floats('factor', [0.5])],
    input: [port('x', ['N', 3])],
    output: [port('y', ['N', 3])],
  });
}

/** Attention with shapes for one example. */
const fixedBatch = (): Uint8Array =>
  onnx(13, {
    node: [
      ...attentionHeads('x', 'rows'),
      node('Concat', ['token', 'rows'], ['y'], { axis: 1 }),
    ],
    initializer: [...headShapes(1), weight('token', 1, 1, 6)],
    input: [port('x', [1, 4, 6])],
    output: [port('y', [1, 5, 6])],
  });

/** What detectors use: chosen regions, the largest samples in them, a deformable convolution. */
const detection = (): Uint8Array =>
  onnx(19, {
    node: [
      node('Conv', ['x', 'v'], ['offsets']),
      node('DeformConv', ['x', 'w', 'offsets'], ['features']),
      node('NonMaxSuppression', ['boxes', 'scores', 'most', 'overlap'], ['selected']),
      node('Slice', ['selected', 'two', 'three', 'one'], ['numbers']),
      node('Unique', ['numbers'], ['places']),
      node('Squeeze', ['boxes', 'zero'], ['corners']),
      node('Gather', ['corners', 'places'], ['chosen']),
      node('Shape', ['places'], ['count']),
      node('ConstantOfShape', ['count'], ['examples'], { value: { dtype: 'int64', shape: [1], data: BigInt64Array.of(0n) } }),
      node('RoiAlign', ['features', 'chosen', 'examples'], ['mean'], { output_height: 2, output_width: 2, sampling_ratio: 1 }),
      node('RoiAlign', ['features', 'chosen', 'examples'], ['largest'], { output_height: 2, output_width: 2, sampling_ratio: 2, mode: 'max' }),
      node('Add', ['mean', 'largest'], ['sum']),
      node('Compress', ['sum', 'kept'], ['y'], { axis: 1 }),
    ],
    initializer: [
      weight('v', 8, 2, 2, 2),
      weight('w', 2, 2, 2, 2),
      floats('boxes', [0, 0, 2, 2, 0, 0, 2, 2.1, 1, 1, 3, 3], [1, 3, 4]),
      floats('scores', [0.9, 0.8, 0.7], [1, 1, 3]),
      ints('most', [2]),
      floats('overlap', [0.5]),
      ...Object.entries({ zero: 0, one: 1, two: 2, three: 3 }).map(([name, value]) => ints(name, [value])),
      bytesOf('kept', [0, 1], [2], Type.BOOL),
    ],
    input: [port('x', ['N', 2, 4, 4])],
    output: [port('y', undefined)],
  });

/** Weights in the file `weights.bin`, which must have 72 bytes. */
export const external = (): Uint8Array =>
  onnx(13, {
    node: [node('MatMul', ['x', 'w'], ['m']), node('Add', ['m', 'b'], ['y'])],
    initializer: [
      create(TensorProtoSchema, { name: 'w', dataType: Type.FLOAT, dims: [4n, 3n], dataLocation: 1, externalData: [['location', 'weights.bin'], ['offset', '0'], ['length', '48']].map(([key, value]) => ({ key, value })) }),
      create(TensorProtoSchema, { name: 'b', dataType: Type.FLOAT, dims: [3n], dataLocation: 1, externalData: [['location', 'weights.bin'], ['offset', '48'], ['length', '12']].map(([key, value]) => ({ key, value })) }),
    ],
    input: [port('x', ['N', 4])],
    output: [port('y', ['N', 3])],
  });

/** A spectrogram, transformed again, and what newer operator sets have. */
const audio = (): Uint8Array =>
  onnx(20, {
    node: [
      node('HannWindow', ['length'], ['window']),
      node('STFT', ['x', 'step', 'window'], ['f']),
      node('DFT', ['f', '', 'axis'], ['g'], { inverse: 1 }),
      node('ReduceSumSquare', ['g', 'last'], ['power'], { keepdims: 0 }),
      node('MelWeightMatrix', ['filters', 'length', 'rate', 'low', 'high'], ['mel']),
      node('MatMul', ['power', 'mel'], ['bands']),
      node('LinearAttention', ['bands', 'bands', 'bands'], ['mixed'], { q_num_heads: 1, kv_num_heads: 1, update_rule: 'linear' }),
      node('CumProd', ['mixed', 'axis'], ['product']),
      node('TensorScatter', ['product', 'mixed'], ['cache'], { axis: 1 }),
      node('Det', ['cache'], ['y']),
    ],
    initializer: [...Object.entries({ length: 8, step: 4, axis: 1, filters: 3, rate: 8000 }).map(([name, value]) => ints(name, [value], [])), ints('last', [-1]), floats('low', [100], []), floats('high', [3800], [])],
    input: [port('x', ['N', 16, 1])],
    output: [port('y', ['N'])],
  });

/** Scaled columns, a decision tree and a support vector machine. */
function tabular(): Uint8Array {
  const own = { domain: 'ai.onnx.ml' };
  const forest = {
    nodes_treeids: [0, 0, 0, 0, 0],
    nodes_nodeids: [0, 1, 2, 3, 4],
    nodes_featureids: [0, 0, 1, 0, 0],
    nodes_modes: ['BRANCH_LEQ', 'LEAF', 'BRANCH_GT', 'LEAF', 'LEAF'],
    nodes_values: [0.5, 0, 0.25, 0, 0],
    nodes_truenodeids: [1, 0, 3, 0, 0],
    nodes_falsenodeids: [2, 0, 4, 0, 0],
    class_treeids: [0, 0, 0],
    class_nodeids: [1, 3, 4],
    class_ids: [0, 1, 2],
    class_weights: [0.5, 0.25, 0.75],
    classlabels_int64s: [1, 2, 3],
  };
  const machine = { support_vectors: [0, 1, 0.5, 1, -1, 0], kernel_params: [0.5, 0.25, 2], kernel_type: 'RBF', rho: [0.3], n_supports: 2, coefficients: [0.5, -1] };
  return onnx(13, {
    node: [
      node('Scaler', ['x'], ['scaled'], { offset: [0.5, 0, 1], scale: [1, 2, 0.5] }, own),
      node('TreeEnsembleClassifier', ['scaled'], ['label', 'scores'], forest, own),
      node('SVMRegressor', ['scaled'], ['value'], machine, own),
      node('LabelEncoder', ['label'], ['code'], { keys_int64s: [1, 2, 3], values_floats: [0.5, 1.5, 2.5] }, own),
      node('Add', ['scores', 'value'], ['sum']),
      node('ArrayFeatureExtractor', ['sum', 'columns'], ['y'], {}, own),
    ],
    initializer: [ints('columns', [2, 0])],
    input: [port('x', ['N', 3])],
    output: [port('y', ['N', 2]), port('code', ['N'])],
  });
}

/** Sequences that grow in a Loop and are mapped, positions made of bits, a sparse weight, regions, and rounding in blocks. */
function sequences(): Uint8Array {
  const body = create(GraphProtoSchema, {
    name: 'body',
    node: [node('Identity', ['go'], ['on']), node('SequenceInsert', ['list', 'x', 'round'], ['longer'])],
    input: [port('round', [], Type.INT64), port('go', [], Type.BOOL), port('list', undefined)],
    output: [port('on', [], Type.BOOL), port('longer', undefined)],
  });
  const mapped = create(GraphProtoSchema, { name: 'mapped', node: [node('Add', ['element', 'w'], ['sum'])], input: [port('element', undefined)], output: [port('sum', undefined)] });
  return onnx(21, {
    node: [
      node('SplitToSequence', ['x', 'two'], ['parts'], { axis: 1 }),
      node('SequenceAt', ['parts', 'first'], ['part']),
      node('SequenceConstruct', ['x'], ['one']),
      withBodies(node('Loop', ['rounds', '', 'one'], ['many']), { body }),
      node('BitShift', ['rounds', 'first'], ['last'], { direction: 'RIGHT' }),
      node('SequenceErase', ['many', 'last'], ['fewer']),
      withBodies(node('SequenceMap', ['fewer'], ['sums']), { body: mapped }),
      node('ConcatFromSequence', ['sums'], ['joined'], { axis: 1, new_axis: 1 }),
      node('MaxRoiPool', ['joined', 'regions'], ['pooled'], { pooled_shape: [2, 2] }),
      node('QuantizeLinear', ['pooled', 'scales', 'zeros'], ['q'], { axis: 3, block_size: 2 }),
      node('DequantizeLinear', ['q', 'scales', 'zeros'], ['d'], { axis: 3, block_size: 2 }),
      node('ReduceMax', ['part'], ['top'], { keepdims: 0 }),
      node('Optional', ['top'], ['some']),
      node('OptionalGetElement', ['some'], ['element']),
      node('Add', ['d', 'element'], ['y']),
    ],
    initializer: [...Object.entries({ two: 2, first: 1, rounds: 3 }).map(([name, value]) => ints(name, [value], [])), floats('regions', [0, 0, 0, 2, 3, 0, 1, 1, 3, 3], [2, 5]), floats('scales', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2], [2, 3, 2, 1]), bytesOf('zeros', new Array<number>(12).fill(7), [2, 3, 2, 1], Type.INT16)],
    sparseInitializer: [create(SparseTensorProtoSchema, { values: floats('w', [0.5, -2]), indices: ints('', [1, 3]), dims: [1n, 4n, 1n] })],
    input: [port('x', ['N', 4, 5])],
    output: [port('y', undefined)],
  });
}

/** Models whose reading writes nodes out, unrolls or rewrites them. */
export const hostileSeeds: Readonly<Record<string, () => Uint8Array>> = { recurrent, quantized, loops, sequences, detection, audio, tabular, 'fixed batch': fixedBatch };
