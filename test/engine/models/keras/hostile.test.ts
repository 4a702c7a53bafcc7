import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unzipSync, zipSync } from 'fflate';
import { loadKerasModel } from '../../../../src/engine/models/keras/kerasModel';
import type { LensError } from '../../../../src/protocol/errors';
import { mutations, random } from '../mutations';
import { refusalOf } from '../survival';

const SEEDS = 12;

const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(join(__dirname, 'data', file)));

/** What can happen to the bytes of any file. */
const damages = Object.entries(mutations).filter(([kind]) => !kind.includes('field'));

/** Loads and specialises; returns the error that refused it. */
const refusal = (bytes: Uint8Array, label: string): Promise<LensError | undefined> =>
  refusalOf(label, async () => {
    const model = await loadKerasModel(bytes);
    await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 2 : dim)) })));
    model.dispose();
  }, 4000);

/** Damages many times, and returns how many were refused; what is whole must still be read after that. */
async function refusedOf(whole: Uint8Array, name: string, damage: (kind: string, seed: number) => Uint8Array, kinds: readonly string[]): Promise<number> {
  let refused = 0;
  for (const kind of kinds) for (let seed = 0; seed < SEEDS; seed++) if (await refusal(damage(kind, seed), `${name}, ${kind}, seed ${seed}`)) refused++;
  assert.equal(await refusal(whole, name), undefined);
  return refused;
}

const kinds = damages.map(([kind]) => kind);
const damaged = (bytes: Uint8Array, kind: string, seed: number): Uint8Array => mutations[kind](bytes, random(seed * 7919 + kind.length));

for (const file of ['nested.keras', 'tokens.keras', 'legacy.h5', 'nested_h5.h5']) {
  test(`${file}: damaged copies are read or refused, never more`, async () => {
    const whole = bytesOf(file);
    assert.ok((await refusedOf(whole, file, (kind, seed) => damaged(whole, kind, seed), kinds)) > SEEDS);
  });
}

for (const file of ['nested.keras', 'images.keras', 'tokens.keras']) {
  test(`${file}: damaged weights in a whole archive are read or refused`, async () => {
    const whole = bytesOf(file);
    const parts = unzipSync(whole);
    const refused = await refusedOf(whole, file, (kind, seed) => zipSync({ ...parts, 'model.weights.h5': damaged(parts['model.weights.h5'], kind, seed) }, { level: 0 }), kinds);
    assert.ok(refused > SEEDS);
  });
}

const VALUES: readonly unknown[] = [0, -1, 1, 2, 2 ** 31, 1e300, 0.5, null, true, '', 'x', '__proto__', [], {}, [1, 2, 3], 'Dense', 'LSTM', 'Flatten', 'Conv2D', 'Add', 'Sequential', 'valid', 'same', 'channels_first'];

/** Gives values of a configuration others: well-formed, but with another meaning. */
function changed(root: unknown, next: (below: number) => number, count: number): unknown {
  const copy = structuredClone(root);
  const places: [Record<string, unknown>, string][] = [];
  const stack: unknown[] = [copy];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const key of Object.keys(value)) {
      const holder = value as Record<string, unknown>;
      places.push([holder, key]);
      stack.push(holder[key] ?? null);
    }
  }
  for (let change = 0; change < count; change++) {
    const [holder, key] = places[next(places.length)];
    const [other, otherKey] = places[next(places.length)];
    holder[key] = next(4) === 0 ? structuredClone(other[otherKey]) : VALUES[next(VALUES.length)];
  }
  return copy;
}

for (const file of ['images.keras', 'sequences.keras', 'tokens.keras', 'attention.keras', 'nested.keras', 'volumes.keras', 'table.keras']) {
  test(`${file}: changed configurations are read or refused`, async () => {
    const whole = bytesOf(file);
    const parts = unzipSync(whole);
    const config: unknown = JSON.parse(new TextDecoder().decode(parts['config.json']));
    const refused = await refusedOf(whole, file, (kind, seed) => zipSync({ ...parts, 'config.json': new TextEncoder().encode(JSON.stringify(changed(config, random(seed + 31 * Number(kind)), Number(kind)))) }, { level: 0 }), ['1', '2', '8']);
    assert.ok(refused > SEEDS / 2, `only ${refused} were refused`);
  });
}

