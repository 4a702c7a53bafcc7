import type { KernelBackend, KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import type { Tf } from '../models/tfjs/tfjs';

/** Kernels on complex numbers, which the WebAssembly backend cannot hold. */
const COMPLEX: ReadonlySet<string> = new Set(['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real']);

/**
 * Kernels of the WebAssembly backend that are wrong for integers: StridedSlice gives their bits as float32, ClipByValue
 * compares with the bits of the bounds.
 */
const WRONG_FOR_INTEGERS: ReadonlySet<string> = new Set(['StridedSlice', 'ClipByValue']);

/**
 * Completes the WebAssembly backend: the kernels that it lacks (Einsum, and the filter gradients of convolutions, without
 * which no CNN can be trained), and the integer cases of those that are wrong, copy their tensors to the plain JavaScript
 * backend and back.
 */
export function completeWasm(tf: Tf): void {
  const own = new Map(tf.getKernelsForBackend(WASM).map((config) => [config.kernelName, config]));
  for (const config of tf.getKernelsForBackend('cpu')) {
    const { kernelName } = config;
    const present = own.get(kernelName);
    if (!present && !COMPLEX.has(kernelName)) tf.registerKernel({ kernelName, backendName: WASM, kernelFunc: onCpu(tf, config) });
    if (present && WRONG_FOR_INTEGERS.has(kernelName)) {
      const integers = onCpu(tf, config);
      tf.unregisterKernel(kernelName, WASM);
      tf.registerKernel({ ...present, kernelFunc: (call) => (call.inputs.x?.dtype === 'float32' ? present.kernelFunc(call) : integers(call)) });
    }
  }
}

const WASM = 'wasm';

/** What all backends have in common, as far as it is needed to copy tensors. */
type Storage = Pick<KernelBackend, 'readSync' | 'write' | 'disposeData'>;

function onCpu(tf: Tf, { kernelFunc }: KernelConfig): KernelConfig['kernelFunc'] {
  return ({ inputs, attrs }) => {
    const [cpu, backend]: [Storage, Storage] = [tf.findBackend('cpu'), tf.findBackend(WASM)];
    const moved: Record<string, TensorInfo> = {};
    for (const [name, tensor] of Object.entries(inputs)) if (tensor) moved[name] = copy(tensor, backend, cpu);
    const given = Array.isArray(inputs) ? Object.assign([], moved) : moved;
    const result = kernelFunc({ inputs: given, attrs, backend: cpu });
    const made = Array.isArray(result) ? result : [result];
    const outputs = made.map((tensor) => copy(tensor, cpu, backend));
    for (const { dataId } of [...Object.values(moved), ...made]) cpu.disposeData(dataId);
    return Array.isArray(result) ? outputs : outputs[0];
  };
}

function copy({ dataId, shape, dtype }: TensorInfo, from: Storage, to: Storage): TensorInfo {
  return { dataId: to.write(from.readSync(dataId), shape, dtype), shape, dtype };
}
