import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../protocol/errors';

const MAX_BYTES = 2 ** 20;

/** Reads a text file. Throws `not-found`, or `invalid-argument` for more than a megabyte. */
export async function readText(file: string): Promise<string> {
  const name = path.basename(file);
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new LensError('not-found', `Text '${name}': there is no such file`);
  if (info.size > MAX_BYTES) throw new LensError('invalid-argument', `Text '${name}': texts up to ${MAX_BYTES} bytes can be read, got ${info.size}`);
  return readFile(file, 'utf8');
}
