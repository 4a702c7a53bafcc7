import { create } from '@bufbuild/protobuf';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, TensorProto_DataType as Type, TypeProtoSchema, ValueInfoProtoSchema, type NodeProto, type ValueInfoProto } from '../../../src/engine/graph/onnx_pb';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { LensError } from '../../../src/protocol/errors';
import { floats, ints, node, onnx, port } from './onnxBuilder';
import { verifyModels } from './writtenOut';

const list = (name: string): ValueInfoProto => {
  const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType: Type.FLOAT } } });
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'sequenceType', value: { elemType } } } });
};
const withGraph = (given: NodeProto, name: string, nodes: NodeProto[], input: ValueInfoProto[], output: ValueInfoProto[]): NodeProto => {
  given.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g: create(GraphProtoSchema, { name, node: nodes, input, output }) }));
  return given;
};
const single = (name: string, value: number) => ints(name, [value], []);

verifyModels([
  {
    label: 'SequenceConstruct, Insert, Erase, At and Length',
    opset: 13,
    nodes: [
      node('SequenceConstruct', ['a', 'b'], ['ab']),
      node('SequenceInsert', ['ab', 'c', 'first'], ['cab']),
      node('SequenceInsert', ['cab', 'a'], ['caba']),
      node('SequenceErase', ['caba', 'second'], ['cba']),
      node('SequenceErase', ['cba'], ['cb']),
      node('SequenceAt', ['cb', 'last'], ['b2']),
      node('SequenceAt', ['cb', 'first'], ['c2']),
      node('SequenceLength', ['cba'], ['n']),
      node('Cast', ['n'], ['three'], { to: Type.FLOAT }),
      node('Mul', ['b2', 'three'], ['m']),
      node('Sub', ['m', 'c2'], ['y']),
    ],
    inputs: { a: [2], b: [2], c: [2] },
    weights: [single('first', 0), single('second', 1), single('last', -1)],
  },
  {
    label: 'SplitToSequence into parts of 2, the last smaller, and ConcatFromSequence',
    opset: 11,
    nodes: [node('SplitToSequence', ['x', 'two'], ['parts'], { axis: -1 }), node('SequenceErase', ['parts', 'middle'], ['ends']), node('ConcatFromSequence', ['ends'], ['y'], { axis: 1 })],
    inputs: { x: [2, 5] },
    weights: [single('two', 2), single('middle', 1)],
  },
  {
    label: 'SplitToSequence into given sizes',
    opset: 11,
    nodes: [node('SplitToSequence', ['x', 'sizes'], ['parts']), node('SequenceAt', ['parts', 'which'], ['y'])],
    inputs: { x: [4, 2] },
    weights: [ints('sizes', [1, 3]), single('which', 1)],
  },
  {
    label: 'SplitToSequence without the axis, stacked again along another',
    opset: 11,
    nodes: [node('SplitToSequence', ['x'], ['rows'], { keepdims: 0 }), node('ConcatFromSequence', ['rows'], ['y'], { axis: -1, new_axis: 1 })],
    inputs: { x: [3, 2] },
  },
  {
    label: 'SplitToSequence as PyTorch writes unbind: of size 1, without the axis',
    opset: 16,
    nodes: [node('SplitToSequence', ['x', 'one'], ['rows'], { axis: 1, keepdims: 0 }), node('ConcatFromSequence', ['rows'], ['y'], { axis: 0 })],
    inputs: { x: [2, 3, 2] },
    weights: [single('one', 1)],
  },
  {
    label: 'a Loop that fills a sequence',
    opset: 13,
    nodes: [
      node('SequenceEmpty', [], ['none']),
      withGraph(node('Loop', ['rounds', '', 'x', 'none'], ['last', 'all']), 'body', [node('Identity', ['on'], ['on_out']), node('Tanh', ['before'], ['after']), node('SequenceInsert', ['list', 'after'], ['longer'])], [port('round', [], Type.INT64), port('on', [], Type.BOOL), port('before', undefined), list('list')], [port('on_out', [], Type.BOOL), port('after', undefined), list('longer')]),
      node('ConcatFromSequence', ['all'], ['y'], { axis: 0 }),
    ],
    inputs: { x: [2, 2] },
    weights: [single('rounds', 3)],
  },
  {
    label: 'an If that chooses a sequence by a length',
    opset: 13,
    nodes: [
      node('SequenceConstruct', ['x', 'w'], ['both']),
      node('SequenceLength', ['both'], ['n']),
      node('Equal', ['n', 'two'], ['isTwo']),
      withGraph(withGraph(node('If', ['isTwo'], ['chosen']), 'then_branch', [node('SequenceErase', ['both', 'second'], ['r'])], [], [list('r')]), 'else_branch', [node('SequenceConstruct', ['w', 'w'], ['r'])], [], [list('r')]),
      node('ConcatFromSequence', ['chosen'], ['y'], { axis: 0 }),
    ],
    inputs: { x: [2] },
    weights: [floats('w', [1, 2]), single('two', 2), single('second', 1)],
  },
  {
    label: 'SequenceMap over two sequences and a tensor',
    opset: 17,
    nodes: [
      node('SplitToSequence', ['x'], ['rows']),
      node('SequenceConstruct', ['w', 'x', 'w'], ['others']),
      withGraph(node('SequenceMap', ['rows', 'others', 'w'], ['sums', 'raised']), 'body', [node('Add', ['p', 'q'], ['s']), node('Mul', ['p', 'r'], ['m'])], ['p', 'q', 'r'].map((name) => port(name, undefined)), ['s', 'm'].map((name) => port(name, undefined))),
      node('ConcatFromSequence', ['sums'], ['y'], { axis: 0 }),
      node('ConcatFromSequence', ['raised'], ['z'], { axis: 0 }),
    ],
    inputs: { x: [3, 2] },
    weights: [floats('w', [0.5, -2], [1, 2])],
    outputs: ['y', 'z'],
  },
  {
    label: 'an If on whether an optional value has an element',
    opset: 18,
    nodes: [
      node('Optional', ['x'], ['some']),
      node('OptionalHasElement', ['some'], ['has']),
      node('OptionalHasElement', [''], ['hasNot']),
      node('Not', ['hasNot'], ['isNot']),
      node('And', ['has', 'isNot'], ['both']),
      withGraph(withGraph(node('If', ['both'], ['y']), 'then_branch', [node('OptionalGetElement', ['some'], ['e']), node('Exp', ['e'], ['r'])], [], [port('r', undefined)]), 'else_branch', [node('Neg', ['x'], ['r'])], [], [port('r', undefined)]),
    ],
    inputs: { x: [2, 2] },
  },
]);

