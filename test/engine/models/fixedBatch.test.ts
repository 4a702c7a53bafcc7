import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NodeProto, TensorProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, sizeOf } from '../../../src/engine/tensor';
import { attentionHeads, headShapes } from './attentionHeads';
import { floats, ints, node, onnx, port } from './onnxBuilder';

const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

interface Case {
  label: string;
  /** Shape of one example with its batch axis of 1, as the model declares it. */
  x: number[];
  nodes: NodeProto[];
  weights?: TensorProto[];
}

const wave = (size: number): number[] => Array.from({ length: size }, (_, index) => Math.sin(0.7 * index + 0.2));

/** Models with a batch of 1 baked in, which carry over to other batch sizes. */
const carriedOver: Case[] = [
  { label: 'Reshape to a matrix with a literal 1', x: [1, 2, 3], nodes: [node('Reshape', ['x', 's'], ['y'])], weights: [ints('s', [1, 6])] },
  { label: 'Reshape to 1 and the rest', x: [1, 2, 3], nodes: [node('Reshape', ['x', 's'], ['r']), node('Softmax', ['r'], ['y'], { axis: 1 })], weights: [ints('s', [1, -1])] },
  { label: 'Reshape to the rest and a literal', x: [1, 4, 3], nodes: [node('Reshape', ['x', 's'], ['r']), node('Relu', ['r'], ['q']), node('Reshape', ['q', 't'], ['y'])], weights: [ints('s', [-1, 3]), ints('t', [1, 4, 3])] },
  {
    label: 'attention heads: Reshape, Transpose, MatMul, Softmax and back',
    x: [1, 4, 6],
    nodes: attentionHeads('x', 'y'),
    weights: headShapes(1),
  },
  {
    label: 'attention heads of sequences whose second axis is the batch',
    x: [1, 4, 6],
    nodes: [
      node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }),
      node('Reshape', ['t', 'heads'], ['h']),
      node('Transpose', ['h'], ['q'], { perm: [1, 0, 2] }),
      node('Transpose', ['h'], ['k'], { perm: [1, 2, 0] }),
      node('MatMul', ['q', 'k'], ['scores']),
      node('Softmax', ['scores'], ['weights'], { axis: -1 }),
      node('MatMul', ['weights', 'q'], ['mixed']),
      node('Transpose', ['mixed'], ['back'], { perm: [1, 0, 2] }),
      node('Reshape', ['back', 'flat'], ['f']),
      node('Reshape', ['f', 'sequences'], ['s']),
      node('Transpose', ['s'], ['y'], { perm: [1, 0, 2] }),
    ],
    weights: [ints('heads', [4, 2, 3]), ints('flat', [4, 6]), ints('sequences', [4, 1, 6])],
  },
  {
    label: 'a matrix product of the rows of a sequence whose second axis is the batch',
    x: [1, 4, 6],
    nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }), node('Reshape', ['t', 'rows'], ['r']), node('Gemm', ['r', 'w'], ['g']), node('Reshape', ['g', 'sequence'], ['s']), node('Transpose', ['s'], ['y'], { perm: [1, 0, 2] })],
    weights: [ints('rows', [4, 6]), ints('sequence', [4, 1, 3]), floats('w', wave(18), [6, 3])],
  },
  { label: 'a class token joined to each example', x: [1, 2, 3], nodes: [node('Concat', ['token', 'x'], ['y'], { axis: 1 })], weights: [floats('token', [7, 8, 9], [1, 1, 3])] },
  { label: 'Resize to literal sizes', x: [1, 1, 2, 2], nodes: [node('Resize', ['x', '', '', 'n'], ['y'], { mode: 'nearest' })], weights: [ints('n', [1, 1, 4, 4])] },
  {
    label: 'an LSTM in both directions with initial states for one example',
    x: [1, 3, 2],
    nodes: [
      node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }),
      node('LSTM', ['t', 'W', 'R', '', '', 'h0', 'c0'], ['seq'], { hidden_size: 2, direction: 'bidirectional' }),
      node('Transpose', ['seq'], ['u'], { perm: [0, 2, 1, 3] }),
      node('Reshape', ['u', 'flat'], ['f']),
      node('Gather', ['f', 'last'], ['y'], { axis: 0 }),
    ],
    weights: [floats('W', wave(32), [2, 8, 2]), floats('R', wave(32).reverse(), [2, 8, 2]), floats('h0', [0.1, 0.2, 0.3, 0.4], [2, 1, 2]), floats('c0', [0.4, 0.1, -0.2, 0.3], [2, 1, 2]), ints('flat', [0, 0, -1]), ints('last', [2], [])],
  },
  { label: 'channel shuffle', x: [1, 4, 2, 2], nodes: [node('Reshape', ['x', 's'], ['r']), node('Transpose', ['r'], ['t'], { perm: [0, 2, 1, 3, 4] }), node('Reshape', ['t', 'u'], ['y'])], weights: [ints('s', [1, 2, 2, 2, 2]), ints('u', [1, 4, 2, 2])] },
];

