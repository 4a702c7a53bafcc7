import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../protocol/errors';
import { withHints } from '../presentation/hints';
import { sizeOf, tensor, type Tensor } from '../tensor';

const MAX_BYTES = 2 ** 30;

/**
 * Reads a NumPy `.npy` file as a tensor: floats as float32, 64-bit integers as int64, smaller integers as int32,
 * booleans as bool. Throws `not-found` or `invalid-argument` naming the file.
 */
export async function loadNpy(file: string): Promise<Tensor> {
  const name = path.basename(file);
  const refuse = (problem: string): LensError => new LensError('invalid-argument', `Array '${name}': ${problem}`);
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `Array '${name}': there is no such file`);
  if (info.size > MAX_BYTES) throw refuse(`files up to 1 GB can be read, got ${info.size} bytes`);
  const bytes = await readFile(file);
  if (bytes.length < 10 || bytes.readUInt8(0) !== 0x93 || bytes.toString('latin1', 1, 6) !== 'NUMPY') throw refuse('must be a NumPy .npy file');
  const { parse } = await import('npyjs');
  let array: ReturnType<typeof parse>;
  try {
    array = parse(new Uint8Array(bytes).buffer);
  } catch (error) {
    throw refuse(`is damaged (${error instanceof Error ? error.message : String(error)})`);
  }
  if (array.fortranOrder && array.shape.length > 1) throw refuse('must be in C order; save it with numpy.ascontiguousarray');
  const result = toTensor(array.dtype, array.data, array.shape);
  if (!result) throw refuse(`numbers or booleans are needed, got dtype ${array.dtype}`);
  if (result.data.length !== sizeOf(array.shape)) throw refuse('is damaged: it holds fewer numbers than its shape says');
  return withHints(tensor(result.dtype, result.data, array.shape), { name });
}

function toTensor(dtype: string, data: ArrayBufferView, shape: readonly number[]): Tensor | undefined {
  if (data instanceof BigInt64Array) return { dtype: 'int64', data, shape };
  if (data instanceof BigUint64Array) return { dtype: 'int64', data: BigInt64Array.from(data), shape };
  if (data instanceof Float32Array || data instanceof Float64Array) return { dtype: 'float32', data: Float32Array.from(data), shape };
  if (dtype === 'b1' && data instanceof Uint8Array) return { dtype: 'bool', data, shape };
  if (data instanceof Int8Array || data instanceof Uint8Array || data instanceof Int16Array || data instanceof Uint16Array || data instanceof Int32Array) {
    return { dtype: 'int32', data: Int32Array.from(data), shape };
  }
  return undefined;
}
