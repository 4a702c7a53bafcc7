import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { decodeImage } from '../../../src/engine/images/decodeImage';
import { loadImage } from '../../../src/engine/images/loadImage';
import { hintsOf } from '../../../src/engine/presentation/hints';
import { LensError } from '../../../src/protocol/errors';
import { encodePng } from '../../../src/visualization/encodePng';

const PHOTOS = path.resolve('media/samples/photos');

async function pngFile(width: number, height: number, color: (x: number, y: number) => [number, number, number]): Promise<string> {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rgba.set([...color(x, y), 255], (y * width + x) * 4);
  const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'load-image-')), 'picture.png');
  await writeFile(file, encodePng(rgba, width, height));
  return file;
}

describe('loadImage', () => {
  it('reads a PNG as planes of red, green and blue in 0..1', async () => {
    const image = await loadImage(await pngFile(3, 2, (x, y) => [x * 100, y * 255, 51]));
    assert.deepEqual(image.shape, [1, 3, 2, 3]);
    assert.deepEqual(Array.from(image.data, (value) => Math.round(value * 255)), [0, 100, 200, 0, 100, 200, 0, 0, 0, 255, 255, 255, 51, 51, 51, 51, 51, 51]);
  });

  it('puts channels last when asked', async () => {
    const image = await loadImage(await pngFile(2, 1, (x) => [x * 255, 0, 255]), { layout: 'NHWC' });
    assert.deepEqual(image.shape, [1, 1, 2, 3]);
    assert.deepEqual(Array.from(image.data), [0, 0, 1, 1, 0, 1]);
  });

  it('applies mean and std, and hints at how to undo them', async () => {
    const image = await loadImage(await pngFile(1, 1, () => [255, 0, 0]), { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
    assert.deepEqual(Array.from(image.data), [2, -2, -2]);
    assert.deepEqual(hintsOf(image).mean, [0.5, 0.5, 0.5]);
  });

  it('covers the wanted size and cuts out the centre', async () => {
    const image = await loadImage(await pngFile(300, 100, (x) => (x >= 100 && x < 200 ? [255, 255, 255] : [0, 0, 0])), { width: 50, height: 50, channels: 1 });
    assert.deepEqual(image.shape, [1, 1, 50, 50]);
    assert.ok(image.data.filter((value) => value > 0.99).length >= 48 * 50);
  });

  it('takes layout, size and channels from the shape of a model that says no more of its pictures', async () => {
    const file = await pngFile(30, 20, () => [255, 255, 255]);
    const shapeFor = async (format: 'onnx' | 'keras', ...shapes: number[][]) =>
      (await loadImage(file, { for: { format, inputs: shapes.map((shape, index) => ({ name: `input ${index}`, dtype: 'float32', shape })) } })).shape;
    assert.deepEqual(await shapeFor('onnx', [-1, 3, 8, 9]), [1, 3, 8, 9]);
    assert.deepEqual(await shapeFor('keras', [-1, 4], [-1, 8, 9, 1]), [1, 8, 9, 1]);
    assert.deepEqual(await shapeFor('onnx', [-1, 3, -1, -1]), [1, 3, 20, 30]);
  });

  it('reads a photograph in JPEG and a gray one', async () => {
    const [cat, camera] = await Promise.all(['chelsea.jpg', 'camera.jpg'].map((name) => loadImage(path.join(PHOTOS, name), { width: 64, height: 64 })));
    assert.deepEqual(cat.shape, [1, 3, 64, 64]);
    assert.deepEqual(camera.data.subarray(0, 4096), camera.data.subarray(4096, 8192));
  });

  it('names a missing file', async () => {
    await assert.rejects(loadImage('nowhere/cat.png'), (error: unknown) => error instanceof LensError && error.code === 'not-found' && error.message.includes("'cat.png'"));
  });

  it('refuses what is no picture, and hundreds of damaged ones', async () => {
    await assert.rejects(decodeImage(Buffer.from('GIF89a'), 'a.gif'), /must be a PNG or JPEG file/);
    const whole = encodePng(new Uint8Array(16 * 16 * 4).fill(120), 16, 16);
    for (let seed = 1; seed <= 300; seed++) {
      const bytes = Uint8Array.from(whole.subarray(0, (seed * 7919) % whole.length));
      if (bytes.length > 8) bytes[8 + ((seed * 104729) % (bytes.length - 8))] ^= 1 << seed % 8;
      await decodeImage(bytes, 'damaged.png').catch((error: unknown) => assert.ok(error instanceof LensError, String(error)));
    }
  });

  it('refuses a picture whose header declares a huge size', async () => {
    const bytes = Buffer.from(encodePng(new Uint8Array(4), 1, 1));
    bytes.writeUInt32BE(100_000, 16);
    bytes.writeUInt32BE(100_000, 20);
    await assert.rejects(decodeImage(bytes, 'huge.png'), /at most 64 megapixels, got 100000 x 100000/);
  });
});
