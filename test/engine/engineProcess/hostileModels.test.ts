import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { LensError } from '../../../src/protocol/errors';
import { sizeOf } from '../../../src/engine/tensor';
import { EngineClient } from '../../../src/workbench/engineClient';
import { hostileSeeds } from '../models/hostileSeeds';
import { mutations, random } from '../models/mutations';
import type { RunModelRequests } from './runModel';

const WANTED = 200;
/** Larger values would only wait for memory. */
const MAX_ELEMENTS = 1e6;

const client = new EngineClient<RunModelRequests>({ script: path.join(import.meta.dirname, 'runModel.ts'), name: 'engine', execArgv: ['--import', 'tsx'] });
after(() => client.dispose());

/** Whether the model is read, so that only ONNX Runtime stands between it and the process. */
async function isRead(bytes: Uint8Array): Promise<boolean> {
  try {
    const model = await loadOnnxModel(bytes);
    const graph = await model.graph(model.inputs.map(({ dtype, shape }) => ({ dtype, shape: shape.map((dim) => (dim === -1 ? 2 : dim)) })));
    return [...graph.values.values()].every(({ shape }) => sizeOf(shape) < MAX_ELEMENTS);
  } catch {
    return false;
  }
}

test(`${WANTED} damaged models that are read run in the engine process, or are refused, or end it with a typed error`, { timeout: 600_000 }, async (context) => {
  const kinds = Object.entries(mutations);
  const originals = Object.values(hostileSeeds).map((build) => build());
  for (const original of originals) assert.ok((await client.request('run', { model: original })) > 0);
  const outcomes = new Map<string, number>();
  let [tried, seed] = [0, 0];
  for (; tried < WANTED; seed++) {
    const [, mutate] = kinds[seed % kinds.length];
    const bytes = mutate(originals[seed % originals.length], random(seed));
    if (!(await isRead(bytes))) continue;
    tried++;
    const outcome = await client.request('run', { model: bytes }).then(
      () => 'ran',
      (error: unknown) => {
        assert.ok(error instanceof LensError, `seed ${seed}: ${String(error)}`);
        return error.code;
      },
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  context.diagnostic(`${seed} damaged models: ${JSON.stringify(Object.fromEntries(outcomes))}`);
  assert.ok((outcomes.get('ran') ?? 0) > WANTED / 2, JSON.stringify([...outcomes]));
  assert.ok((await client.request('run', { model: originals[0] })) > 0, 'the process still answers');
});
