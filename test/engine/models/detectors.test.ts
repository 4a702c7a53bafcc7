import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { AttributeProtoSchema, AttributeProto_AttributeType, GraphProtoSchema, TensorProto_DataType as Type, type NodeProto } from '../../../src/engine/graph/onnx_pb';
import { Saliency } from '../../../src/engine/attribution/saliency';
import { inspectModel } from '../../../src/engine/inspection/inspectModel';
import { loadModel } from '../../../src/engine/models/loadModel';
import { float32, toNumbers, type Tensor } from '../../../src/engine/tensor';
import { assertClose } from '../operators/support';
import { floats, ints, node, onnx, port } from './onnxBuilder';
import { randomNumbers } from './writtenOut';

const folder = mkdtempSync(path.join(tmpdir(), 'detectors-'));
after(() => rmSync(folder, { recursive: true }));

/** Convolutions to four box numbers, an objectness and two classes at each of 3 x 3 places, as YOLO's heads have them; then NonMaxSuppression. */
const HEAD: NodeProto[] = [
  node('Conv', ['x', 'w'], ['features'], { strides: [2, 2] }, { name: 'backbone' }),
  node('LeakyRelu', ['features'], ['hidden'], {}, { name: 'activation' }),
  node('Conv', ['hidden', 'v'], ['grid'], {}, { name: 'head' }),
  node('Reshape', ['grid', 'shape'], ['flat'], {}, { name: 'flatten' }),
  node('Split', ['flat', 'sizes'], ['boxes first', 'objectness', 'classes'], { axis: 1 }, { name: 'parts' }),
  node('Transpose', ['boxes first'], ['boxes'], { perm: [0, 2, 1] }, { name: 'boxes' }),
  node('Sigmoid', ['objectness'], ['confidence'], {}, { name: 'confidence' }),
  node('Sigmoid', ['classes'], ['likelihood'], {}, { name: 'likelihood' }),
  node('Mul', ['confidence', 'likelihood'], ['scores'], {}, { name: 'scores' }),
];
const SUPPRESSION = node('NonMaxSuppression', ['boxes', 'scores', 'most', 'overlap', 'least'], ['selected'], {}, { name: 'nms' });
const WEIGHTS = [
  floats('w', randomNumbers('w', [4, 3, 2, 2]), [4, 3, 2, 2]),
  floats('v', randomNumbers('v', [7, 4, 1, 1]), [7, 4, 1, 1]),
  ints('shape', [0, 7, 9]),
  ints('sizes', [4, 1, 2]),
  ints('most', [3]),
  floats('overlap', [0.5]),
  floats('least', [0.1]),
  ints('third', [2], []),
  ints('one', [1]),
  floats('threshold', [0.2]),
];

function detector(name: string, nodes: readonly NodeProto[], outputs: readonly (readonly [name: string, type: number])[]): string {
  const file = path.join(folder, `${name}.onnx`);
  writeFileSync(file, onnx(13, { node: [...nodes], initializer: WEIGHTS, input: [port('x', ['N', 3, 6, 6])], output: outputs.map(([output, type]) => port(output, undefined, type)) }));
  return file;
}

const image = (examples: number): Tensor<'float32'> => float32(randomNumbers(`image ${examples}`, [examples, 3, 6, 6]), [examples, 3, 6, 6]);

async function gradient(file: string, options: Parameters<typeof loadModel>[1], input: Tensor, target: number[]): Promise<Tensor> {
  const { attributions } = await new Saliency(await loadModel(file, options)).explainTensors([input], { target, abs: false });
  return attributions[0];
}

/** Names the tensor before NonMaxSuppression, as its users see it. */
const refusal = (subject: string, layer: string) => ({ code: 'unsupported-operator', message: `${subject} must not depend on the values of the model's inputs`, nextStep: `Attribute '${layer}', the tensor before NonMaxSuppression 'nms', with the option output of loadModel.` });

const plain = detector('plain', HEAD, [['scores', Type.FLOAT]]);
const suppressed = detector('suppressed', [...HEAD, SUPPRESSION], [['selected', Type.INT64]]);
const whole = detector('whole', [...HEAD, SUPPRESSION], [['scores', Type.FLOAT], ['boxes', Type.FLOAT], ['selected', Type.INT64]]);

test('a detector with its scores as first output is attributed as if it had no NonMaxSuppression', async () => {
  const model = await loadModel(whole);
  assert.deepEqual(model.outputs.map(({ name }) => name), ['scores', 'boxes', 'selected']);
  const graph = await model.graph([image(2)]);
  assert.deepEqual([graph.outputs, graph.nodes.some(({ op }) => op === 'NonMaxSuppression')], [['scores', 'boxes'], false]);
  assertClose(await gradient(whole, {}, image(2), [1, 4]), await gradient(plain, {}, image(2), [1, 4]), 1e-6, 'gradient');
});

test('a detector that ends in NonMaxSuppression is refused with the tensor before it, which can be named', async () => {
  const model = await loadModel(suppressed);
  assert.deepEqual(model.outputs.map(({ name, dtype }) => [name, dtype]), [['selected', 'int64']]);
  await assert.rejects(model.graph([image(1)]), refusal("NonMaxSuppression 'nms': boxes (input 0, 'boxes')", 'scores'));
  const wanted = await gradient(plain, {}, image(2), [1, 4]);
  assert.ok(toNumbers(wanted).some((value) => Math.abs(value) > 1e-3));
  assertClose(await gradient(suppressed, { output: 'scores' }, image(2), [1, 4]), wanted, 1e-6, 'gradient');
});

