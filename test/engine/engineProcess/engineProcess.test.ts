import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { PNG } from 'pngjs';
import type { EngineRequests } from '../../../src/protocol/engine';
import type { AttributionBundle } from '../../../src/protocol/output';
import type { JobProgress } from '../../../src/protocol/renderer';
import { EngineClient } from '../../../src/workbench/engineClient';
import { readOutput } from '../../../renderers/validate';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SCRIPT = path.join(ROOT, 'src/engine/engineProcess.ts');
const modelFolder = path.join(ROOT, 'media/models/efficientnet-lite0');
const photo = { path: path.join(ROOT, 'media/samples/photos/coffee.jpg'), modelFolder };
const RUST = 'fn main() {\n    let x: Vec<u32> = (0..10).map(|i| i * 2).collect();\n    println!("{:?}", x);\n}\n';

describe('engine process', () => {
  let folder: string;
  const client = new EngineClient<EngineRequests>({ script: SCRIPT, name: 'engine', execArgv: ['--import', 'tsx'] });
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'engine-'));
  });
  after(async () => {
    client.dispose();
    await rm(folder, { recursive: true });
  });

  it('says what it runs on, and why', async () => {
    const status = await client.request('status', {});
    assert.equal(status.process.pid, client.pid);
    assert.equal(status.runtimes.filter(({ chosen }) => chosen).length, 1);
    for (const { reason } of [...status.runtimes, ...status.tensorflow]) assert.match(reason, /\.$/);
  });

  it('offers the methods and the strongest classes of an image', async () => {
    const { methods, predictions } = await client.request('imageChoices', photo);
    assert.equal(methods[0].name, 'IntegratedGradients');
    assert.equal(predictions[0].label, 'espresso');
    assert.ok((predictions[0].probability ?? 0) > 0.9);
  });

  let image: AttributionBundle;
  it('attributes the top class of an image, with progress', async () => {
    const seen: JobProgress[] = [];
    image = await client.request('attributeImage', { ...photo, options: { nSteps: 8 } }, { onProgress: (progress) => seen.push(progress) });
    const { examples, method } = readOutput(JSON.parse(JSON.stringify(image.output)));
    assert.equal(examples[0].target?.label, 'espresso');
    assert.equal(examples[0].views[0].kind, 'image');
    assert.equal(method.options.nSteps, 8);
    assert.ok(PNG.sync.read(Buffer.from(image.png)).width >= 224);
    assert.equal(seen.at(-1)?.message, 'step 8 of 8');
  });

  it('computes an output anew under its id', async () => {
    const { output } = await client.request('recompute', { outputId: image.output.id, request: { method: 'Saliency' } });
    assert.deepEqual([output.id, output.method.name, output.examples[0].convergence], [image.output.id, 'Saliency', undefined]);
    assert.ok((await client.request('capabilities', { outputId: output.id })).live);
  });

  const hoursOfWork = () => ({ outputId: image.output.id, request: { method: 'IntegratedGradients', options: { nSteps: 100_000, method: 'riemann_middle' } } });
  // If the cancelled job ran on, the next one would wait for it.
  it('stops at a cancel and takes the next request', { timeout: 300_000 }, async () => {
    const controller = new AbortController();
    await assert.rejects(client.request('recompute', hoursOfWork(), { signal: controller.signal, onProgress: () => controller.abort() }), { code: 'cancelled' });
    const { output } = await client.request('recompute', { outputId: image.output.id, request: { method: 'Saliency' } });
    assert.equal(output.method.name, 'Saliency');
  });

  it('attributes the language of a text to its tokens', async () => {
    const { bundle, ranges } = await client.request('attributeText', { text: RUST });
    const [{ target, views, convergence }] = bundle.output.examples;
    assert.equal(target?.label, 'Rust');
    assert.equal(convergence?.verdict, 'converged');
    const view = views[0].kind === 'text' ? views[0] : assert.fail('a text view');
    assert.deepEqual(view.tokens, ranges.map(([start, end]) => RUST.slice(start, end)));
    const strongest = view.attributions.indexOf(Math.max(...view.attributions));
    assert.ok(['fn', 'println', 'let', '::', 'u32', 'Vec', '|'].includes(view.tokens[strongest]), view.tokens[strongest]);
  });

  it('attributes the language that was asked for', async () => {
    for (const languageId of ['go', 'Go']) {
      const { bundle } = await client.request('attributeText', { text: RUST, languageId, method: 'InputXGradient' });
      assert.equal(bundle.output.examples[0].target?.label, 'Go');
    }
    const { bundle } = await client.request('attributeText', { text: RUST, languageId: 'klingon' });
    assert.equal(bundle.output.examples[0].target?.label, 'Rust');
  });

  const refused: [string, () => Promise<unknown>, string, RegExp][] = [
    ['a target that does not exist', () => client.request('attributeImage', { ...photo, target: 1000 }), 'target-out-of-range', /from 0 to 999 .* got 1000/],
    ['an unknown method', () => client.request('attributeImage', { ...photo, method: 'Magic' }), 'not-found', /There is no method 'Magic'/],
    ['an unknown option', () => client.request('attributeImage', { ...photo, options: { n_steps: 5 } }), 'invalid-argument', /no option 'n_steps'/],
    ['a missing image', () => client.request('attributeImage', { ...photo, path: path.join(folder, 'none.png') }), 'not-found', /Image 'none.png'/],
    ['a missing model', () => client.request('attributeImage', { ...photo, modelFolder: path.join(folder, 'none') }), 'not-found', /none/],
    ['a file that is no image', () => client.request('imageChoices', { ...photo, path: fileWith('not an image') }), 'invalid-argument', /Image 'broken.png' must be a PNG or JPEG file/],
    ['an empty text', () => client.request('attributeText', { text: '' }), 'invalid-argument', /needs two or more, got no text/],
    ['an output of another process', () => client.request('recompute', { outputId: 'gone', request: {} }), 'not-found', /a process that is gone/],
  ];
  const fileWith = (content: string): string => {
    const file = path.join(folder, 'broken.png');
    writeFileSync(file, content);
    return file;
  };
  for (const [name, request, code, message] of refused) it(`refuses ${name}`, () => assert.rejects(request, { name: 'LensError', code, message }));

  it('says of an output of an earlier session what to do', async () => {
    const { live, reason } = await client.request('capabilities', { outputId: 'gone' });
    assert.deepEqual([live, reason], [false, 'This output is from an earlier session. Run the cell again to change what was computed.']);
  });

  it('is started anew after it died in the middle of a job, and has forgotten its outputs', async () => {
    const { pid } = client;
    assert.ok(pid);
    const running = client.request('recompute', hoursOfWork(), { onProgress: () => process.kill(pid, 'SIGKILL') });
    await assert.rejects(running, { code: 'engine-stopped', message: /^The engine process ended by SIGKILL/, nextStep: /internalBatchSize/ });
    assert.equal((await client.request('capabilities', { outputId: image.output.id })).live, false);
    assert.notEqual(client.pid, pid);
  });
});