const refusals: readonly (readonly [string, NodeProto[], RegExp])[] = [
  ['a position beyond the end', [node('SequenceConstruct', ['x', 'x'], ['s']), node('SequenceAt', ['s', 'two'], ['y'])], /^SequenceAt 'y': the position must lie in \[-2, 1\] for a sequence of 2, got 2$/],
  ['a position that depends on the input', [node('SequenceConstruct', ['x', 'x'], ['s']), node('ArgMax', ['x'], ['i'], { keepdims: 0 }), node('SequenceAt', ['s', 'i'], ['y'])], /^SequenceAt 'y': the position \(input 1\) must not depend on the values of the model's inputs$/],
  ['sizes that do not sum to the length', [node('SplitToSequence', ['x', 'sizes'], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })], /^SplitToSequence 's': the sizes of the parts must sum to 4, got 1, 2$/],
  ['parts of no size', [node('SplitToSequence', ['x', 'none'], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })], /^SplitToSequence 's': the size of the parts must be positive, got 0$/],
  ['an empty sequence', [node('SequenceEmpty', [], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })], /^ConcatFromSequence 'y': the sequence must have at least one element, got none$/],
  ['a sequence in place of a tensor', [node('SequenceConstruct', ['x'], ['s']), node('Relu', ['s'], ['y'])], /^Relu 'y': input 0 must be a tensor, got a sequence$/],
  ['a tensor in place of a sequence', [node('SequenceAt', ['x', 'two'], ['y'])], /^SequenceAt 'y': input 0 must be a sequence, got a tensor$/],
  ['an optional value without element', [node('Optional', [], ['o']), node('OptionalGetElement', ['o'], ['y'])], /^OptionalGetElement 'y': input 0 must have an element, got an optional value without element$/],
  ['more than 4096 tensors', [node('Expand', ['x', 'many'], ['m']), node('SplitToSequence', ['m'], ['s']), node('ConcatFromSequence', ['s'], ['y'], { axis: 0 })], /^SplitToSequence 's': sequences of at most 4096 tensors, 16777216 in all, are supported, the model needs more$/],
];

for (const [label, nodes, message] of refusals) {
  test(`refuses ${label}`, async () => {
    const bytes = onnx(17, { node: nodes, initializer: [single('two', 2), single('none', 0), ints('sizes', [1, 2]), ints('many', [5000, 4])], input: [port('x', [4])], output: [port('y', undefined)] });
    await assert.rejects(
      async () => (await loadOnnxModel(bytes)).graph([{ dtype: 'float32', shape: [4] }]),
      (error) => error instanceof LensError && message.test(error.message.replace(/^model: /, '')),
    );
  });
}

test('outputs that are sequences are left out, and said', async () => {
  const nodes = [node('SequenceConstruct', ['x', 'x'], ['s']), node('Relu', ['x'], ['y'])];
  const model = await loadOnnxModel(onnx(17, { node: nodes, input: [port('x', [2])], output: [list('s'), port('y', [2])] }));
  assert.deepEqual(model.outputs.map(({ name }) => name), ['y']);
  assert.deepEqual(model.notes, ["The output 's' is no tensor and is left out."]);
  assert.deepEqual(model.layers.map(({ name }) => name), ['y']);
});
