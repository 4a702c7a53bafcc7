import type { NodeProto } from '../../../src/engine/graph/onnx_pb';
import type { Attribute } from '../../../src/engine/graph/graph';
import { tensor } from '../../../src/engine/tensor';
import { floats, node } from './onnxBuilder';
import { randomNumbers, verifyModels, type ModelCase } from './writtenOut';

/** A node of ONNX Runtime's own domain. */
const fused = (op: string, inputs: string[], attributes: Record<string, Attribute> = {}): NodeProto[] => [node(op, inputs, ['y'], attributes, { domain: 'com.microsoft' })];
const weight = (name: string, ...shape: number[]) => floats(name, randomNumbers(name + shape.join(), shape), shape);
const int32 = (values: number[], shape: number[]) => tensor('int32', Int32Array.from(values), shape);

const cases: Omit<ModelCase, 'opset'>[] = [
  { label: 'FusedMatMul', nodes: fused('FusedMatMul', ['x', 'b'], { transA: 1, transB: 1, alpha: 0.5 }), inputs: { x: [2, 3, 2], b: [2, 4, 3] } },
  { label: 'FusedMatMul, transBatch', nodes: fused('FusedMatMul', ['x', 'b'], { transBatchA: 1, transBatchB: 1, transB: 1 }), inputs: { x: [3, 2, 4], b: [5, 2, 4] } },
  { label: 'FusedGemm', nodes: fused('FusedGemm', ['x', 'b', 'c'], { transB: 1, activation: 'LeakyRelu', activation_alpha: 0.2 }), inputs: { x: [2, 3], b: [2, 3], c: [2] } },
  { label: 'FusedConv', nodes: fused('FusedConv', ['x', 'w', 'b', 'z'], { activation: 'Relu', kernel_shape: [2, 2] }), inputs: { x: [1, 2, 3, 3], z: [1, 2, 2, 2] }, weights: [weight('w', 2, 2, 2, 2), weight('b', 2)] },
  { label: 'Gelu', nodes: fused('Gelu', ['x']), inputs: { x: [2, 3] } },
  { label: 'BiasGelu', nodes: fused('BiasGelu', ['x', 'b']), inputs: { x: [2, 3], b: [3] } },
  { label: 'FastGelu', nodes: fused('FastGelu', ['x', 'b']), inputs: { x: [2, 3], b: [3] } },
  { label: 'QuickGelu', nodes: fused('QuickGelu', ['x'], { alpha: 1.5 }), inputs: { x: [2, 3] } },
  { label: 'SkipLayerNormalization', nodes: fused('SkipLayerNormalization', ['x', 'z', 'g', 'b', 'c'], { epsilon: 1e-3 }), inputs: { x: [1, 2, 4], z: [1, 2, 4] }, weights: [weight('g', 4), weight('b', 4), weight('c', 4)] },
  { label: 'SkipSimplifiedLayerNormalization', nodes: fused('SkipSimplifiedLayerNormalization', ['x', 'z', 'g'], { epsilon: 1e-3 }), inputs: { x: [1, 2, 4], z: [1, 2, 4] }, weights: [weight('g', 4)] },
  {
    label: 'EmbedLayerNormalization',
    nodes: [node('EmbedLayerNormalization', ['ids', 'segments', 'words', 'positions', 'kinds', 'g', 'b'], ['y', ''], { epsilon: 1e-3 }, { domain: 'com.microsoft' })],
    inputs: { ids: int32([1, 0, 2], [1, 3]), segments: int32([0, 1, 1], [1, 3]), words: [3, 4], positions: [5, 4], kinds: [2, 4], g: [4], b: [4] },
    isNative: false,
  },
  { label: 'Attention with lengths', nodes: fused('Attention', ['x', 'w', 'b', 'm'], { num_heads: 2 }), inputs: { x: [2, 3, 4], m: int32([3, 2], [2]) }, weights: [weight('w', 4, 12), weight('b', 12)] },
  { label: 'Attention, unidirectional', nodes: fused('Attention', ['x', 'w', 'b'], { num_heads: 2, unidirectional: 1 }), inputs: { x: [1, 3, 4] }, weights: [weight('w', 4, 12), weight('b', 12)] },
  { label: 'MultiHeadAttention with a mask', nodes: fused('MultiHeadAttention', ['x', 'k', 'v', 'b', 'm'], { num_heads: 2 }), inputs: { x: [2, 2, 4], k: [2, 3, 4], v: [2, 3, 4], m: int32([1, 1, 1, 1, 1, 0], [2, 3]) }, weights: [weight('b', 12)] },
];

verifyModels(cases.map((modelCase) => ({ ...modelCase, opset: 17 })));