describe('engine process, misused', () => {
  const start = (): Promise<ChildProcess> =>
    new Promise((resolve) => {
      const child = fork(SCRIPT, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: ['--import', 'tsx'] });
      child.once('message', () => resolve(child));
    });

  it('ignores messages that are no requests, and says so', { timeout: 300_000 }, async () => {
    const child = await start();
    const lines: string[] = [];
    child.stderr?.on('data', (data) => lines.push(String(data)));
    for (const message of [null, 42, 'request', {}, { type: 'request' }, { type: 'request', payload: null }, { type: 'request', payload: { id: 'x', method: 'status' } }, { type: 'constructor', payload: {} }, { type: 'cancel', payload: null }]) child.send(message as object);
    const answer = await new Promise<{ type: string; payload: { id: number; error: { code: string } } }>((resolve) => {
      child.once('message', (message) => resolve(message as never));
      child.send({ type: 'request', payload: { id: 1, method: 'toString', params: {} } });
    });
    assert.deepEqual([answer.type, answer.payload.id, answer.payload.error.code], ['error', 1, 'invalid-argument']);
    const ignored = (): number => lines.join('').match(/Ignored a message that is no request/g)?.length ?? 0;
    while (ignored() < 8) await setTimeout(10); // output is read independently of messages
    child.kill();
    assert.equal(ignored(), 8);
  });

  it('ends when its parent goes', async () => {
    const child = await start();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    assert.equal(await ended, 0);
  });
});
