import { LensError } from '../protocol/errors';

/** Characters that String.fromCharCode takes at once without exhausting the stack. */
const CHUNK = 0x8000;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of a base64 text. Throws `invalid-argument` when it is not base64. */
export function bytesFromBase64(text: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new LensError('invalid-argument', `The data is not base64: '${text.slice(0, 16)}…'`);
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The base64 text of bytes. */
export function base64FromBytes(bytes: Uint8Array): string {
  let binary = '';
  for (let from = 0; from < bytes.length; from += CHUNK) binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  return btoa(binary);
}

/** Little-endian float32 values of a base64 text. Throws `invalid-argument` when there are not `count` of them. */
export function floatsFromBase64(text: string, count: number): Float32Array {
  const bytes = bytesFromBase64(text);
  if (bytes.length !== 4 * count) throw new LensError('invalid-argument', `${count} float32 values need ${4 * count} bytes, got ${bytes.length}`);
  if (LITTLE_ENDIAN) return new Float32Array(bytes.buffer);
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
}

/** The base64 text of float32 values, little-endian. */
export function base64FromFloats(values: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return base64FromBytes(new Uint8Array(view.buffer));
}
