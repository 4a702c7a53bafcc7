import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import { loadTfjsModel } from '../../../src/engine/models/tfjs/loadTfjsModel';
import type { Tf } from '../../../src/engine/models/tfjs/tfjs';
import { float32 } from '../../../src/engine/tensor';
import { GraphDefBuilder } from './graphDef';
import { assertClose, loaded, onnxRuntime, predict, runOnce } from './support';

const root = mkdtemp(path.join(tmpdir(), 'lens-tfjs-'));
after(async () => rm(await root, { recursive: true }));

/** Writes a model folder and gives the path of its model.json. */
async function folder(name: string, json: unknown, files: Record<string, Uint8Array>): Promise<string> {
  const directory = path.join(await root, name);
  await mkdir(directory, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) await writeFile(path.join(directory, file), bytes);
  await writeFile(path.join(directory, 'model.json'), typeof json === 'string' ? json : JSON.stringify(json));
  return path.join(directory, 'model.json');
}

const classifier = (name: string, change: (json: Record<string, unknown>) => void = () => undefined): Promise<string> => {
  const graph = GraphDefBuilder.classifier();
  const json = JSON.parse(JSON.stringify(graph.json())) as Record<string, unknown>;
  change(json);
  return folder(name, json, { 'group1-shard1of1.bin': graph.weights() });
};

const manifestOf = (json: Record<string, unknown>): { paths: string[]; weights: { shape: unknown; dtype: unknown }[] } => (json.weightsManifest as [never])[0];

const refused = async (file: string, expected: { code: string; message: RegExp }): Promise<void> => assert.rejects(loadTfjsModel(await loaded, file), expected);

test('a GraphModel from disk, its weights in two files', async () => {
  const tf = await loaded;
  const graph = GraphDefBuilder.classifier();
  const bytes = graph.weights();
  const file = await folder('two-files', graph.json(['a.bin', 'b.bin']), { 'a.bin': bytes.slice(0, 101), 'b.bin': bytes.slice(101) });
  const { model, source } = await loadTfjsModel(tf, file, { labels: ['a', 'b', 'c', 'd', 'e'] });
  assert.deepEqual([model.name, model.format, model.labels?.length], ['two-files', 'tfjs-graph', 5]);
  const input = float32(Float32Array.from({ length: 192 }, (_, index) => Math.sin(index)), [1, 8, 8, 3]);
  const traced = await model.graph([input]);
  assertClose((await runOnce(await onnxRuntime(), traced, { image: input }))[traced.outputs[0]], predict(tf, source, [input])[0], 1e-6, 'the output');
});

test('a LayersModel from disk', async () => {
  const tf = await loaded;
  const original = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [3], activation: 'tanh', name: 'first' }), tf.layers.dense({ units: 2 })] });
  const file = await savedLayers(tf, original, 'layers');
  const { model, source } = await loadTfjsModel(tf, file, { name: 'mine' });
  assert.deepEqual([model.name, model.format], ['mine', 'tfjs-layers']);
  const input = float32([1, -2, 0.5], [1, 3]);
  assertClose(predict(tf, source, [input])[0], predict(tf, original, [input])[0], 1e-7, 'the loaded model');
  assert.ok((await model.graph([input])).values.has('first'));
});

async function savedLayers(tf: Tf, model: tfjs.LayersModel, name: string): Promise<string> {
  const saved: tfjs.io.ModelArtifacts[] = [];
  await model.save(tf.io.withSaveHandler(async (artifacts) => (saved.push(artifacts), { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } })));
  const [{ modelTopology, weightSpecs, weightData }] = saved;
  return folder(name, { modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] }, { 'weights.bin': new Uint8Array(weightData as ArrayBuffer) });
}

test('weight files outside the folder are refused', async () => {
  await writeFile(path.join(await root, 'secret.bin'), 'secret');
  for (const [index, name] of ['../secret.bin', path.join(await root, 'secret.bin'), 'x/../../secret.bin', '.'].entries()) {
    await refused(await classifier(`outside-${index}`, (json) => (manifestOf(json).paths = [name])), { code: 'invalid-model', message: /weight files must lie in the model's folder/ });
  }
});

test('a symbolic link out of the folder is refused', async () => {
  const file = await classifier('linked', (json) => (manifestOf(json).paths = ['link.bin']));
  await symlink(path.join(await root, 'secret.bin'), path.join(path.dirname(file), 'link.bin'));
  await refused(file, { code: 'invalid-model', message: /weight files must lie in the model's folder, got 'link.bin'/ });
});

test('missing files are named', async () => {
  await refused(path.join(await root, 'nowhere', 'model.json'), { code: 'not-found', message: /there is no file .*nowhere/ });
  await refused(await classifier('missing', (json) => (manifestOf(json).paths = ['gone.bin'])), { code: 'not-found', message: /its weight file 'gone.bin' is not in the model's folder/ });
});

test('sizes that do not agree are refused', async () => {
  const graph = GraphDefBuilder.classifier();
  const bytes = graph.weights();
  await refused(await folder('short', graph.json(), { 'group1-shard1of1.bin': bytes.slice(0, 100) }), { code: 'invalid-model', message: /its weight files end at byte 100, within weight 'net\/conv\/kernel'/ });
  await refused(await folder('long', graph.json(), { 'group1-shard1of1.bin': new Uint8Array(bytes.length + 4) }), { code: 'invalid-model', message: new RegExp(`its weights need ${bytes.length} bytes, its weight files have ${bytes.length + 4}`) });
});

test('malformed descriptions are refused', async () => {
  await refused(await folder('text', 'not json', {}), { code: 'invalid-model', message: /it is not valid JSON/ });
  await refused(await folder('other', { file: 'model.onnx' }, {}), { code: 'invalid-model', message: /has a 'modelTopology'/ });
  await refused(await classifier('no-list', (json) => (json.weightsManifest = {})), { code: 'invalid-model', message: /'weightsManifest' must be a list/ });
  await refused(await classifier('no-paths', (json) => (json.weightsManifest = [{ weights: [] }])), { code: 'invalid-model', message: /must have 'paths' and 'weights'/ });
  await refused(await classifier('negative', (json) => (manifestOf(json).weights[0].shape = [-1, 3])), { code: 'invalid-model', message: /has no valid shape/ });
  await refused(await classifier('huge', (json) => (manifestOf(json).weights[0].shape = [1e9, 1e9])), { code: 'invalid-model', message: /has no valid shape/ });
  await refused(await classifier('type', (json) => (manifestOf(json).weights[0].dtype = 'toString')), { code: 'invalid-model', message: /has the unknown type toString/ });
  await refused(await folder('unknown-layer', { modelTopology: { class_name: 'Sequential', config: { name: 's', layers: [{ class_name: 'Mystery', config: {} }] } } }, {}), { code: 'invalid-model', message: /TensorFlow.js cannot read it.*Mystery/s });
});
