import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, test } from 'node:test';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../../../src/engine/graph/graph';
import { simplify } from '../../../src/engine/graph/simplify';
import { loadOnnxModel, type OnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { isFloat32, sizeOf, tensor, type Tensor } from '../../../src/engine/tensor';
import { forwardCases, modelFiles } from './goldenModels';

const loaded = OnnxRuntime.load({ threads: 1 });
after(async () => (await loaded).dispose());

async function run(graph: Graph, inputs: readonly Tensor[]): Promise<Tensor> {
  const executable = await (await loaded).compile(graph);
  const outputs = await executable.run(Object.fromEntries(graph.inputs.map((info, index) => [info.name, inputs[index]])));
  await executable.dispose();
  return outputs[graph.outputs[0]];
}

/** Deterministic values of every size and sign. */
function someInputs(model: OnnxModel, batch: number): Tensor[] {
  return model.inputs.map(({ dtype, shape }) => {
    const concrete = shape.map((dim) => (dim === -1 ? batch : dim));
    const size = sizeOf(concrete);
    if (dtype === 'int64') return tensor('int64', BigInt64Array.from({ length: size }, (_, index) => BigInt((index * 7) % 11)), concrete);
    return tensor('float32', Float32Array.from({ length: size }, (_, index) => Math.sin(1.7 * index + batch) * 1.5), concrete);
  });
}

function assertClose(actual: Tensor, expected: Tensor, tolerance: number): void {
  assert.deepEqual(actual.shape, expected.shape);
  assert.ok(isFloat32(actual) && isFloat32(expected));
  const scale = Math.max(...expected.data.map(Math.abs), 1e-6);
  for (const [index, value] of expected.data.entries()) {
    assert.ok(Math.abs(actual.data[index] - value) <= tolerance * scale, `element ${index}: ${actual.data[index]} is not ${value}`);
  }
}

for (const { path, model, variant, moduleOutputs } of modelFiles()) {
  const label = `${model}/${basename(path)}`;

  for (const batch of [1, 3]) {
    test(`${label} gives what ONNX Runtime gives for the file itself, batch ${batch}`, async () => {
      const read = await loadOnnxModel(path);
      const inputs = someInputs(read, batch);
      const graph = await read.graph(inputs);
      const session = await ort.InferenceSession.create(path);
      const feeds = Object.fromEntries(read.inputs.map(({ name }, index) => [name, new ort.Tensor(inputs[index].dtype, inputs[index].data, inputs[index].shape)]));
      const { dims, data } = (await session.run(feeds))[session.outputNames[0]];
      await session.release();
      assert.ok(data instanceof Float32Array);
      const expected = tensor('float32', data, dims);
      assertClose(await run(graph, inputs), expected, 1e-6);
      assertClose(await run(simplify(graph), inputs), expected, 2e-5);
    });
  }

  test(`${label} names its modules as PyTorch does`, async () => {
    const { layers } = await loadOnnxModel(path);
    const outputs = Object.fromEntries(layers.map(({ name, output }) => [name, output]));
    for (const [module, output] of Object.entries(moduleOutputs)) assert.equal(outputs[module], output, module);
  });

  for (const { id, inputs, output } of forwardCases(model, variant)) {
    test(`${label} reproduces PyTorch's output of ${id}`, async () => {
      const read = await loadOnnxModel(path);
      assertClose(await run(await read.graph(inputs), inputs), output, 1e-5);
    });
  }
}

test('the golden models cover 15 networks in 20 files', () => {
  const files = modelFiles();
  assert.equal(files.length, 20);
  assert.equal(new Set(files.map(({ model }) => model)).size, 15);
});
