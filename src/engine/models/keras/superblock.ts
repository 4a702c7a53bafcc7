import { LensError } from '../../../protocol/errors';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Where the superblock says that the file ends, by its version. Addresses have 8 bytes in all files of Keras. */
const END_ADDRESS: Readonly<Record<number, { sizeAt: number; endAt: number }>> = { 0: { sizeAt: 13, endAt: 40 }, 1: { sizeAt: 13, endAt: 44 }, 2: { sizeAt: 9, endAt: 28 }, 3: { sizeAt: 9, endAt: 28 } };

/**
 * Throws unless bytes begin as an HDF5 file does, and end where it says. A file that was cut short or to which bytes
 * were added is thus refused at once, with the reason; the library would tell another, or search without end.
 *
 * @throws LensError `invalid-model`.
 */
export function requireWhole(bytes: Uint8Array): void {
  const place = SIGNATURE.every((byte, index) => bytes[index] === byte) ? END_ADDRESS[bytes[8]] : undefined;
  if (!place || bytes.length < 64 || bytes[place.sizeAt] !== 8) throw new LensError('invalid-model', 'is not a valid HDF5 file');
  const end = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(place.endAt, true);
  if (end !== BigInt(bytes.length)) throw new LensError('invalid-model', `is damaged: as an HDF5 file it must have ${end} bytes, it has ${bytes.length}`);
}
