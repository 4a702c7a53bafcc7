import assert from 'node:assert/strict';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { api } from '../../../src/engine/api';
import { Attribution } from '../../../src/engine/attribution/attribution';
import { sharedEngine, useRuntime } from '../../../src/engine/attribution/engine';
import { runJob } from '../../../src/engine/attribution/job';
import { METHODS } from '../../../src/engine/attribution/methods';
import { explanationOf } from '../../../src/engine/attribution/results';
import type { Model } from '../../../src/engine/models/model';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { createTfjsRuntime } from '../../../src/engine/runtime/tfjsRuntime';
import { isTensor } from '../../../src/engine/attribution/tensorLike';
import { float32, sizeOf, type Tensor } from '../../../src/engine/tensor';
import { loadTfjs } from '../../../src/engine/tfjs/loadTfjs';
import { ALGORITHMS, EXAMPLES, inputsOf, type Algorithm } from './algorithms';

type Result = readonly Tensor<'float32'>[];

const models = new Map<string, Promise<Model>>();
const modelOf = (name: string): Promise<Model> => {
  const known = models.get(name) ?? loadOnnxModel(path.join(import.meta.dirname, `../../golden/data/models/${name}/model.onnx`));
  models.set(name, known);
  return known;
};

/** The same model that takes a few examples at a time, so that everything runs in chunks, the last one filled up. */
async function inParts(name: string, examples: number): Promise<Model> {
  const model = await modelOf(name);
  return Object.assign(Object.create(model) as Model, { inputs: model.inputs.map((port) => ({ ...port, shape: [examples, ...port.shape.slice(1)] })) });
}

/** Attributions, one by one in a list. */
async function attribute({ make, options = {} }: Algorithm, model: Model, inputs: readonly Tensor[], more: object = {}): Promise<Result> {
  const attributions: unknown = await make(model).attribute(inputs as Tensor[], { ...options, ...more } as never);
  return (Array.isArray(attributions) ? attributions : [attributions]) as Result;
}

function assertClose(actual: Result, expected: Result, message: string): void {
  assert.deepEqual(actual.map(({ shape }) => shape), expected.map(({ shape }) => shape), message);
  for (const [index, { data }] of expected.entries()) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = data.reduce((most, value, place) => Math.max(most, Math.abs(value - actual[index].data[place])), 0);
    assert.ok(worst <= 1e-6 + 1e-4 * largest, `${message}: part ${index} differs by ${worst}, the largest is ${largest}`);
    assert.ok(largest > 0, `${message}: part ${index} is all zeros`);
  }
}

const exampleOf = ({ data, shape }: Tensor<'float32'>, example: number): Tensor<'float32'> => {
  const size = sizeOf(shape.slice(1));
  return float32(data.slice(example * size, (example + 1) * size), [1, ...shape.slice(1)]);
};

const found = new Map<string, Result>();
after(async () => (await sharedEngine()).dispose());

describe('every algorithm of the API', () => {
  it('is in the table', () => {
    const names = Object.entries(api).filter(([, value]) => typeof value === 'function' && value.prototype instanceof Attribution).map(([name]) => name);
    assert.deepEqual(Object.keys(ALGORITHMS).sort(), names.sort());
    assert.deepEqual(Object.keys(METHODS).filter((name) => !Object.hasOwn(ALGORITHMS, name)), [], 'those of the menus too');
  });

  for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
    const { model, isTuple = true, batchMatters, delta } = algorithm;
    it(`${name}: forms, batches, chunks, progress, cancelling${delta ? ', delta' : ''}`, async (test) => {
      const inputs = inputsOf(model);
      const [whole, parted] = [await modelOf(model), await inParts(model, name.includes('DeepLift') ? 4 : 2)];
      const batch = await attribute(algorithm, whole, inputs);
      found.set(name, batch);
      if (isTuple) assert.deepEqual(batch.map(({ shape }) => shape), inputs.map(({ shape }) => shape), 'the shapes of the inputs');
      else assert.equal(batch.length, 1, 'one tensor');
      if (inputs.length === 1) assert.ok(isTensor(await algorithm.make(whole).attribute(inputs[0], (algorithm.options ?? {}) as never)), 'a tensor for a tensor that is not in a list');
      assertClose(await attribute(algorithm, whole, inputs), batch, 'the same again');

      const reports: number[] = [];
      const inChunks = runJob({ onProgress: ({ fraction }) => reports.push(fraction) }, () => attribute(algorithm, parted, inputs));
      assertClose(await inChunks, batch, 'in chunks');
      if (name !== 'LayerActivation') assert.ok(reports.length > 1 && reports.at(-1) === 1 && reports.every((fraction) => fraction > 0 && fraction <= 1), `progress: ${reports.join(', ')}`);

      const controller = new AbortController();
      let chunks = 0;
      const cancelled = runJob({ signal: controller.signal, onProgress: () => ++chunks && controller.abort() }, () => attribute(algorithm, parted, inputs));
      if (name === 'LayerActivation') controller.abort();
      await assert.rejects(cancelled, { code: 'cancelled' });
      assert.ok(chunks <= 1, 'it stops before the next chunk');

      if (batchMatters) test.diagnostic(`not compared one by one: ${batchMatters}`);
      else {
        for (let example = 0; example < EXAMPLES; example++) {
          const alone = await attribute(algorithm, whole, inputs.map((input) => exampleOf(input, example)));
          assertClose(alone, batch.map((part) => exampleOf(part, example)), `example ${example} alone`);
        }
      }

      const asked = algorithm.make(whole).attribute(inputs as Tensor[], { ...algorithm.options, returnConvergenceDelta: true } as never) as Promise<unknown>;
      if (!delta) return assert.rejects(asked, { code: 'invalid-argument' });
      const [, deltas] = (await asked) as [unknown, Tensor<'float32'>];
      assert.equal(deltas.data.length, EXAMPLES * delta.perExample);
      const { endValues } = explanationOf(deltas) ?? explanationOf(await asked)!;
      const largest = Math.max(...endValues!.map(Math.abs));
      if (delta.below !== undefined) assert.ok(deltas.data.every((value) => Math.abs(value) < delta.below! * largest), `deltas ${deltas.data.join(', ')} of outputs up to ${largest}`);
    });
  }
});

describe('executors', () => {
  it('give the same attributions: onnxruntime-node, TensorFlow.js in JavaScript, and WebAssembly', async (test) => {
    const { tf } = await loadTfjs();
    for (const backend of ['cpu', 'wasm']) {
      assert.ok(await tf.setBackend(backend), `${backend} is there`);
      useRuntime(createTfjsRuntime(tf));
      for (const [name, algorithm] of Object.entries(ALGORITHMS)) {
        await test.test(`${name} on ${backend}`, async () => assertClose(await attribute(algorithm, await modelOf(algorithm.model), inputsOf(algorithm.model)), found.get(name)!, name));
      }
    }
  });
});
