import type { Graph } from '../../../src/engine/graph/graph';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import type { Feeds } from '../../../src/engine/runtime/runtime';
import type { Tensor } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';

/** Runs a graph once on each TensorFlow.js backend that is there: a native one, or WebAssembly and plain JavaScript. */
export async function runOnTfjs(graph: Graph, feeds: Feeds): Promise<{ backend: string; outputs: Record<string, Tensor> }[]> {
  const { tf } = await loadTfjs();
  const results = [];
  for (const backend of Object.keys(tf.engine().registryFactory)) {
    await tf.setBackend(backend);
    const executable = await createTfjsRuntime(tf).compile(graph);
    results.push({ backend, outputs: await executable.run(feeds) });
    await executable.dispose();
  }
  return results;
}
