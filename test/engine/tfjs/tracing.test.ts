import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import { differentiate, gradientName, seedName } from '../../../src/engine/graph/differentiate';
import type { TensorFunction, Tf } from '../../../src/engine/models/tfjs/tfjs';
import { tfjsModel } from '../../../src/engine/models/tfjs/tfjsModel';
import { float32, int64, tensor, toNumbers } from '../../../src/engine/tensor';
import { assertClose, loaded, onnxRuntime, predict, runOnce } from './support';

const rows = (count: number, width = 3) => [{ shape: [count, width], dtype: 'float32' as const }];

const dense = (tf: Tf): tfjs.Sequential =>
  tf.sequential({ name: 'small', layers: [tf.layers.dense({ units: 4, activation: 'relu', inputShape: [3], name: 'hidden' }), tf.layers.dropout({ rate: 0.5, name: 'drop' }), tf.layers.dense({ units: 2, name: 'scores' })] });

/** Tracing must fail, and leave TensorFlow.js as it was. */
async function refused(model: TensorFunction, expected: { code: string; message: RegExp | string }): Promise<void> {
  const tf = await loaded;
  const engine = tf.engine();
  const [backend, tensors] = [tf.getBackend(), tf.memory().numTensors];
  await assert.rejects(tfjsModel(tf, model, { name: 'f' }).graph(rows(2)), expected);
  assert.equal(tf.getBackend(), backend);
  assert.equal(tf.memory().numTensors, tensors);
  for (const method of ['runKernel', 'readSync', 'read']) assert.equal(Object.hasOwn(engine, method), false, method);
  assert.equal(tf.add(1, 2).dataSync()[0], 3);
}

test('values carry the names of the layers and weights, in order', async () => {
  const tf = await loaded;
  const graph = await tfjsModel(tf, dense(tf)).graph(rows(2));
  assert.deepEqual(graph.nodes.map(({ op, outputs }) => `${op} ${outputs[0]}`), ['MatMul hidden/MatMul', 'Add hidden/Add', 'Relu hidden', 'Identity drop', 'MatMul scores/MatMul', 'Add scores']);
  assert.deepEqual([...graph.constants.keys()].sort(), ['hidden/bias', 'hidden/kernel', 'scores/bias', 'scores/kernel']);
});

test('the ports of a LayersModel have its names, types and free axes', async () => {
  const tf = await loaded;
  const model = tfjsModel(tf, dense(tf));
  assert.equal(model.name, 'small');
  assert.deepEqual(model.inputs, [{ name: 'hidden_input', dtype: 'float32', shape: [-1, 3] }]);
  assert.deepEqual(model.outputs.map(({ shape }) => shape), [[-1, 2]]);
});

test('a layer inside a convolutional model can be attributed to in its own layout', async () => {
  const tf = await loaded;
  const source = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 4, 1], name: 'conv' }), tf.layers.batchNormalization({ name: 'norm' }), tf.layers.flatten({ name: 'flat' }), tf.layers.dense({ units: 1, name: 'score' })] });
  const graph = await tfjsModel(tf, source).graph([{ shape: [1, 5, 4, 1], dtype: 'float32' }]);
  assert.deepEqual(graph.values.get('conv')?.shape, [1, 3, 2, 2]);
  const backward = differentiate(graph, { of: 'score', wrt: ['conv', 'flat'] });
  const results = await runOnce(await onnxRuntime(), backward, { [graph.inputs[0].name]: float32(new Float32Array(20).fill(1), [1, 5, 4, 1]), [seedName('score')]: float32([1], [1, 1]) });
  assert.deepEqual(results[gradientName('conv')].shape, [1, 3, 2, 2]);
  assertClose({ ...results[gradientName('flat')], shape: [12, 1] }, float32(Float32Array.from(source.getLayer('score').getWeights()[0].dataSync()), [12, 1]), 1e-6, 'gradient of the flattened values');
});

test('training gives the next graph the new weights', async () => {
  const tf = await loaded;
  const source = dense(tf);
  const model = tfjsModel(tf, source);
  const first = await model.graph(rows(1));
  assert.equal(await model.graph(rows(1)), first);
  source.getLayer('scores').setWeights([tf.ones([4, 2]), tf.ones([2])]);
  const second = await model.graph(rows(1));
  assert.notEqual(second, first);
  assert.deepEqual(toNumbers(second.constants.get('scores/kernel')!), new Array(8).fill(1));
  assert.equal(second.constants.get('hidden/kernel'), first.constants.get('hidden/kernel'), 'unchanged weights are shared');
});

