import { unzipSync } from 'fflate';
import { LensError } from '../../../protocol/errors';
import { FREE_BYTES, MAX_CONFIG_BYTES, MAX_EXPANSION, MAX_FILE_BYTES } from './limits';

/** The parts of a `.keras` file that are read, and how large each may be. */
const PARTS: ReadonlyMap<string, number> = new Map([
  ['config.json', MAX_CONFIG_BYTES],
  ['metadata.json', MAX_CONFIG_BYTES],
  ['model.weights.h5', MAX_FILE_BYTES],
]);

/** Whether bytes begin as a zip file does. */
export const isArchive = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

/**
 * The parts of a `.keras` file, a zip archive, by name. What each part declares as its size is checked before anything
 * is unpacked; other parts are left alone.
 *
 * @throws LensError `invalid-model`.
 */
export function readArchive(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const most = bytes.length * MAX_EXPANSION + FREE_BYTES;
  let total = 0;
  try {
    const parts = unzipSync(bytes, {
      filter({ name, originalSize }) {
        const limit = PARTS.get(name);
        if (limit === undefined) return false;
        total += originalSize;
        if (originalSize > limit || total > most) throw new LensError('invalid-model', `its part '${name}' would unpack to ${originalSize} bytes, at most ${Math.min(limit, most)} are read`);
        return true;
      },
    });
    return new Map(Object.entries(parts));
  } catch (error) {
    if (error instanceof LensError) throw error;
    throw new LensError('invalid-model', `is not a valid zip archive (${error instanceof Error ? error.message : String(error)})`);
  }
}
