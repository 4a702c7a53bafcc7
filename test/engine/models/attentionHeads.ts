import type { NodeProto, TensorProto } from '../../../src/engine/graph/onnx_pb';
import { ints, node } from './onnxBuilder';

/** Two heads of attention over [batch, 4, 6], as torch.onnx writes them: from the tensor `input` to `output`. */
export const attentionHeads = (input: string, output: string): NodeProto[] => [
  node('Reshape', [input, 'heads'], ['h']),
  node('Transpose', ['h'], ['q'], { perm: [0, 2, 1, 3] }),
  node('Transpose', ['h'], ['k'], { perm: [0, 2, 3, 1] }),
  node('MatMul', ['q', 'k'], ['scores']),
  node('Softmax', ['scores'], ['weights'], { axis: -1 }),
  node('MatMul', ['weights', 'q'], ['mixed']),
  node('Transpose', ['mixed'], ['back'], { perm: [0, 2, 1, 3] }),
  node('Reshape', ['back', 'flat'], [output]),
];

/** The shapes that {@link attentionHeads} reshape to; a batch of -1 is free. */
export const headShapes = (batch: number): TensorProto[] => [ints('heads', [batch, 4, 2, 3]), ints('flat', [batch, 4, 6])];
