import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GoldenTensor } from './normalizeAttr';

/** One case of a folder of golden data, its tensors decoded. */
export interface VisualizationCase<C> {
  id: string;
  golden: C & { tolerance: { atol_f32: number } };
  tensors: Record<string, GoldenTensor>;
  expectedError?: { type: string; message: string };
}

interface TensorEntry {
  dtype: string;
  shape: number[];
  offset: number;
  nbytes: number;
}

const CASES = new URL('data/cases/', import.meta.url);

/** All cases of one method, in the order of their names. */
export function readCases<C>(method: string): VisualizationCase<C>[] {
  const folder = new URL(`${method}/`, CASES);
  const names = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const golden = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const bytes = readFileSync(new URL(golden.data, folder));
    const entries = Object.entries(golden.tensors as Record<string, TensorEntry>);
    const tensors = Object.fromEntries(entries.map(([key, entry]) => [key, { shape: entry.shape, data: decode(bytes, entry) }]));
    return { id: golden.id, golden, tensors, expectedError: golden.expected_error };
  });
}

function decode(bytes: Buffer, { dtype, offset, nbytes }: TensorEntry): ArrayLike<number> {
  const part = bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + nbytes);
  switch (dtype) {
    case 'float32':
      return new Float32Array(part);
    case 'float64':
      return new Float64Array(part);
    case 'int64':
      return Array.from(new BigInt64Array(part), Number);
    case 'uint8':
      return new Uint8Array(part);
    default:
      throw new Error(`Golden tensors of dtype ${dtype} are not read here`);
  }
}

/** Asserts equal shapes, and values within an absolute tolerance. */
export function closeTo(actual: GoldenTensor, expected: GoldenTensor, tolerance: number): void {
  assert.deepEqual(actual.shape, expected.shape);
  assert.equal(actual.data.length, expected.data.length);
  for (let i = 0; i < expected.data.length; i++) {
    const difference = Math.abs(actual.data[i] - expected.data[i]);
    assert.ok(difference <= tolerance, `element ${i}: ${actual.data[i]}, expected ${expected.data[i]}`);
  }
}
