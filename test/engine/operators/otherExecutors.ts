import type { Graph } from '../../../src/engine/graph/graph';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Feeds, Runtime } from '../../../src/engine/runtime/runtime';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import type { Tensor } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';

export interface ExecutorResult {
  executor: string;
  outputs: Record<string, Tensor>;
  /** How close the values must be to those of onnxruntime-node, relative to the largest. */
  precision: number;
}

/** What WebGPU promises of sines and cosines. */
const WEBGPU_PRECISION = 2 ** -11;

let webGpu: Promise<OnnxRuntime> | undefined;
let web: Promise<OnnxRuntime> | undefined;

/** Runs a graph once on every executor but onnxruntime-node: onnxruntime-web, and each TensorFlow.js backend that is there, a native one, or WebAssembly and plain JavaScript; with the environment variable ATTRIBUTION_LENS_TEST_WEBGPU also on WebGPU, which takes minutes without a graphics card. */
export async function runOnOthers(graph: Graph, feeds: Feeds): Promise<ExecutorResult[]> {
  const results = [await run(await (web ??= OnnxRuntime.loadWeb()), graph, feeds)];
  if (process.env.ATTRIBUTION_LENS_TEST_WEBGPU) results.push(await run(await (webGpu ??= OnnxRuntime.load({ executionProvider: 'webgpu' })), graph, feeds, WEBGPU_PRECISION));
  const { tf } = await loadTfjs();
  for (const backend of Object.keys(tf.engine().registryFactory)) {
    await tf.setBackend(backend);
    results.push(await run(createTfjsRuntime(tf), graph, feeds));
  }
  return results;
}

async function run(runtime: Runtime, graph: Graph, feeds: Feeds, precision = 1e-5): Promise<ExecutorResult> {
  const executable = await runtime.compile(graph);
  const outputs = await executable.run(feeds);
  await executable.dispose();
  return { executor: runtime.name, outputs, precision };
}