test('a plugin that suppresses is refused with the scores before it', async () => {
  const file = detector('plugin', [...HEAD, node('EfficientNMS_TRT', ['boxes', 'scores'], ['count', 'best'], {}, { name: 'nms', domain: 'TRT' })], [['best', Type.FLOAT]]);
  await assert.rejects((await loadModel(file)).graph([image(1)]), {
    code: 'unsupported-operator',
    message: "Model 'plugin.onnx': the operator TRT.EfficientNMS_TRT 'nms' is not supported",
    nextStep: "Attribute 'scores', the tensor before TRT.EfficientNMS_TRT 'nms', with the option output of loadModel.",
  });
});

test('an output, a layer, a node and a value can be attributed by name', async () => {
  for (const output of ['boxes', 'likelihood', 'grid', 'head']) {
    const model = await loadModel(suppressed, { output });
    assert.equal(model.outputs.length, 1);
    assert.ok((await gradient(suppressed, { output }, image(1), output === 'boxes' || output === 'likelihood' ? [1, 1] : [1, 1, 1])).data.length > 0);
    assert.ok(!model.layers?.some(({ name }) => name === 'scores'));
  }
  await assert.rejects(loadModel(suppressed, { output: 'score' }), { code: 'not-found', message: "Model 'suppressed.onnx': there is no output or layer 'score'" });
});

test('behind a threshold the tensor before is the one that elements are chosen from', async () => {
  const nodes = [
    ...HEAD,
    node('Gather', ['scores', 'third'], ['of place'], { axis: 2 }),
    node('Greater', ['of place', 'threshold'], ['is high']),
    node('NonZero', ['is high'], ['where'], {}, { name: 'where' }),
    node('Transpose', ['where'], ['tuples'], { perm: [1, 0] }),
    node('GatherND', ['of place', 'tuples'], ['high']),
  ];
  const thresholded = detector('thresholded', nodes, [['high', Type.FLOAT]]);
  await assert.rejects((await loadModel(thresholded)).graph([image(1)]), { ...refusal("NonZero 'where': x (input 0, 'is high')", ''), nextStep: "Attribute 'scores', the tensor before NonZero 'where', with the option output of loadModel." });
  const branch = node('If', ['any'], ['kept'], {}, { name: 'choice' });
  for (const name of ['then_branch', 'else_branch']) {
    const g = create(GraphProtoSchema, { name, node: [node('Unsqueeze', ['scores', 'one'], ['inner']), node('Squeeze', ['inner', 'one'], ['given']), { ...SUPPRESSION, input: ['boxes', 'given', 'most'] }], output: [port('selected', undefined, Type.INT64)] });
    branch.attribute.push(create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.GRAPH, g }));
  }
  const reduced = [node('ReduceMax', ['scores'], ['best'], { keepdims: 0 }), node('Greater', ['best', 'threshold'], ['any'])];
  const chosen = detector('chosen', [...HEAD, ...reduced, branch], [['kept', Type.INT64]]);
  await assert.rejects((await loadModel(chosen)).graph([image(1)]), { code: 'unsupported-operator', message: "If 'choice': its condition must not depend on the values of the model's inputs", nextStep: "Attribute 'scores', the tensor before NonMaxSuppression 'nms', with the option output of loadModel." });
});

test('a model of one picture without an axis for examples is given one', async () => {
  const flat = path.join(folder, 'flat.onnx');
  writeFileSync(flat, onnx(13, { node: [node('Unsqueeze', ['picture', 'zero'], ['x']), ...HEAD, node('Squeeze', ['scores', 'zero'], ['of one']), SUPPRESSION], initializer: [...WEIGHTS, ints('zero', [0])], input: [port('picture', [3, 6, 6])], output: [port('selected', undefined, Type.INT64), port('of one', undefined)] }));
  const [two, wanted] = [image(2), await gradient(plain, {}, image(2), [1, 4])];
  for (const output of ['scores', 'of one']) {
    const model = await loadModel(flat, { output, batchAxis: false });
    assert.deepEqual([model.inputs[0].shape, model.outputs[0].shape], [[1, 3, 6, 6], [1, 2, 9]]);
    assertClose(await gradient(flat, { output, batchAxis: false }, two, [1, 4]), wanted, 1e-6, `gradient of ${output}`);
  }
  await assert.rejects(gradient(flat, { output: 'scores' }, float32(two.data.slice(0, 108), [3, 6, 6]), [1, 4]), { code: 'shape-mismatch', message: "Model 'flat.onnx': the first axis of its inputs, of length 3, must be that of the examples, but its output has one row" });
});

test('Inspect Model says which outputs cannot be attributed, and describes what can be in their place', async () => {
  const found = await inspectModel(await loadModel(suppressed));
  assert.deepEqual([found.instead, found.problem, found.gradient.output, found.gradient.inputs], ['scores', undefined, 'scores', [{ name: 'x', differentiable: true }]]);
  assert.match(found.outputs[0].problem ?? '', /^NonMaxSuppression 'nms': .*\. Attribute 'scores', /);
  const first = await inspectModel(await loadModel(whole));
  assert.deepEqual([first.instead, first.outputs.map(({ problem }) => problem !== undefined)], [undefined, [false, false, true]]);
});

test('options of loadModel are checked', async () => {
  await assert.rejects(loadModel(plain, { output: '' }), { message: 'loadModel: output must be the name of an output or layer, got ""' });
  await assert.rejects(loadModel(plain, { batchAxis: 2 as unknown as boolean }), { message: 'loadModel: batchAxis must be true, false, 0, 1 or a list of 0 and 1, got 2' });
});