/** nested.keras with another configuration. */
const configured = (config: unknown): Uint8Array => zipSync({ ...unzipSync(bytesOf('nested.keras')), 'config.json': new TextEncoder().encode(typeof config === 'string' ? config : JSON.stringify(config)) });
const layer = (class_name: string, name: string, inbound: string | undefined, config: object = {}): object => ({
  class_name, module: 'keras.layers', name, config: { name, ...config },
  inbound_nodes: inbound === undefined ? [] : [{ args: [{ class_name: '__keras_tensor__', config: { keras_history: [inbound, 0, 0] } }], kwargs: {} }],
});
const functional = (layers: object[], output: string): object => ({ class_name: 'Functional', config: { name: 'f', layers, input_layers: [['x', 0, 0]], output_layers: [[output, 0, 0]] } });
const input = layer('InputLayer', 'x', undefined, { batch_shape: [null, 4], dtype: 'float32' });

async function messageOf(bytes: Uint8Array): Promise<string> {
  return (await refusal(bytes, 'refused'))?.message ?? 'not refused';
}

test('code is never run: Lambda layers and subclassed models are refused by name', async () => {
  assert.match(await messageOf(configured(functional([input, layer('Lambda', 'mine', 'x', { function: 'x' })], 'mine'))), /Lambda 'mine': it holds Python code, which is never run/);
  assert.match(await messageOf(configured({ class_name: 'MyModel', config: {} })), /it is of class MyModel, whose layers and calls are Python code/);
});

test('every layer that is not supported is named at once', async () => {
  assert.match(await messageOf(configured(functional([input, layer('MelSpectrogram', 'a', 'x'), layer('Hashing', 'b', 'a')], 'b'))), /MelSpectrogram 'a'.*Hashing 'b'/);
});

test('layers that call each other in a circle are refused', async () => {
  assert.match(await messageOf(configured(functional([input, layer('Flatten', 'a', 'b'), layer('Flatten', 'b', 'a')], 'b'))), /its layers call each other in a circle/);
});

test('models within models beyond all bounds are refused', async () => {
  let text = JSON.stringify(functional([input, layer('Flatten', 'y', 'x')], 'y'));
  for (let depth = 0; depth < 200; depth++) text = `{"class_name":"Sequential","config":{"name":"s${depth}","layers":[${text}]}}`;
  assert.match(await messageOf(configured(text)), /models within each other/);
  assert.match(await messageOf(configured(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)), /config\.json is not valid JSON|must be an object/);
});

test('models that call models are not written out without end', async () => {
  let inner = functional([input, layer('Flatten', 'y', 'x')], 'y');
  for (let depth = 0; depth < 24; depth++) {
    const model = { ...inner, module: 'keras', name: 'm', config: { ...(inner as { config: object }).config, name: 'm' }, inbound_nodes: [0, 1].map((call) => ({ args: [{ class_name: '__keras_tensor__', config: { keras_history: [call === 0 ? 'x' : 'm', 0, 0] } }], kwargs: {} })) };
    inner = { class_name: 'Functional', config: { name: 'f', layers: [input, model], input_layers: [['x', 0, 0]], output_layers: [['m', 2, 0]] } };
  }
  assert.match(await messageOf(configured(inner)), /more than 3000 layers/);
});

test('an archive that unpacks to far more than it holds is refused before it is unpacked', async () => {
  const bomb = zipSync({ 'config.json': new Uint8Array(60 * 2 ** 20) }, { level: 9 });
  assert.match(await messageOf(bomb), /would unpack to 62914560 bytes/);
});

test('an HDF5 file without a model says so', async () => {
  assert.match(await messageOf(unzipSync(bytesOf('nested.keras'))['model.weights.h5']), /weights only, or no Keras model/);
});