test('graphs for other batch sizes share the weights', async () => {
  const tf = await loaded;
  const source = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] }), tf.layers.flatten(), tf.layers.dense({ units: 2 })] });
  const model = tfjsModel(tf, source);
  const [one, many] = [await model.graph([{ shape: [1, 5, 5, 1], dtype: 'float32' }]), await model.graph([{ shape: [9, 5, 5, 1], dtype: 'float32' }])];
  for (const [name, weight] of one.constants) if (/kernel|bias/.test(name)) assert.equal(many.constants.get(name), weight, name);
});

test('a trace runs no kernel on the data, whatever the batch size', async () => {
  const tf = await loaded;
  const engine = tf.engine();
  const source = tf.sequential({ layers: [tf.layers.conv2d({ filters: 32, kernelSize: 3, inputShape: [64, 64, 3] }), tf.layers.globalAveragePooling2d({})] });
  const model = tfjsModel(tf, source);
  await model.graph([{ shape: [1, 64, 64, 3], dtype: 'float32' }]);
  const { makeTensorFromTensorInfo } = engine;
  const tensors: tfjs.TensorInfo[] = [];
  Object.assign(engine, { makeTensorFromTensorInfo: (info: tfjs.TensorInfo) => (tensors.push(info), makeTensorFromTensorInfo.call(engine, info)) });
  try {
    const graph = await model.graph([{ shape: [1000, 64, 64, 3], dtype: 'float32' }]);
    assert.deepEqual(graph.values.get(graph.outputs[0])?.shape, [1000, 32]);
  } finally {
    Reflect.deleteProperty(engine, 'makeTensorFromTensorInfo');
  }
  const convolved = tensors.find(({ shape }) => shape.join() === '1000,62,62,32');
  assert.ok(convolved, 'the model sees the shape of its layer');
  assert.throws(() => engine.readSync(convolved.dataId), 'no data was made for it');
});

test('a function is traced again when what it refers to has changed', async () => {
  const tf = await loaded;
  let factor = 2;
  const model = tfjsModel(tf, (x: tfjs.Tensor) => x.mul(factor));
  const first = await model.graph(rows(1));
  assert.equal(await model.graph(rows(1)), first);
  factor = 3;
  const second = await model.graph(rows(1));
  const results = await runOnce(await onnxRuntime(), second, { input: float32([1, 2, 3], [1, 3]) });
  assert.deepEqual(toNumbers(results[second.outputs[0]]), [3, 6, 9]);
});

test('reshaping and cloning give new values although they share data', async () => {
  const tf = await loaded;
  const source = (x: tfjs.Tensor): tfjs.Tensor => {
    const turned = x.clone().reshape([3, 2]);
    return tf.concat([turned.mul(2), x.reshape([3, 2]).add(turned)], 1);
  };
  const graph = await tfjsModel(tf, source).graph(rows(2));
  const input = float32([1, 2, 3, 4, 5, 6], [2, 3]);
  assertClose((await runOnce(await onnxRuntime(), graph, { input }))[graph.outputs[0]], predict(tf, source, [input])[0], 0, 'the output');
});

test('a function that calls predict, which works in batches of 32', async () => {
  const tf = await loaded;
  const model = dense(tf);
  const source = (x: tfjs.Tensor): tfjs.Tensor => tf.tidy(() => tf.softmax(model.predict(x) as tfjs.Tensor));
  const input = float32(Float32Array.from({ length: 120 }, (_, index) => Math.sin(index)), [40, 3]);
  const graph = await tfjsModel(tf, source).graph([input]);
  assertClose((await runOnce(await onnxRuntime(), graph, { input }))[graph.outputs[0]], predict(tf, source, [input])[0], 1e-6, 'the output');
});

test('custom gradients and variables inside a function are traced through', async () => {
  const tf = await loaded;
  const scale = tf.variable(tf.tensor1d([1, 2, 3]));
  const doubled = tf.customGrad((...args) => ({ value: (args[0] as tfjs.Tensor).mul(2), gradFunc: (dy: tfjs.Tensor) => dy }));
  const graph = await tfjsModel(tf, (x: tfjs.Tensor) => doubled(x).mul(scale)).graph(rows(1));
  const results = await runOnce(await onnxRuntime(), graph, { input: float32([1, 1, 1], [1, 3]) });
  assert.deepEqual(toNumbers(results[graph.outputs[0]]), [2, 4, 6]);
  scale.dispose();
});

test('several outputs, repeated, constant and untouched ones', async () => {
  const tf = await loaded;
  const graph = await tfjsModel(tf, (x: tfjs.Tensor) => { const y = x.square(); return [y, y, x, tf.ones([2])]; }).graph(rows(1));
  assert.equal(new Set(graph.outputs).size, 4);
  const results = await runOnce(await onnxRuntime(), graph, { input: float32([1, 2, 3], [1, 3]) });
  assert.deepEqual(graph.outputs.map((name) => toNumbers(results[name])), [[1, 4, 9], [1, 4, 9], [1, 2, 3], [1, 1]]);
});

