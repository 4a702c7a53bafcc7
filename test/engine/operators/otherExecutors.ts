import type { Graph } from '../../../src/engine/graph/graph';
import { OnnxRuntime } from '../../../src/engine/runtime/onnxRuntime';
import type { Feeds, Runtime } from '../../../src/engine/runtime/runtime';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import type { Tensor } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';

let web: Promise<OnnxRuntime> | undefined;

/** Runs a graph once on every executor but onnxruntime-node: onnxruntime-web, and each TensorFlow.js backend that is there, a native one, or WebAssembly and plain JavaScript. */
export async function runOnOthers(graph: Graph, feeds: Feeds): Promise<{ executor: string; outputs: Record<string, Tensor> }[]> {
  const results = [await run(await (web ??= OnnxRuntime.loadWeb()), graph, feeds)];
  const { tf } = await loadTfjs();
  for (const backend of Object.keys(tf.engine().registryFactory)) {
    await tf.setBackend(backend);
    results.push(await run(createTfjsRuntime(tf), graph, feeds));
  }
  return results;
}

async function run(runtime: Runtime, graph: Graph, feeds: Feeds): Promise<{ executor: string; outputs: Record<string, Tensor> }> {
  const executable = await runtime.compile(graph);
  const outputs = await executable.run(feeds);
  await executable.dispose();
  return { executor: runtime.name, outputs };
}
