import type { KernelBackend, KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import type { Tf } from '../models/tfjs/tfjs';

/** Kernels on complex numbers, which the WebAssembly backend cannot hold. */
const COMPLEX: ReadonlySet<string> = new Set(['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real']);

const always = (): boolean => true;
const notFloat = ({ inputs }: KernelCall): boolean => inputs.x?.dtype !== 'float32';
const roundsUp = ({ attrs }: KernelCall): boolean => attrs?.dimRoundingMode === 'ceil' || attrs?.dimRoundingMode === 'round';

/** Calls that the WebAssembly backend's own kernels answer wrongly (4.22.0). */
const WRONG: Readonly<Record<string, (call: KernelCall) => boolean>> = {
  /** Reads beyond the border. */
  AvgPool: roundsUp,
  Conv2D: roundsUp,
  FusedConv2D: roundsUp,
  MaxPool: roundsUp,
  /** Keeps the low byte. */
  Cast: ({ attrs }) => attrs?.dtype === 'bool',
  /** Compares integers with the bits of the bounds. */
  ClipByValue: notFloat,
  /** Gives zeros. */
  Conv3DBackpropInputV2: always,
  Dilation2D: always,
  /** Reads the second batch from elsewhere. */
  GatherV2: ({ attrs }) => Number(attrs?.batchDims ?? 0) !== 0,
  /** Writes integers whatever the type. */
  OneHot: ({ attrs }) => attrs?.dtype !== 'int32',
  /** Gives the bits of integers as float32. */
  StridedSlice: notFloat,
};

type KernelCall = Parameters<KernelConfig['kernelFunc']>[0];

/**
 * Completes the WebAssembly backend: the kernels that it lacks (Einsum, and the filter gradients of convolutions, without
 * which no CNN can be trained), and the calls that its own kernels answer wrongly, copy their tensors to the plain
 * JavaScript backend and back.
 */
export function completeWasm(tf: Tf): void {
  const own = new Map(tf.getKernelsForBackend(WASM).map((config) => [config.kernelName, config]));
  for (const config of tf.getKernelsForBackend('cpu')) {
    const { kernelName } = config;
    const present = own.get(kernelName);
    if (!present && !COMPLEX.has(kernelName)) tf.registerKernel({ kernelName, backendName: WASM, kernelFunc: onCpu(tf, config) });
    if (present && Object.hasOwn(WRONG, kernelName)) {
      const [isWrong, right] = [WRONG[kernelName], onCpu(tf, config)];
      tf.unregisterKernel(kernelName, WASM);
      tf.registerKernel({ ...present, kernelFunc: (call) => (isWrong(call) ? right(call) : present.kernelFunc(call)) });
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
