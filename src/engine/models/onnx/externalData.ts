import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { LensError } from '../../../protocol/errors';
import type { TensorProto } from '../../graph/onnx_pb';

/** Reads weights that lie beside the model file. Nothing outside the model's folder is opened, symbolic links included. */
export class ExternalData {
  private readonly root: string | undefined;

  /** `folder` is the model file's folder; undefined when the model came as bytes, and then external data is refused. */
  constructor(folder: string | undefined) {
    this.root = folder === undefined ? undefined : realpathSync(folder);
  }

  /** The bytes of a tensor, of which there must be exactly `expected`. */
  read(proto: TensorProto, expected: number): Uint8Array {
    const subject = `Weight '${proto.name}'`;
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    const location = entries.get('location');
    if (!location) throw new LensError('invalid-model', `${subject}: its external data has no location`);
    const path = this.locate(subject, location);
    const offset = integer(subject, 'offset', entries.get('offset') ?? '0');
    const length = integer(subject, 'length', entries.get('length') ?? String(expected));
    if (length !== expected) throw new LensError('invalid-model', `${subject}: needs ${expected} bytes, its external data declares ${length}`);
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new LensError('invalid-model', `${subject}: '${location}' is not a regular file`);
      if (offset + length > stat.size) {
        throw new LensError('invalid-model', `${subject}: needs bytes ${offset} to ${offset + length} of '${location}', which has ${stat.size}`);
      }
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const count = readSync(file, bytes, done, length - done, offset + done);
        if (count === 0) throw new LensError('invalid-model', `${subject}: '${location}' ended while it was read`);
        done += count;
      }
      return bytes;
    } finally {
      closeSync(file);
    }
  }

  private locate(subject: string, location: string): string {
    if (this.root === undefined) {
      throw new LensError('invalid-model', `${subject}: lies in the external file '${location}', which a model given as bytes cannot reach`, 'Load the model from its file instead.');
    }
    const refusal = new LensError('invalid-model', `${subject}: external data must lie in the model's folder, got '${location}'`);
    if (isAbsolute(location) || location.includes('\0') || !isInside(this.root, resolve(this.root, location))) throw refusal;
    let path: string;
    try {
      path = realpathSync(resolve(this.root, location));
    } catch {
      throw new LensError('not-found', `${subject}: its external data '${location}' is not in the model's folder`, 'Copy the file beside the model.');
    }
    if (!isInside(this.root, path)) throw refusal;
    return path;
  }
}

function isInside(root: string, path: string): boolean {
  const steps = relative(root, path);
  return steps !== '' && steps !== '..' && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}

function integer(subject: string, key: string, text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw new LensError('invalid-model', `${subject}: external data's ${key} must be a whole number, got '${text}'`);
  return value;
}
