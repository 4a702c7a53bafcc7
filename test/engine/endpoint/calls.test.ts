import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { IntegratedGradients } from '../../../src/engine/attribution/integratedGradients';
import { EndpointServer } from '../../../src/engine/endpoint/server';
import { loadOnnxModel } from '../../../src/engine/models/onnx/onnxModel';
import { capabilitiesOf, recomputeOutput } from '../../../src/engine/requests/outputs';
import { float32, type Tensor } from '../../../src/engine/tensor';
import type { AttributionOutput } from '../../../src/protocol/output';
import { readOutput } from '../../../renderers/validate';
import { Client } from './client';

const NET = readFileSync(path.resolve(import.meta.dirname, '../../../media/samples/models/net.onnx'));
const MIME = 'application/vnd.attribution-lens.v1+json';
const input = float32(Float32Array.from({ length: 2500 }, (_, index) => Math.sin(index)), [1, 1, 50, 50]);
const two = float32([...input.data, ...input.data.map((value) => -value)], [2, 1, 50, 50]);
const table = float32([1, 2, 3, 4], [1, 4]);
const T0 = { $tensor: '0' };

const until = async (condition: () => boolean): Promise<void> => {
  for (let wait = 0; !condition(); wait++) {
    assert.ok(wait < 6000, 'nothing happened for 2 min');
    await setTimeout(20);
  }
};

