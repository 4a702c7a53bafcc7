import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { loadNpy } from '../../../src/engine/images/loadNpy';
import { LensError } from '../../../src/protocol/errors';

const IMAGE = path.resolve('media/samples/models/net-image.npy');

describe('loadNpy', () => {
  it("reads the talk's image bit for bit", async () => {
    const [image, bytes] = await Promise.all([loadNpy(IMAGE), readFile(IMAGE)]);
    assert.equal(image.dtype, 'float32');
    assert.deepEqual(image.shape, [1, 1, 50, 50]);
    assert.equal((image.data as Float32Array)[2499], bytes.readFloatLE(bytes.length - 4));
  });

  it('refuses hundreds of damaged files by a clear error', async () => {
    const whole = await readFile(IMAGE);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'load-npy-'));
    const file = path.join(folder, 'damaged.npy');
    let refused = 0;
    for (let seed = 0; seed < 200; seed++) {
      const bytes = Buffer.from(whole.subarray(0, seed % 2 ? whole.length : (seed * 97) % whole.length));
      if (bytes.length > 0) bytes[(seed * 31) % Math.min(128, bytes.length)] ^= 1 << seed % 8;
      await writeFile(file, bytes);
      await loadNpy(file).catch((error: unknown) => {
        assert.ok(error instanceof LensError, String(error));
        refused++;
      });
    }
    assert.ok(refused > 100, `only ${refused} were refused`);
  });

  it('names a missing file', async () => {
    await assert.rejects(loadNpy('nowhere.npy'), /Array 'nowhere.npy': there is no such file/);
  });
});