for (const { label, x, nodes, weights = [] } of carriedOver) {
  test(`${label} works for 3 examples as for each alone`, async () => {
    const model = await loadOnnxModel(onnx(13, { node: nodes, initializer: weights, input: [port('x', x)], output: [port('y', undefined)] }));
    const shape = [3, ...x.slice(1)];
    const values = wave(sizeOf(shape));
    const runtime = await loaded;
    const run = async (dims: number[], data: number[]) => {
      const executable = await runtime.compile(await model.graph([{ dtype: 'float32', shape: dims }]));
      return (await executable.run({ x: float32(data, dims) })).y;
    };
    const all = await run(shape, values);
    const size = sizeOf(x);
    const each = await Promise.all([0, 1, 2].map((index) => run(x, values.slice(index * size, (index + 1) * size))));
    assert.deepEqual(all.shape, [3, ...each[0].shape.slice(1)]);
    assert.deepEqual(
      Array.from(all.data as Float32Array),
      each.flatMap(({ data }) => Array.from(data as Float32Array)),
    );
  });
}

/** Models with a batch of 1 baked in, where other batch sizes would change the meaning. */
const refused: Case[] = [
  { label: 'Reshape without the batch axis, then an operation on all of it', x: [1, 4], nodes: [node('Reshape', ['x', 's'], ['r']), node('Softmax', ['r'], ['y'], { axis: 0 })], weights: [ints('s', [4])] },
  { label: 'Gather of the only example', x: [1, 4], nodes: [node('Gather', ['x', 'i'], ['y'], { axis: 0 })], weights: [ints('i', [0], [])] },
  { label: 'a mean over the batch', x: [1, 4], nodes: [node('ReduceMean', ['x'], ['y'], { axes: [0], keepdims: 1 })] },
  { label: 'Softmax over the batch', x: [1, 4], nodes: [node('Softmax', ['x'], ['y'], { axis: 0 })] },
  { label: 'a product of the examples with each other', x: [1, 4], nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0] }), node('MatMul', ['x', 't'], ['y'])] },
  { label: 'Concat along the batch', x: [1, 4], nodes: [node('Concat', ['x', 'x'], ['y'], { axis: 0 })] },
  { label: 'Reshape after the batch axis moved', x: [1, 4], nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0] }), node('Reshape', ['t', 's'], ['y'])], weights: [ints('s', [1, 4])] },
  { label: 'Slice from the end of the batch', x: [1, 4], nodes: [node('Slice', ['x', 'a', 'b', 'c', 'd'], ['y'])], weights: [ints('a', [-1]), ints('b', [-9]), ints('c', [0]), ints('d', [-1])] },
  { label: 'LayerNormalization over all axes', x: [1, 4], nodes: [node('LayerNormalization', ['x', 's'], ['y'], { axis: 0 })], weights: [floats('s', [1, 2, 3, 4], [1, 4])] },
  { label: 'a convolution along all examples', x: [1, 8], nodes: [node('Reshape', ['x', 's'], ['r']), node('Unsqueeze', ['r', 'front'], ['u']), node('Conv', ['u', 'w'], ['y'], { pads: [1, 1] })], weights: [ints('s', [-1]), ints('front', [0, 1]), floats('w', [1, 2, 3], [1, 1, 3])] },
  { label: 'a Pad that shifts the examples', x: [1, 4], nodes: [node('Reshape', ['x', 's'], ['r']), node('Pad', ['r', 'p'], ['y'])], weights: [ints('s', [-1]), ints('p', [1, -1])] },
  { label: 'a result with the examples interleaved', x: [1, 4, 6], nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }), node('Reshape', ['t', 's'], ['y'])], weights: [ints('s', [4, 6])] },
  { label: 'CumSum of interleaved examples', x: [1, 4, 6], nodes: [node('Transpose', ['x'], ['t'], { perm: [1, 0, 2] }), node('Reshape', ['t', 's'], ['r']), node('CumSum', ['r', 'a'], ['y'])], weights: [ints('s', [4, 6]), ints('a', [0], [])] },
  { label: 'CumSum along the batch', x: [1, 4], nodes: [node('CumSum', ['x', 'a'], ['y'])], weights: [ints('a', [0], [])] },
];

for (const { label, x, nodes, weights = [] } of refused) {
  test(`${label} is refused for 3 examples, and works for 1`, async () => {
    const model = await loadOnnxModel(onnx(17, { node: nodes, initializer: weights, input: [port('x', x)], output: [port('y', undefined)] }));
    await model.graph([{ dtype: 'float32', shape: x }]);
    await assert.rejects(model.graph([{ dtype: 'float32', shape: [3, ...x.slice(1)] }]), { code: 'shape-mismatch' });
  });
}

test('a free batch axis with a literal 1 baked into a Reshape is carried over too', async () => {
  const model = await loadOnnxModel(onnx(13, { node: [node('Reshape', ['x', 's'], ['y'])], initializer: [ints('s', [1, 6])], input: [port('x', ['N', 2, 3])], output: [port('y', ['N', 6])] }));
  const graph = await model.graph([{ dtype: 'float32', shape: [5, 2, 3] }]);
  assert.deepEqual(graph.values.get('y')?.shape, [5, 6]);
});

test('another fixed batch size than 1 takes no other', async () => {
  const model = await loadOnnxModel(onnx(13, { node: [node('Relu', ['x'], ['y'])], input: [port('x', [8, 3])], output: [port('y', [8, 3])] }));
  await assert.rejects(model.graph([{ dtype: 'float32', shape: [2, 3] }]), { code: 'shape-mismatch', message: "Model 'model': input 'x' must have shape [8, 3], got [2, 3]" });
});
