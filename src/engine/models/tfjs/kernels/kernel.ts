import { LensError } from '../../../../protocol/errors';
import type { ValueInfo } from '../../../graph/graph';
import type { Emitter } from '../emitter';
import type { Tf } from '../tfjs';

/** One call of a TensorFlow.js kernel that depends on the model's inputs. */
export interface KernelCall {
  readonly name: string;
  readonly tf: Tf;
  readonly emit: Emitter;
  /** By the kernel's input names; kernels of many inputs name them 0, 1, ... */
  readonly inputs: ReadonlyMap<string, ValueInfo>;
}

/**
 * Emits the ONNX nodes that compute what a kernel computes. Most kernels have one output; a kernel with a list of
 * outputs gives a list. Element types of the results are those of TensorFlow.js: float32, int32 or bool.
 */
export type Converter<Attrs = unknown> = (call: KernelCall, attributes: Attrs) => ValueInfo | ValueInfo[];

/** Converters by kernel name. The attributes of each are those that TensorFlow.js declares for that kernel. */
export type ConverterTable = Readonly<Record<string, Converter<never>>>;

/** An input that the kernel always has. */
export function input({ name, inputs }: KernelCall, key: string): ValueInfo {
  const value = inputs.get(key);
  if (!value) throw new LensError('invalid-model', `TensorFlow.js kernel '${name}': input '${key}' is missing`);
  return value;
}

/** The inputs of a kernel that takes any number of them. */
export const allInputs = ({ inputs }: KernelCall): ValueInfo[] => [...inputs.values()];

/** An `unsupported-operator` error about a kernel's configuration. */
export const unsupported = ({ name, emit }: KernelCall, what: string): LensError =>
  new LensError('unsupported-operator', `TensorFlow.js kernel '${name}'${emit.scope === '' ? '' : ` in '${emit.scope}'`}: ${what}`);

/** An axis counted from the front. */
export const frontAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
