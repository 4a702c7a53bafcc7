import { loadTfjs } from '../tfjs/loadTfjs';
import type { RuntimeCandidate } from './chooseRuntime';
import { OnnxRuntime, type ExecutionProvider } from './onnxRuntime';

/** ONNX Runtime's native binding. */
export const onnxRuntimeCandidate: RuntimeCandidate = {
  name: 'onnxruntime-node',
  advantage: 'It runs natively and is the fastest.',
  load: () => loaded(OnnxRuntime.load()),
};

/** ONNX Runtime in WebAssembly. */
export const onnxRuntimeWebCandidate: RuntimeCandidate = {
  name: 'onnxruntime-web',
  advantage: 'It needs no native binary.',
  load: () => loaded(OnnxRuntime.loadWeb()),
};

/** TensorFlow.js, given as a function that loads it. */
export function tfjsCandidate(loadTf: () => Promise<typeof import('@tensorflow/tfjs')>): RuntimeCandidate {
  return {
    name: 'tfjs',
    advantage: 'It runs everywhere.',
    load: async () => {
      const [tf, { createTfjsRuntime }] = await Promise.all([loadTf(), import('./tfjsRuntime')]);
      await tf.ready();
      return { runtime: createTfjsRuntime(tf), version: tf.version_core };
    },
  };
}

/** ONNX Runtime on a graphics card; which cards are served depends on the platform, so it is tried only when asked for. */
function graphicsCandidate(provider: ExecutionProvider): RuntimeCandidate {
  return { name: `onnxruntime-node (${provider})`, advantage: 'It computes on the graphics card.', load: () => loaded(OnnxRuntime.load({ executionProvider: provider })) };
}

/**
 * The ways to run graphs, in the order in which they are tried.
 *
 * @param first the name of the one to be tried first: `onnxruntime-node`, `onnxruntime-web`, `tfjs`, or one of a graphics
 * card, `onnxruntime-node (webgpu)`, `(dml)`, `(coreml)` or `(cuda)`. Default: `onnxruntime-node`.
 */
export function runtimeCandidates(first?: string): RuntimeCandidate[] {
  const usual = [onnxRuntimeCandidate, onnxRuntimeWebCandidate, tfjsCandidate(async () => (await loadTfjs()).tf)];
  const graphics = (['webgpu', 'dml', 'coreml', 'cuda'] as const).map(graphicsCandidate);
  const wanted = [...usual, ...graphics].filter(({ name }) => name === first).map((candidate) => ({ ...candidate, advantage: 'It is set to be tried first.' }));
  return [...wanted, ...usual.filter(({ name }) => name !== first)];
}

async function loaded(loading: Promise<OnnxRuntime>): Promise<{ runtime: OnnxRuntime; version: string }> {
  const runtime = await loading;
  return { runtime, version: runtime.version };
}
