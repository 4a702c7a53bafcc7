import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadTfjsModel } from '../../../src/engine/models/tfjs/loadTfjsModel';
import { byteMutations, jsonMutations, random } from '../models/mutations';
import { survivesLoading } from '../models/survival';
import { GraphDefBuilder } from './graphDef';
import { loaded } from './support';

const SEEDS = 20;

const folder = mkdtempSync(path.join(tmpdir(), 'attribution-lens-hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Files {
  readonly json: Uint8Array;
  readonly weights: Uint8Array;
}

const FILE = path.join(folder, 'model.json');

/** Loads and traces, on the backend that tracing uses. */
async function survives({ json, weights }: Files, label: string): Promise<boolean> {
  const tf = await loaded;
  writeFileSync(FILE, json);
  writeFileSync(path.join(folder, 'weights.bin'), weights);
  const before = tf.memory().numTensors;
  const result = await survivesLoading(label, async () => {
    const { model, source } = await loadTfjsModel(tf, FILE);
    try {
      await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 2 : dim)) })));
    } finally {
      model.dispose();
      source.dispose();
    }
  });
  assert.ok(tf.memory().numTensors <= before + 200, label);
  return result;
}

async function graphModel(): Promise<Files> {
  const graph = GraphDefBuilder.classifier();
  return { json: new TextEncoder().encode(JSON.stringify(graph.json(['weights.bin']))), weights: graph.weights() };
}

async function layersModel(): Promise<Files> {
  const tf = await loaded;
  const { layers } = tf;
  const model = tf.sequential({
    layers: [layers.conv2d({ filters: 2, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] }), layers.batchNormalization(), layers.maxPooling2d({ poolSize: 2 }), layers.reshape({ targetShape: [4, 2] }), layers.bidirectional({ layer: layers.lstm({ units: 2 }) }), layers.dense({ units: 3, activation: 'softmax' })],
  });
  let files: Files | undefined;
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const json = { modelTopology, format, generatedBy, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
      files = { json: new TextEncoder().encode(JSON.stringify(json)), weights: new Uint8Array(weightData as ArrayBuffer) };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  model.dispose();
  assert.ok(files);
  return files;
}

for (const [name, make] of Object.entries({ 'a GraphModel': graphModel, 'a LayersModel': layersModel })) {
  test(`${name}: damaged copies are read or refused, never more`, async () => {
    const original = await make();
    assert.equal(await survives(original, name), true);
    let [refused, read] = [0, 0];
    const count = async (files: Files, label: string): Promise<void> => {
      if (await survives(files, label)) read++;
      else refused++;
    };
    for (let seed = 0; seed < SEEDS; seed++) {
      for (const [kind, mutate] of Object.entries(jsonMutations)) await count({ ...original, json: mutate(original.json, random(seed * 7919 + kind.length)) }, `${name}, model.json, ${kind}, seed ${seed}`);
      for (const [kind, mutate] of Object.entries(byteMutations)) await count({ ...original, weights: mutate(original.weights, random(seed * 7919 + kind.length)) }, `${name}, weights, ${kind}, seed ${seed}`);
    }
    assert.ok(refused > SEEDS && read > SEEDS, `${refused} were refused, ${read} read`);
  });
}
