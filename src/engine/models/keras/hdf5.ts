import type * as h5wasm from 'h5wasm';
import { LensError } from '../../../protocol/errors';
import { formatShape, sizeOf, type Tensor } from '../../tensor';
import { MAX_CONFIG_BYTES, MAX_ELEMENTS, MAX_GROUP_DEPTH, MAX_GROUPS, MAX_RANK, mostWeightBytes } from './limits';

/** HDF5's classes of element types. */
const INTEGER = 0;
const FLOAT = 1;

let opened = 0;

/**
 * An HDF5 file in memory, for the thread of hdf5Worker.ts: on a damaged one the library may go on without end. It runs
 * in WebAssembly and sees this file only: links to other files lead nowhere. Sizes are checked before memory is
 * allocated.
 */
export class Hdf5File {
  private left: number;

  private constructor(
    private readonly library: typeof h5wasm,
    private readonly file: h5wasm.File,
    bytes: number,
  ) {
    this.left = mostWeightBytes(bytes);
  }

  /**
   * Opens a file; its bytes must not be changed after.
   *
   * @throws LensError `invalid-model` when the bytes are not an HDF5 file.
   */
  static async open(bytes: Uint8Array): Promise<Hdf5File> {
    const library = await import('h5wasm');
    const { FS, activate_throwing_error_handler: throwErrors } = await library.ready;
    throwErrors(); // else they are printed
    const name = `${opened++}.h5`;
    FS.createDataFile('/', name, bytes, true, true, true); // the last: not copied
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

  /** The paths of the datasets within a group that are called `vars/0`, `vars/1`, ...: the weights of Keras 3. */
  variables(group: string): string[] {
    const found: string[] = [];
    const groups = [group];
    let seen = 1; // a group can be within itself
    for (let path = groups.pop(); path !== undefined; path = groups.pop()) {
      const entity = this.entity(path);
      if (entity instanceof this.library.Dataset && /\/vars\/\d+$/.test(path)) found.push(path);
      if (!(entity instanceof this.library.Group)) continue;
      const names = guarded(`'${path}'`, () => entity.keys());
      seen += names.length;
      if (path.split('/').length > MAX_GROUP_DEPTH || seen > MAX_GROUPS) throw new LensError('invalid-model', `'${group}': has too many groups, or too many within each other`);
      for (const name of names) groups.push(`${path}/${name}`);
    }
    return found;
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

/** What the HDF5 library throws becomes a LensError. After a fault of its WebAssembly it cannot be used any more: that one goes through. */
function guarded<T>(subject: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LensError || error instanceof WebAssembly.RuntimeError) throw error;
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new LensError('invalid-model', `${subject}: is not valid HDF5 (${reason.slice(0, 200)})`);
  }
}
