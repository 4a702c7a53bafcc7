import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Hdf5Reader } from '../../../../src/engine/models/keras/hdf5Reader';
import { loadKerasModel } from '../../../../src/engine/models/keras/kerasModel';
import { LensError } from '../../../../src/protocol/errors';
import { byteMutations, random } from '../mutations';

const LIMIT_MS = 1000;

/** legacy.h5 with bytes taken out, and an end address that fits: the HDF5 library reads on and on in it. */
function endless(seed: number): Uint8Array {
  const bytes = byteMutations['bytes taken out'](new Uint8Array(readFileSync(join(__dirname, 'data/legacy.h5'))), random(seed));
  new DataView(bytes.buffer).setBigUint64(40, BigInt(bytes.length), true);
  return bytes;
}

async function read(bytes: Uint8Array): Promise<void> {
  const reader = await Hdf5Reader.open(bytes, LIMIT_MS);
  try {
    await reader.listed(['model_weights/dense', 'model_weights/conv2d', 'model_weights/conv']);
  } finally {
    reader.close();
  }
}

const SEEDS = [449, 1596];

for (const seed of SEEDS) {
  test(`an HDF5 file that the library reads without end is refused in time, seed ${seed}`, { timeout: 300_000 }, async () => {
    await loadKerasModel(join(__dirname, 'data/legacy.h5'));
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 10);
    const error = await read(endless(seed)).then(() => undefined, (reason: unknown) => reason);
    clearInterval(ticking);
    assert.ok(error instanceof LensError, String(error));
    assert.equal(error.code, 'invalid-model');
    assert.match(error.message, /cannot be read as HDF5 within 1 s/);
    assert.ok(ticks > 0, 'the event loop runs meanwhile');
  });
}

test('after that, whole files are read, several at a time', async () => {
  const refused = assert.rejects(read(endless(SEEDS[0])), LensError);
  const models = await Promise.all(['legacy.h5', 'nested_h5.h5', 'nested.keras'].map((file) => loadKerasModel(join(__dirname, 'data', file))));
  for (const model of models) assert.ok((model.layers ?? []).length > 0, model.name);
  await refused;
});

test('bytes that are given to be read are left as they are', async () => {
  const bytes = new Uint8Array(readFileSync(join(__dirname, 'data/legacy.h5')));
  await loadKerasModel(bytes);
  await loadKerasModel(bytes);
});
