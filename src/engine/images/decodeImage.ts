import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LensError } from '../../protocol/errors';

/** An image in memory: RGBA, 8 bits each, row-major. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Larger files and pictures are refused before they are decoded. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
const MAX_PIXELS = 64e6;
const JPEG_MEMORY_MB = 1024;

const NEXT_STEP = 'Choose a PNG or JPEG file.';

/**
 * Reads a PNG or JPEG file (told apart by its first bytes), upright: the EXIF orientation is applied.
 * Throws `not-found` or `invalid-argument` naming the file.
 */
export async function decodeImageFile(file: string): Promise<Picture> {
  const name = path.basename(file);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new LensError('not-found', error.code === 'ENOENT' ? `Image '${name}': there is no such file` : `Image '${name}' cannot be read (${error.code ?? error.message})`, NEXT_STEP);
  });
  return decodeImage(bytes, name);
}

/** {@link decodeImageFile} for bytes in memory; `name` is for messages. */
export async function decodeImage(bytes: Uint8Array, name: string): Promise<Picture> {
  if (bytes.byteLength === 0) throw refuse(name, 'is empty');
  if (bytes.byteLength > MAX_FILE_BYTES) throw refuse(name, `must have at most ${MAX_FILE_BYTES / 2 ** 20} MB, got ${Math.round(bytes.byteLength / 2 ** 20)} MB`);
  try {
    if (bytes[0] === 0x89 && bytes[1] === 0x50) return await decodePng(bytes, name);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return await decodeJpeg(bytes, name);
  } catch (error) {
    if (error instanceof LensError) throw error;
    throw refuse(name, 'is damaged, or a kind of PNG or JPEG that cannot be read');
  }
  throw refuse(name, 'must be a PNG or JPEG file');
}

async function decodePng(bytes: Uint8Array, name: string): Promise<Picture> {
  const { PNG } = await import('pngjs');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length >= 24) requirePixels(name, buffer.readUInt32BE(16), buffer.readUInt32BE(20));
  const { width, height, data } = PNG.sync.read(buffer);
  return { width, height, rgba: data };
}

async function decodeJpeg(bytes: Uint8Array, name: string): Promise<Picture> {
  const [{ decode }, { orientation }] = await Promise.all([import('jpeg-js'), import('exifr')]);
  const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: true, maxMemoryUsageInMB: JPEG_MEMORY_MB, maxResolutionInMP: MAX_PIXELS / 1e6 });
  requirePixels(name, width, height);
  const turned = await orientation(Buffer.from(bytes)).catch(() => undefined);
  return upright({ width, height, rgba: data }, turned ?? 1);
}

/** Applies an EXIF orientation, 1 to 8. */
function upright(picture: Picture, orientation: number): Picture {
  if (orientation <= 1 || orientation > 8) return picture;
  const { width, height } = picture;
  const source = new Uint32Array(picture.rgba.buffer, picture.rgba.byteOffset, width * height);
  const swapped = orientation >= 5;
  const [toWidth, toHeight] = swapped ? [height, width] : [width, height];
  const result = new Uint32Array(width * height);
  const flipX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const flipY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [u, v] = swapped ? [y, x] : [x, y];
      result[y * toWidth + x] = source[(flipY ? height - 1 - v : v) * width + (flipX ? width - 1 - u : u)];
    }
  }
  return { width: toWidth, height: toHeight, rgba: new Uint8Array(result.buffer) };
}

function requirePixels(name: string, width: number, height: number): void {
  if (width * height > MAX_PIXELS) throw refuse(name, `must have at most ${MAX_PIXELS / 1e6} megapixels, got ${width} x ${height}`);
}

const refuse = (name: string, problem: string): LensError => new LensError('invalid-argument', `Image '${name}' ${problem}`, NEXT_STEP);
