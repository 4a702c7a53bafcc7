import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A decoded tensor of a case; 64-bit integers and booleans as numbers. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** The type in the file; `float32` when it is left out. */
  readonly dtype?: string;
}

/** Python's tuple, where its difference from a list matters. */
export class Tuple {
  constructor(readonly items: readonly GoldenValue[]) {}
}

/** A value of a case's JSON with its references to tensors resolved. */
export type GoldenValue = null | boolean | number | string | GoldenTensor | Tuple | readonly GoldenValue[] | { readonly [key: string]: GoldenValue };

/** One case of a golden folder. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
  readonly method: string;
  /** The folder that holds `models` and `cases`. */
  readonly folder: string;
  /** The JSON as it is. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
  readonly tolerance: Tolerance;
  readonly expectedError?: { readonly type: string; readonly message: string };
  /** A field with its tensors and tuples decoded; undefined when the case does not have it. */
  field(name: string): GoldenValue | undefined;
}

export interface Tolerance {
  readonly atol_f32?: number;
  readonly atol_f64?: number;
  /** In relation to each expected value, besides `atol_f32`. */
  readonly rtol?: number;
  readonly unstable?: boolean;
}

interface IndexEntry {
  readonly id: string;
  readonly kind: string;
  readonly method: string;
  readonly file: string;
}

interface TensorEntry {
  readonly dtype: string;
  readonly shape: number[];
  readonly offset: number;
  readonly nbytes: number;
}

/** The cases that a folder's index names, in its order, of one kind or method if wished. */
export function readIndex(folder: string, { kind, method }: { kind?: string; method?: string } = {}): IndexEntry[] {
  const index: { cases: IndexEntry[] } = JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8'));
  return index.cases.filter((entry) => (kind === undefined || entry.kind === kind) && (method === undefined || entry.method === method));
}

export function readCase(folder: string, entry: IndexEntry): GoldenCase {
  const file = path.join(folder, entry.file);
  const json = JSON.parse(readFileSync(file, 'utf8'));
  const data = path.join(path.dirname(file), json.data ?? '');
  const bytes = json.data && existsSync(data) ? readFileSync(data) : Buffer.alloc(0);
  const entries = Object.entries((json.tensors ?? {}) as Record<string, TensorEntry>);
  const tensors = Object.fromEntries(entries.map(([key, tensor]) => [key, { shape: tensor.shape, dtype: tensor.dtype, data: decode(bytes, tensor) }]));
  return {
    id: entry.id,
    kind: entry.kind,
    method: entry.method,
    folder,
    json,
    tensors,
    tolerance: json.tolerance ?? {},
    expectedError: json.expected_error,
    field: (name) => (Object.hasOwn(json, name) ? resolve(json[name], tensors) : undefined),
  };
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
    case 'int32':
      return new Int32Array(part);
    case 'uint8':
    case 'bool':
      return new Uint8Array(part);
    default:
      throw new Error(`tensors of dtype ${dtype} are not read`);
  }
}

function resolve(value: unknown, tensors: Readonly<Record<string, GoldenTensor>>): GoldenValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item) => resolve(item, tensors));
  if (typeof value !== 'object') throw new Error(`a value of type ${typeof value} is not read`);
  if ('$tensor' in value) {
    const tensor = tensors[String(value.$tensor)];
    if (!tensor) throw new Error(`there is no tensor '${String(value.$tensor)}'`);
    return tensor;
  }
  if ('$tuple' in value && Array.isArray(value.$tuple)) return new Tuple(value.$tuple.map((item: unknown) => resolve(item, tensors)));
  if ('$float' in value) return Number(String(value.$float).replace('inf', 'Infinity'));
  if ('$slice' in value && Array.isArray(value.$slice)) return { start: value.$slice[0], stop: value.$slice[1], step: value.$slice[2] };
  if ('$callable' in value) return { callable: String(value.$callable) };
  const special = Object.keys(value).find((key) => key.startsWith('$'));
  if (special) throw new Error(`values of the form ${special} are not read`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, tensors)]));
}

export const isTensor = (value: unknown): value is GoldenTensor => typeof value === 'object' && value !== null && 'shape' in value && 'data' in value;

/** The items of a tuple or list; a single value as a list of one. */
export const itemsOf = (value: GoldenValue): readonly GoldenValue[] => (value instanceof Tuple ? value.items : Array.isArray(value) ? value : [value]);
