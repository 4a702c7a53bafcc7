import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tfjsModel } from '../../../src/engine/models/tfjs/tfjsModel';
import { float32 } from '../../../src/engine/tensor';
import { GraphDefBuilder } from './graphDef';
import { assertClose, checkTrace, loaded, onnxRuntime, runOnce } from './support';

for (const batch of [1, 4]) {
  test(`a GraphModel classifier, batch ${batch}`, async () => {
    const tf = await loaded;
    const graph = await checkTrace('classifier', await GraphDefBuilder.classifier().load(tf), { inputs: [{ shape: [batch, 8, 8, 3] }] });
    assert.deepEqual(graph.inputs.map(({ name }) => name), ['image']);
    assert.deepEqual(graph.outputs, ['Identity']);
    for (const name of ['net/conv/Relu', 'net/pool/MaxPool', 'net/dense/BiasAdd']) assert.ok(graph.values.has(name), name);
    assert.deepEqual(graph.values.get('net/conv/Relu')?.shape, [batch, 4, 4, 4]);
    assert.ok(graph.constants.has('net/conv/kernel') && graph.constants.has('net/dense/kernel'));
  });
}

test('a loop with a fixed count is unrolled', async () => {
  const tf = await loaded;
  const model = tfjsModel(tf, await GraphDefBuilder.loop().load(tf));
  const before = tf.memory().numTensors;
  const graph = await model.graph([{ shape: [1, 3], dtype: 'float32' }]);
  assert.equal(tf.memory().numTensors, before);
  assert.equal(graph.nodes.filter(({ op }) => op === 'Add').length, 3);
  const results = await runOnce(await onnxRuntime(), graph, { x: float32([1, -2, 3], [1, 3]) });
  assertClose(results[graph.outputs[0]], float32([8, -16, 24], [1, 3]), 0, 'the output');
});
