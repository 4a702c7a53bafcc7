// ONNX Runtime's WebGPU provider, on a graphics card or on the software renderer that Chromium brings (with libvulkan).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DeepLift } from '../../../src/engine/attribution/deepLift';
import { useRuntime } from '../../../src/engine/attribution/engine';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { Occlusion } from '../../../src/engine/attribution/occlusion';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Runtime } from '../../../src/engine/runtime/runtime';
import { float32, type Tensor } from '../../../src/engine/tensor';
import { randomFrom } from '../operators/random';

const SOFTWARE_RENDERER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (fs.existsSync(SOFTWARE_RENDERER)) process.env.VK_ICD_FILENAMES ??= SOFTWARE_RENDERER;

const image = (...shape: number[]): Tensor<'float32'> => {
  const next = randomFrom('webgpu');
  return float32(Float32Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, next), shape);
};

/** A graph with a node of everything that is kept from the provider, and of what it computes. */
function cases(): Record<string, ReturnType<GraphBuilder['build']>> {
  const graphs: Record<string, ReturnType<GraphBuilder['build']>> = {};
  const add = (name: string, shape: number[], make: (builder: GraphBuilder, x: ReturnType<GraphBuilder['input']>) => ReturnType<GraphBuilder['op']>): void => {
    const builder = new GraphBuilder(name);
    graphs[name] = builder.build([make(builder, builder.input('x', 'float32', shape))]);
  };
  add('Conv', [2, 4, 7, 7], (builder, x) => builder.op('Conv', [x, builder.constant(image(8, 4, 3, 3))], { strides: [2, 2], pads: [1, 1, 1, 1] }));
  add('Conv, three spatial axes, groups', [1, 4, 4, 4, 4], (builder, x) => builder.op('Conv', [x, builder.constant(image(4, 2, 2, 2, 2))], { group: 2 }));
  add('ConvTranspose, groups', [1, 4, 5, 5], (builder, x) => builder.op('ConvTranspose', [x, builder.constant(image(4, 2, 3, 3))], { group: 2, strides: [2, 2] }));
  add('MaxPool with indices', [1, 2, 6, 6], (builder, x) => {
    const [pooled, indices] = builder.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: ['pooled', 'indices'] });
    return builder.op('Mul', [pooled, builder.op('Cast', [indices], { to: 1 })]);
  });
  add('Einsum with an ellipsis', [2, 3, 4], (builder, x) => builder.op('Einsum', [x, x], { equation: '...ij,...kj->...ik' }));
  add('Softmax of MatMul', [3, 8], (builder, x) => builder.op('Softmax', [builder.op('MatMul', [x, builder.constant(image(8, 5))])], { axis: -1 }));
  return graphs;
}

let webGpu: OnnxRuntime | undefined;
let cpu: OnnxRuntime;
before(async () => {
  cpu = await OnnxRuntime.load({ threads: 1 });
  const candidate = await OnnxRuntime.load({ executionProvider: 'webgpu' });
  const builder = new GraphBuilder('probe');
  const probe = builder.build([builder.op('Relu', [builder.input('x', 'float32', [2])])]);
  webGpu = await candidate.compile(probe).then(() => candidate, () => undefined);
});
after(async () => {
  await webGpu?.dispose();
  await cpu.dispose();
});

const LEFT_OUT = 'WebGPU (no graphics card, nor Chromium with libvulkan)';
const closeTo = (actual: Tensor, expected: Tensor): void => {
  assert.deepEqual(actual.shape, expected.shape);
  const [got, wanted] = [actual.data as Float32Array, expected.data as Float32Array];
  const scale = Math.max(...wanted.map(Math.abs));
  assert.ok(scale > 0);
  for (const [index, value] of wanted.entries()) assert.ok(Math.abs(got[index] - value) <= 1e-5 * scale, `element ${index} must be ${value}, got ${got[index]}`);
};

for (const [name, graph] of Object.entries(cases())) {
  test(`WebGPU computes as the processor does: ${name}`, async (context) => {
    if (!webGpu) return context.skip(LEFT_OUT);
    const feeds = { x: image(...graph.inputs[0].shape) };
    const [onCard, onProcessor] = await Promise.all([webGpu, cpu].map(async (runtime: Runtime) => (await runtime.compile(graph)).run(feeds)));
    for (const output of graph.outputs) closeTo(onCard[output], onProcessor[output]);
  });
}

const algorithms = {
  'Integrated Gradients': (model: string) => loadOnnxModel(model).then((loaded) => new IntegratedGradients(loaded).attribute(image(2, 4), { target: 0, nSteps: 8 })),
  DeepLift: (model: string) => loadOnnxModel(model).then((loaded) => new DeepLift(loaded).attribute(image(2, 4), { target: 0 })),
  Occlusion: (model: string) => loadOnnxModel(model).then((loaded) => new Occlusion(loaded).attribute(image(2, 4), { target: 0, slidingWindowShapes: [1] })),
};
for (const [name, attribute] of Object.entries(algorithms)) {
  test(`WebGPU attributes as the processor does: ${name}`, async (context) => {
    if (!webGpu) return context.skip(LEFT_OUT);
    const model = path.join(import.meta.dirname, '../../../media/samples/models/penguins.onnx');
    useRuntime(webGpu);
    const onCard = await attribute(model);
    useRuntime(cpu);
    closeTo(onCard, await attribute(model));
  });
}
