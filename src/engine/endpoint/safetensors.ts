import { LensError } from '../../protocol/errors';
import { bfloat16ToFloat32, float16ToFloat32 } from '../models/onnx/halfFloat';
import { formatShape, sizeOf, tensor, type Tensor } from '../tensor';

/**
 * The safetensors format: the length of the header (8 bytes, little-endian), the header in JSON with type, shape and
 * place of each tensor, and the elements. https://huggingface.co/docs/safetensors
 */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const LENGTH_BYTES = 8;
const MOST_HEADER_BYTES = 16 * 2 ** 20;
const MOST_TENSORS = 100_000;
const MOST_AXES = 64;

/** Bytes of an element, and how elements become the engine's. */
const ELEMENTS: Readonly<Record<string, { readonly bytes: number; readonly read: (data: Uint8Array, shape: readonly number[]) => Tensor }>> = {
  F64: { bytes: 8, read: (data, shape) => tensor('float32', Float32Array.from(new Float64Array(aligned(data))), shape) },
  F32: { bytes: 4, read: (data, shape) => tensor('float32', data.byteOffset % 4 === 0 ? new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4) : new Float32Array(aligned(data)), shape) },
  F16: { bytes: 2, read: (data, shape) => tensor('float32', float16ToFloat32(new Uint16Array(aligned(data))), shape) },
  BF16: { bytes: 2, read: (data, shape) => tensor('float32', bfloat16ToFloat32(new Uint16Array(aligned(data))), shape) },
  I64: { bytes: 8, read: (data, shape) => tensor('int64', new BigInt64Array(aligned(data)), shape) },
  I32: { bytes: 4, read: (data, shape) => tensor('int32', new Int32Array(aligned(data)), shape) },
  I16: { bytes: 2, read: (data, shape) => tensor('int32', Int32Array.from(new Int16Array(aligned(data))), shape) },
  I8: { bytes: 1, read: (data, shape) => tensor('int8', new Int8Array(aligned(data)), shape) },
  U8: { bytes: 1, read: (data, shape) => tensor('uint8', new Uint8Array(aligned(data)), shape) },
  BOOL: { bytes: 1, read: (data, shape) => tensor('bool', Uint8Array.from(data, (value) => (value === 0 ? 0 : 1)), shape) },
};

const NAMES: Readonly<Record<string, string>> = { float32: 'F32', int64: 'I64', int32: 'I32', uint8: 'U8', int8: 'I8', bool: 'BOOL' };

/** A copy, which begins where every element type may begin. */
const aligned = (data: Uint8Array): ArrayBuffer => Uint8Array.from(data).buffer;

/**
 * Reads a safetensors file from untrusted bytes; an empty one holds nothing. Floating-point numbers of all widths become
 * float32, which shares the file's memory where it can.
 *
 * @throws LensError `invalid-argument` that says what does not fit.
 */
export function readSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  if (bytes.byteLength === 0) return new Map();
  const { entries, data } = readHeader(bytes);
  requireSeparate(entries, data.byteLength);
  return new Map(entries.map(([name, { dtype, shape, begin, end }]) => [name, ELEMENTS[dtype].read(data.subarray(begin, end), shape)]));
}

/** Tensors as a safetensors file: its header, and their elements as they are. */
export function writeSafetensors(tensors: readonly Tensor[]): Uint8Array[] {
  if (tensors.length === 0) return [];
  let offset = 0;
  const parts = tensors.map((each) => ({ ...each, bytes: bytesOf(each) }));
  const header = Object.fromEntries(
    parts.map(({ dtype, shape, bytes }, index) => [String(index), { dtype: NAMES[dtype], shape, data_offsets: [offset, (offset += bytes.byteLength)] }]),
  );
  const text = Buffer.from(JSON.stringify(header));
  const padding = (LENGTH_BYTES - (text.length % LENGTH_BYTES)) % LENGTH_BYTES;
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(text.length + padding));
  return [Buffer.concat([length, text, Buffer.alloc(padding, ' ')]), ...parts.map(({ bytes }) => bytes)];
}

function bytesOf({ data, dtype }: Tensor): Uint8Array {
  if (Array.isArray(data)) throw new LensError('invalid-argument', `Tensors of ${dtype} elements cannot be sent`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function readHeader(bytes: Uint8Array): { entries: [string, Entry][]; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength < LENGTH_BYTES ? -1n : view.getBigUint64(0, true);
  if (length < 0n || length > BigInt(Math.min(MOST_HEADER_BYTES, bytes.byteLength - LENGTH_BYTES))) refuse(`its header cannot have ${length} of its ${bytes.byteLength} bytes`);
  const start = LENGTH_BYTES + Number(length);
  const header = parse(bytes.subarray(LENGTH_BYTES, start));
  const named = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (named.length > MOST_TENSORS) refuse(`it has ${named.length} tensors, at most ${MOST_TENSORS} can be read`);
  return { entries: named.map(([name, entry]) => [name, readEntry(name, entry, bytes.byteLength - start)]), data: bytes.subarray(start) };
}

function parse(text: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch {
    // said below
  }
  return refuse('its header is not a JSON object');
}

function readEntry(name: string, entry: unknown, available: number): Entry {
  const { dtype, shape, data_offsets: offsets } = (typeof entry === 'object' && entry !== null ? entry : {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENTS, dtype)) refuse(`tensor '${name}' has the element type ${JSON.stringify(dtype)}, it must be one of ${Object.keys(ELEMENTS).join(', ')}`);
  if (!isWholeNumbers(shape) || shape.length > MOST_AXES) refuse(`the shape of tensor '${name}' is not a list of whole numbers`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2) refuse(`tensor '${name}' has no place`);
  const [begin, end] = offsets;
  if (begin > end || end > available) refuse(`tensor '${name}' lies from ${begin} to ${end} of ${available} bytes`);
  if (sizeOf(shape) * ELEMENTS[dtype].bytes !== end - begin) refuse(`tensor '${name}' of shape ${formatShape(shape)} and type ${dtype} has ${end - begin} bytes`);
  return { dtype, shape, begin, end };
}

/** Every byte belongs to exactly one tensor: a small file cannot become a large number of tensors. */
function requireSeparate(entries: readonly [string, Entry][], size: number): void {
  let next = 0;
  for (const [name, { begin, end }] of [...entries].sort(([, left], [, right]) => left.begin - right.begin || left.end - right.end)) {
    if (begin !== next) refuse(`tensor '${name}' begins at ${begin}, it must begin at ${next}`);
    next = end;
  }
  if (next !== size) refuse(`its tensors have ${next} of ${size} bytes`);
}

const isWholeNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

function refuse(why: string): never {
  throw new LensError('invalid-argument', `The safetensors file cannot be read: ${why}`);
}
