import type * as h5wasm from 'h5wasm';
import { LensError } from '../../../protocol/errors';
import { formatShape, sizeOf, type Tensor } from '../../tensor';
import { FREE_BYTES, MAX_CONFIG_BYTES, MAX_ELEMENTS, MAX_EXPANSION, MAX_RANK, MAX_WEIGHT_BYTES } from './limits';

/** HDF5's classes of element types. */
const INTEGER = 0;
const FLOAT = 1;

let opened = 0;

/**
 * An HDF5 file in memory. It is read by the HDF5 library in WebAssembly, which sees this file only: links to other
 * files lead nowhere. Sizes are checked before memory is allocated.
 */
export class Hdf5File {
  private left: number;

  private constructor(
    private readonly library: typeof h5wasm,
    private readonly file: h5wasm.File,
    bytes: number,
  ) {
    this.left = Math.min(MAX_WEIGHT_BYTES, bytes * MAX_EXPANSION + FREE_BYTES);
  }

  /** @throws LensError `invalid-model` when the bytes are not an HDF5 file. */
  static async open(bytes: Uint8Array): Promise<Hdf5File> {
    requireWhole(bytes);
    const library = await import('h5wasm');
    const { FS, activate_throwing_error_handler: throwErrors } = await library.ready;
    throwErrors(); // else they are printed
    const name = `${opened++}.h5`;
    FS.writeFile(name, bytes);
    try {
      return new Hdf5File(library, guarded('it', () => new library.File(name, 'r')), bytes.length);
    } finally {
      FS.unlink(name); // the open file keeps its content
    }
  }

  /** Frees the file. */
  close(): void {
    try {
      this.file.close();
    } catch {
      // a damaged file may not close
    }
  }

  /** An attribute that is a text; undefined when there is none. */
  text(path: string, attribute: string): string | undefined {
    const value = this.attribute(path, attribute);
    return typeof value === 'string' ? value : Array.isArray(value) && typeof value[0] === 'string' ? value[0] : undefined;
  }

  /** An attribute that is a list of texts; Keras cuts long ones into `name0`, `name1`, ... */
  texts(path: string, attribute: string): string[] | undefined {
    const whole = this.attribute(path, attribute);
    if (whole !== undefined) return Array.isArray(whole) ? whole.map(String) : [];
    const parts: string[] = [];
    for (let index = 0; ; index++) {
      const part = this.attribute(path, `${attribute}${index}`);
      if (!Array.isArray(part)) return index === 0 ? undefined : parts;
      parts.push(...part.map(String));
    }
  }

  /** A dataset as a tensor: float64 is cast to float32, integers to int32. Undefined when there is none at the path. */
  tensor(path: string): Tensor | undefined {
    const subject = `Weight '${path}'`;
    const found = this.entity(path);
    if (!(found instanceof this.library.Dataset)) return undefined;
    const { shape, type, size } = guarded(subject, () => found.metadata);
    if (!shape || shape.length > MAX_RANK || !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0) || sizeOf(shape) > MAX_ELEMENTS) throw new LensError('invalid-model', `${subject}: has no valid shape`);
    const bytes = sizeOf(shape) * Math.max(4, size);
    if (bytes > this.left) throw new LensError('invalid-model', `${subject}: its shape ${formatShape(shape)} is too large for the file`);
    this.left -= bytes;
    const isFloat = type === FLOAT && (size === 4 || size === 8);
    if (!isFloat && !(type === INTEGER && size <= 8)) throw new LensError('invalid-model', `${subject}: only float32, float64 and integers are read, got numbers of ${8 * size} bits`, 'Save the model with float32 weights.');
    const value = guarded(subject, () => found.value);
    const values = typeof value === 'number' || typeof value === 'bigint' ? [value] : ArrayBuffer.isView(value) && !(value instanceof DataView) ? value : undefined;
    if (!values || values.length !== sizeOf(shape)) throw new LensError('invalid-model', `${subject}: cannot be read`);
    if (isFloat) return { dtype: 'float32', shape, data: values instanceof Float32Array ? values : Float32Array.from(values, Number) };
    return { dtype: 'int32', shape, data: Int32Array.from(values, Number) };
  }

  private attribute(path: string, name: string): unknown {
    const found = this.entity(path);
    if (!(found instanceof this.library.Group)) return undefined;
    return guarded(`Attribute '${name}'`, () => {
      const { attrs } = found;
      if (!Object.hasOwn(attrs, name)) return undefined;
      const { metadata } = attrs[name];
      if (sizeOf(metadata.shape ?? []) * metadata.size > MAX_CONFIG_BYTES) throw new LensError('invalid-model', `Attribute '${name}': is larger than ${MAX_CONFIG_BYTES} bytes`);
      const { value } = attrs[name];
      return ArrayBuffer.isView(value) ? [] : value; // Keras writes an empty list as one of numbers
    });
  }

  private entity(path: string): h5wasm.Entity | null {
    return guarded(`'${path}'`, () => (path === '/' ? this.file : this.file.get(path)));
  }
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the superblock says that the file ends, by its version. Addresses have 8 bytes in all files of Keras. */
const END_ADDRESS: Readonly<Record<number, { sizeAt: number; endAt: number }>> = { 0: { sizeAt: 13, endAt: 40 }, 1: { sizeAt: 13, endAt: 44 }, 2: { sizeAt: 9, endAt: 28 }, 3: { sizeAt: 9, endAt: 28 } };

/** Throws unless the file ends where it says: in files that bytes were put into or taken from, the library may search without end. */
function requireWhole(bytes: Uint8Array): void {
  const place = SIGNATURE.every((byte, index) => bytes[index] === byte) ? END_ADDRESS[bytes[8]] : undefined;
  if (!place || bytes.length < 64 || bytes[place.sizeAt] !== 8) throw new LensError('invalid-model', 'is not a valid HDF5 file');
  const end = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(place.endAt, true);
  if (end !== BigInt(bytes.length)) throw new LensError('invalid-model', `is damaged: as an HDF5 file it must have ${end} bytes, it has ${bytes.length}`);
}

/** What the HDF5 library throws becomes a LensError. */
function guarded<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LensError) throw error;
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new LensError('invalid-model', `${subject}: is not valid HDF5 (${reason.slice(0, 200)})`);
  }
}
