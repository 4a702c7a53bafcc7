import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { external, hostileSeeds } from './hostileSeeds';
import { mutations, random } from './mutations';
import { survivesLoading } from './survival';

const SEEDS = 25;

const folder = mkdtempSync(path.join(tmpdir(), 'attribution-lens-hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Loads and specialises for three examples. */
const survives = (source: Uint8Array | string, label: string): Promise<boolean> =>
  survivesLoading(label, async () => {
    const model = await loadOnnxModel(source);
    await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim, axis) => (dim === -1 || (axis === 0 && dim === 1) ? 3 : dim)) })));
  });

async function damage(name: string, original: Uint8Array, load: (bytes: Uint8Array, label: string) => Promise<boolean>): Promise<void> {
  assert.equal(await load(original, name), true);
  let [refused, read] = [0, 0];
  for (const [kind, mutate] of Object.entries(mutations)) {
    for (let seed = 0; seed < SEEDS; seed++) {
      if (await load(mutate(original, random(seed * 7919 + kind.length)), `${name}, ${kind}, seed ${seed}`)) read++;
      else refused++;
    }
  }
  assert.ok(refused > SEEDS && read > 0, `${refused} were refused, ${read} read`);
}

for (const [name, build] of Object.entries(hostileSeeds)) test(`${name}: damaged copies are read or refused, never more`, () => damage(name, build(), survives));

test('external data: damaged copies are read or refused, never more', async () => {
  writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(72));
  const file = path.join(folder, 'model.onnx');
  await damage('external data', external(), (bytes, label) => {
    writeFileSync(file, bytes);
    return survives(file, label);
  });
});