describe('calls of the endpoint', () => {
  let server: EndpointServer;
  let port: number;
  let client: Client;
  before(async () => {
    server = new EndpointServer();
    port = await server.listen();
    client = await Client.introduced(port, server.token);
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  const handleOf = ({ value }: { value: unknown }): object => (value as { handle?: object }).handle ?? (value as object);
  const numberOf = (handle: object): number => Object.values(handle)[0] as number;
  const load = async (by = client): Promise<object> => handleOf(await by.result('loadModel', { format: 'onnx', name: 'net' }, [], [NET]));
  const make = async (name: string, values: unknown[], by = client): Promise<number> => numberOf(handleOf(await by.result('construct', { class: name, arguments: values })));
  const functionModel = async (callback: number, apply: (rows: Tensor<'float32'>) => Tensor, fields = {}, by = client): Promise<object> => {
    by.functions.set(callback, (rows) => apply(rows as Tensor<'float32'>));
    return handleOf(await by.result('functionModel', { callback, name: 'pipeline', ...fields }));
  };
  /** 3 a + b c for every row. */
  const formula = ({ data, shape }: Tensor<'float32'>): Tensor => float32(Float32Array.from({ length: shape[0] }, (_, row) => 3 * data[row * 4] + data[row * 4 + 1] * data[row * 4 + 2]), [shape[0]]);

  it('load a model and describe it', async () => {
    const { value } = await client.result('loadModel', { format: 'onnx', name: 'net', labels: ['cross', 'circle'] }, [], [NET]);
    const { inputs, layers } = value as { inputs: unknown; layers: unknown[] };
    assert.deepEqual(inputs, [{ name: 'x', dtype: 'float32', shape: [-1, 1, 50, 50] }]);
    assert.deepEqual(layers[0], { name: 'conv1', op: 'Conv' });
  });

  it('attribute as the engine itself does, and return what Python gave: a tensor for a tensor, a tuple for a tuple', async () => {
    const object = await make('IntegratedGradients', [await load()]);
    const options = { nSteps: 8, target: 1, internalBatchSize: null };
    const { value, tensors } = await client.result('method', { object, name: 'attribute', arguments: [T0, options] }, [input]);
    const expected = await new IntegratedGradients(await loadOnnxModel(NET)).attribute(input, { nSteps: 8, target: 1 });
    assert.deepEqual(value, T0);
    assert.deepEqual(tensors.get('0'), expected);
    const tuple = await client.result('method', { object, name: 'attribute', arguments: [{ $tuple: [T0] }, { ...options, returnConvergenceDelta: true }] }, [two]);
    assert.deepEqual(tuple.value, { $tuple: [{ $tuple: [T0] }, { $tensor: '1' }] });
    assert.deepEqual(tuple.tensors.get('1')?.shape, [2]);
  });

  it('show attributions, and compute them anew in the process that holds the model', async () => {
    const object = await make('IntegratedGradients', [await load()]);
    const { explanation } = await client.result('method', { object, name: 'attribute', arguments: [T0, { nSteps: 4, target: 0 }] }, [input]);
    const { value } = await client.result('present', { of: { $explanation: explanation }, arguments: [{ hints: [{ name: 'digit', mean: [0], std: [1] }] }] });
    const bundle = value as Record<string, unknown>;
    const output = bundle[MIME] as AttributionOutput;
    assert.ok(readOutput(output), 'the renderer takes it');
    assert.equal(output.inputs[0].name, 'digit');
    assert.equal(bundle['text/plain'], output.summary);
    assert.ok(Buffer.from(bundle['image/png'] as string, 'base64').subarray(1, 4).equals(Buffer.from('PNG')));
    assert.match(output.id, new RegExp(`^python-${process.pid}-`));
    assert.equal((await capabilitiesOf(output.id)).live, true);
    const again = await recomputeOutput(output.id, { target: [1], options: { nSteps: 6 } });
    assert.equal(again.output.id, output.id);
    assert.deepEqual([again.output.method.options.nSteps, again.output.examples[0].target?.index], [6, [1]]);
    const other = await client.result('recompute', { of: { $object: object }, request: { method: 'Saliency' } });
    assert.equal(((other.value as Record<string, unknown>)[MIME] as AttributionOutput).method.name, 'Saliency');
  });

  it('end with the error of the engine', async () => {
    const object = await make('IntegratedGradients', [await load()]);
    const wrong = await client.error('method', { object, name: 'attribute', arguments: [T0, { target: 5 }] }, [input]);
    assert.deepEqual([wrong.code, wrong.callback], ['target-out-of-range', undefined]);
    assert.match(String(wrong.message), /got 5/);
    const snake = await client.error('method', { object, name: 'attribute', arguments: [T0, { n_steps: 5 }] }, [input]);
    assert.equal(snake.nextStep, 'Write nSteps.');
  });

  const refused: Record<string, [string, Record<string, unknown>, string]> = {
    'a class that is withheld': ['construct', { class: 'Attribution', arguments: [] }, 'not-found'],
    'a function that reads files': ['function', { name: 'loadModel', arguments: ['/etc/passwd'] }, 'not-found'],
    'a member of Object.prototype as a class': ['construct', { class: 'constructor', arguments: [] }, 'not-found'],
    'a member of Object.prototype as a call': ['toString', {}, 'not-found'],
    'a number of nothing': ['method', { object: 99_999, name: 'attribute', arguments: [] }, 'not-found'],
    'a tag that is not known': ['construct', { class: 'Saliency', arguments: [{ $code: '1' }] }, 'invalid-argument'],
    'a tag beside another name': ['construct', { class: 'Saliency', arguments: [{ $model: 1, x: 2 }] }, 'invalid-argument'],
    'a tensor that is not there': ['construct', { class: 'Saliency', arguments: [{ $tensor: 'x' }] }, 'invalid-argument'],
    'a model that is none': ['construct', { class: 'SkLearnLasso', arguments: [{ $model: 99_999 }] }, 'not-found'],
    'arguments that are no list': ['construct', { class: 'Saliency', arguments: { 0: 1 } }, 'invalid-argument'],
    'lists within lists, a thousand deep': ['construct', { class: 'Saliency', arguments: JSON.parse('['.repeat(1000) + ']'.repeat(1000)) as unknown }, 'invalid-argument'],
    'a model of an unknown format': ['loadModel', { format: 'pickle', name: 'x' }, 'invalid-argument'],
    'a file that is no model': ['loadModel', { format: 'onnx', name: 'x' }, 'invalid-model'],
    'something to show that is not attributions': ['present', { of: { $tuple: [] } }, 'not-found'],
    'a request of the wrong form': ['recompute', { of: { $object: 1 }, request: { target: 'x' } }, 'not-found'],
  };
  for (const [what, [call, fields, code]] of Object.entries(refused)) {
    it(`refuse ${what}`, async () => assert.equal((await client.error(call, fields)).code, code));
  }

  it('refuse methods other than those of algorithms', async () => {
    const object = await make('SkLearnLasso', []);
    for (const name of ['constructor', 'toString', '__defineGetter__', 'hasOwnProperty', 'attribute']) assert.equal((await client.error('method', { object, name, arguments: [] })).code, 'not-found');
  });

  it('report progress with an estimate, and stop when they are cancelled', async () => {
    const object = await make('IntegratedGradients', [await load()]);
    client.progress.length = 0;
    const { id, answer } = client.call('method', { object, name: 'attribute', arguments: [T0, { nSteps: 100_000, target: 0, method: 'riemann_trapezoid', internalBatchSize: 2 }] }, [two]);
    await until(() => client.progress.length > 2);
    client.send({ type: 'cancel', id });
    const { header } = await answer;
    assert.deepEqual([header.type, header.code], ['error', 'cancelled']);
    const [first] = client.progress;
    assert.ok((first.fraction as number) > 0 && (first.fraction as number) < 1 && (first.secondsLeft as number) > 0);
    assert.match(String(first.message), /^step \d+ of 100000$/);
  });

  it('run a function of Python in batches: perturbation methods work', async () => {
    let [calls, rows] = [0, 0];
    const counted = (given: Tensor<'float32'>): Tensor => {
      [calls, rows] = [calls + 1, rows + given.shape[0]];
      return formula(given);
    };
    const model = await functionModel(1, counted, { outputs: [-1] });
    const object = await make('FeatureAblation', [model]);
    const { tensors, explanation } = await client.result('method', { object, name: 'attribute', arguments: [T0, { perturbationsPerEval: 8 }] }, [table]);
    assert.deepEqual([...(tensors.get('0') as Tensor<'float32'>).data], [3, 6, 6, 0]);
    assert.ok(calls < rows, `${calls} calls for ${rows} rows`);
    const shown = await client.result('present', { of: { $explanation: explanation }, arguments: [] });
    assert.equal(((shown.value as Record<string, unknown>)[MIME] as AttributionOutput).runtime, 'Python');
    const shap = await make('ShapleyValues', [model]);
    const exact = await client.result('method', { object: shap, name: 'attribute', arguments: [T0, {}] }, [table]);
    assert.deepEqual([...(exact.tensors.get('0') as Tensor<'float32'>).data].map(Math.round), [3, 3, 3, 0]);
  });

  it('find out the shape of the output of a function, also of one that returns one number for a batch', async () => {
    const sum = ({ data }: Tensor<'float32'>): Tensor => float32([data.reduce((total, value) => total + value, 0)], []);
    for (const [apply, expected] of [[formula, [3, 6, 6, 0]], [sum, [1, 2, 3, 4]]] as const) {
      const object = await make('FeatureAblation', [await functionModel(2, apply)]);
      const { tensors } = await client.result('method', { object, name: 'attribute', arguments: [T0, {}] }, [table]);
      assert.deepEqual([...(tensors.get('0') as Tensor<'float32'>).data], expected);
    }
  });

  it('say why a function of Python has no gradients, and no layers', async () => {
    const model = await functionModel(3, formula);
    const gradients = await client.error('method', { object: await make('IntegratedGradients', [model]), name: 'attribute', arguments: [T0, {}] }, [table]);
    assert.equal(gradients.code, 'invalid-argument');
    assert.match(String(gradients.message), /'pipeline' is a function of Python.*no gradients/);
    assert.match(String(gradients.nextStep), /FeatureAblation/);
    const layer = await client.error('method', { object: await make('LayerActivation', [model, { $layer: 'conv1' }]), name: 'attribute', arguments: [T0, {}] }, [table]);
    assert.match(String(layer.message), /no layer 'conv1'/);
  });

  it('end with what a function of Python raised, or when it returned another shape', async () => {
    const raising = await make('FeatureAblation', [await functionModel(4, () => assert.fail('boom'), { outputs: [-1] })]);
    const raised = await client.error('method', { object: raising, name: 'attribute', arguments: [T0, {}] }, [table]);
    assert.deepEqual([raised.code, raised.callback], ['invalid-argument', true]);
    assert.match(String(raised.message), /boom/);
    const cut = await make('FeatureAblation', [await functionModel(5, () => float32([1, 2], [2]), { outputs: [-1] })]);
    const wrong = await client.error('method', { object: cut, name: 'attribute', arguments: [T0, {}] }, [table]);
    assert.match(String(wrong.message), /'pipeline' must return the shape \[1\], got \[2\]/);
  });

  it('let a function that is called make calls on the same model', async () => {
    const model = await load();
    const saliency = await make('Saliency', [model]);
    const object = await make('FeaturePermutation', [model, { permFunc: { $callback: 6 } }]);
    const mask = float32(new Float32Array(2500), [1, 1, 50, 50]);
    client.functions.set(6, async (given, _mask, header) => {
      const { id } = header as { id: number };
      const inner = await client.result('method', { object: saliency, name: 'attribute', arguments: [T0, { target: 0 }], within: id }, [given as Tensor]);
      return inner.tensors.get('0');
    });
    const { tensors } = await client.result('method', { object, name: 'attribute', arguments: [T0, { target: 0, featureMask: { $tensor: '1' } }] }, [two, mask]);
    assert.deepEqual(tensors.get('0')?.shape, [2, 1, 50, 50]);
  });

  it('run side by side, each with its own answer', async () => {
    const object = await make('IntegratedGradients', [await load()]);
    const deltas = await Promise.all(
      [2, 3, 4, 5, 6].map(async (nSteps) => {
        const { tensors } = await client.result('method', { object, name: 'attribute', arguments: [T0, { nSteps, target: 0 }] }, [input]);
        const alone = await new IntegratedGradients(await loadOnnxModel(NET)).attribute(input, { nSteps, target: 0 });
        return assert.deepEqual(tensors.get('0'), alone);
      }),
    );
    assert.equal(deltas.length, 5);
  });

  it('do not see what other clients have', async () => {
    const other = await Client.introduced(port, server.token);
    const model = await load(other);
    const mine = await make('Saliency', [await load()]);
    assert.equal((await other.error('method', { object: mine + 1000, name: 'attribute', arguments: [] })).code, 'not-found');
    const theirs = await make('Saliency', [model], other);
    await other.result('method', { object: theirs, name: 'attribute', arguments: [T0, { target: 0 }] }, [input]);
    await other.close();
  });

  it('release what they made, when they are told', async () => {
    const object = await make('SkLearnLasso', []);
    client.send({ type: 'release', handles: [object] });
    assert.match(String((await client.error('method', { object, name: 'attribute', arguments: [] })).message), /no object \d+ any more/);
  });

  it('stop at the end of the connection: jobs are cancelled, outputs are no longer live, functions are gone', async () => {
    const leaving = await Client.introduced(port, server.token);
    const clients = server.clients.length;
    const object = await make('FeatureAblation', [await functionModel(1, formula, { outputs: [-1] }, leaving)], leaving);
    const { explanation } = await leaving.result('method', { object, name: 'attribute', arguments: [T0, {}] }, [table]);
    const { value } = await leaving.result('present', { of: { $explanation: explanation }, arguments: [] });
    const { id } = (value as Record<string, AttributionOutput>)[MIME];
    assert.equal((await recomputeOutput(id, {})).output.id, id);
    let called = 0;
    const slow = await functionModel(2, (rows) => (called++, formula(rows)), { outputs: [-1] }, leaving);
    leaving.functions.set(2, () => new Promise(() => called++));
    leaving.call('method', { object: await make('FeatureAblation', [slow], leaving), name: 'attribute', arguments: [T0, {}] }, [table]);
    await until(() => called > 0 && server.clients.some(({ running }) => running === 1));
    await leaving.close();
    await until(() => server.clients.length === clients - 1 && server.clients.every(({ running }) => running === 0));
    assert.equal((await capabilitiesOf(id)).live, false);
    await assert.rejects(recomputeOutput(id, {}), /gone/);
  });
});