test('int64 and uint8 inputs become the int32 that the model reads', async () => {
  const tf = await loaded;
  const table = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
  const model = tfjsModel(tf, (ids: tfjs.Tensor) => tf.gather(table, ids));
  for (const ids of [int64([2, 0], [2]), tensor('uint8', Uint8Array.of(2, 0), [2])]) {
    const graph = await model.graph([ids]);
    assert.equal(graph.inputs[0].dtype, ids.dtype);
    assert.deepEqual(toNumbers((await runOnce(await onnxRuntime(), graph, { input: ids }))[graph.outputs[0]]), [5, 6, 1, 2]);
  }
});

test('two traces at once do not mix', async () => {
  const tf = await loaded;
  const models = [2, 3, 4].map((factor) => tfjsModel(tf, (x: tfjs.Tensor) => x.mul(factor)));
  const graphs = await Promise.all(models.map((model) => model.graph(rows(1))));
  for (const [index, graph] of graphs.entries()) {
    const results = await runOnce(await onnxRuntime(), graph, { input: float32([1, 1, 1], [1, 3]) });
    assert.deepEqual(toNumbers(results[graph.outputs[0]]), new Array(3).fill(index + 2));
  }
});

test('control flow that depends on the data is refused', async () => {
  await refused((x) => (x.sum().dataSync()[0] > 0 ? x : x.neg()), { code: 'unsupported-operator', message: /^Model 'f': it reads values that depend on its input while it runs/ });
});

test('reading the data asynchronously is refused', async () => {
  const tf = await loaded;
  const pending: Promise<unknown>[] = [];
  const graph = await tfjsModel(tf, (x: tfjs.Tensor) => { pending.push(x.data()); return x; }).graph(rows(1));
  assert.equal(graph.outputs.length, 1);
  await assert.rejects(Promise.all(pending), { code: 'unsupported-operator' });
});

test('an operation without a counterpart is named, with its layer', async () => {
  await refused((x) => (x as tfjs.Tensor1D).reshape([6]).unsortedSegmentSum(new Int32Array(6) as unknown as tfjs.Tensor1D, 1), { code: 'unsupported-operator', message: "TensorFlow.js kernel 'UnsortedSegmentSum': this operation is not supported" });
  const tf = await loaded;
  class Spectrum extends tf.layers.Layer {
    static className = 'Spectrum';
    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      return tf.cumprod(Array.isArray(inputs) ? inputs[0] : inputs, 1);
    }
  }
  const source = tf.sequential({ layers: [new Spectrum({ inputShape: [3], name: 'spectrum' })] });
  await assert.rejects(tfjsModel(tf, source).graph(rows(1)), { message: "TensorFlow.js kernel 'Cumprod' in 'spectrum': this operation is not supported" });
  assert.equal(Object.hasOwn(source.layers[0], 'call'), false, 'the layer is as it was');
});

test('gradients taken inside the model are refused', async () => {
  const tf = await loaded;
  await refused(tf.grad((x) => x.square().sum()) as TensorFunction, { code: 'unsupported-operator', message: /takes gradients/ });
});

test('functions that return no tensor are refused', async () => {
  await refused((() => 3) as unknown as TensorFunction, { code: 'invalid-model', message: "Model 'f': a function must return a tensor or an array of tensors, got 3" });
  await refused((async (x: tfjs.Tensor) => x) as unknown as TensorFunction, { code: 'invalid-model', message: /got a Promise \(the function must not be async\)/ });
});

test('an error of the model itself passes unchanged', async () => {
  await refused(() => { throw new TypeError('a is not defined'); }, { name: 'TypeError', message: 'a is not defined' } as never);
});

test('stateful recurrent layers are refused', async () => {
  const tf = await loaded;
  const source = tf.sequential({ layers: [tf.layers.lstm({ units: 2, stateful: true, batchInputShape: [1, 4, 3] })] });
  await assert.rejects(tfjsModel(tf, source).graph([{ shape: [1, 4, 3], dtype: 'float32' }]), { code: 'unsupported-operator', message: /stateful/ });
});

test('shapes that do not fit are refused by name', async () => {
  const tf = await loaded;
  const model = tfjsModel(tf, dense(tf));
  await assert.rejects(model.graph(rows(2, 4)), { code: 'shape-mismatch', message: "Model 'small': input 'hidden_input' must have shape [-1, 3] (-1 is free), got [2, 4]" });
  await assert.rejects(model.graph([]), { code: 'invalid-argument', message: "Model 'small': it has 1 input(s), 'hidden_input', got 0" });
});
