import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import { float32, int64, tensor, type Tensor } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';

const everyType: Record<string, Tensor> = {
  float32: float32([1.5, -2, 3], [3]),
  int64: int64([2n ** 53n, -1, 7], [3]),
  int32: tensor('int32', Int32Array.of(1, -2, 3), [3]),
  uint8: tensor('uint8', Uint8Array.of(1, 200, 3), [3]),
  int8: tensor('int8', Int8Array.of(1, -100, 3), [3]),
  bool: tensor('bool', Uint8Array.of(1, 0, 1), [3]),
  string: tensor('string', ['a', 'ü', ''], [3]),
  'large float32': float32(Float32Array.from({ length: 3000 }, (_, index) => index / 7), [30, 100]),
  'large int64': int64(Array.from({ length: 3000 }, (_, index) => index), [3000]),
};

function identityGraph(value: Tensor) {
  const builder = new GraphBuilder('identity');
  const fed = builder.op('Identity', [builder.input('x', value.dtype, value.shape)], {}, { name: 'y' });
  return builder.build([fed, builder.constant(value, 'c')]);
}

const packages = { 'onnxruntime-node': () => OnnxRuntime.load(), 'onnxruntime-web': () => OnnxRuntime.loadWeb() };

for (const [name, load] of Object.entries(packages)) {
  for (const [dtype, value] of Object.entries(everyType)) {
    test(`${name}: ${dtype} tensors pass through unchanged, fed and as constants`, async () => {
      const runtime = await load();
      const executable = await runtime.compile(identityGraph(value));
      assert.deepEqual(await executable.run({ x: value }), { y: value, c: value });
      await runtime.dispose();
    });
  }

  test(`${name}: a graph output may be a graph input, a scalar or empty`, async () => {
    const builder = new GraphBuilder('edges');
    const x = builder.input('x', 'float32', []);
    const empty = builder.input('empty', 'float32', [0, 3]);
    const runtime = await load();
    const executable = await runtime.compile(builder.build([x, builder.op('Identity', [empty])]));
    const feeds = { x: float32([4], []), empty: float32([], [0, 3]) };
    assert.deepEqual(await executable.run(feeds), { x: feeds.x, Identity: feeds.empty });
    await runtime.dispose();
  });

  test(`${name}: zeros around what a MaxPool takes are zeros`, async () => {
    const builder = new GraphBuilder('padded');
    const padded = builder.op('Pad', [builder.input('x', 'float32', [1, 1, 1, 2]), builder.constant(int64([0, 0, 1, 1, 0, 0, 1, 1], [8]))]);
    const runtime = await load();
    const executable = await runtime.compile(builder.build([builder.op('MaxPool', [padded], { kernel_shape: [2, 2] }, { name: 'y' })]));
    assert.deepEqual(await executable.run({ x: float32([-1, -2], [1, 1, 1, 2]) }), { y: float32([0, 0, 0, 0, 0, 0], [1, 1, 2, 3]) });
    await runtime.dispose();
  });

  test(`${name}: what ONNX Runtime refuses becomes a runtime-failure naming the graph`, async () => {
    const graph = identityGraph(everyType.float32);
    const runtime = await load();
    const broken = { ...graph, nodes: [{ ...graph.nodes[0], op: 'NoSuchOperator' }] };
    await assert.rejects(runtime.compile(broken), (error) => error instanceof LensError && error.code === 'runtime-failure' && /Graph 'identity'.*NoSuchOperator/s.test(error.message));
  });

  test(`${name}: a feed that is missing or does not fit is refused by name`, async () => {
    const runtime = await load();
    const executable = await runtime.compile(identityGraph(everyType.float32));
    await assert.rejects(executable.run({}), { code: 'invalid-argument', message: "Graph 'identity': input 'x' is not fed" });
    await assert.rejects(executable.run({ x: float32([1], [1]) }), { code: 'shape-mismatch', message: "Graph 'identity': input 'x' must be float32 [3], got float32 [1]" });
    await runtime.dispose();
  });

  test(`${name}: a disposed executable refuses to run`, async () => {
    const runtime = await load();
    const executable = await runtime.compile(identityGraph(everyType.float32));
    await executable.dispose();
    await assert.rejects(executable.run({ x: everyType.float32 }), { code: 'runtime-failure' });
  });
}

test('onnxruntime-node: a provider of another platform is refused', async () => {
  const foreign = process.platform === 'win32' ? 'coreml' : 'dml';
  await assert.rejects(OnnxRuntime.load({ executionProvider: foreign }), (error) => error instanceof LensError && error.message.startsWith(`onnxruntime-node (${foreign}): this platform's build has cpu, `));
});
