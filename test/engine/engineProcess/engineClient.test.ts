import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { EngineClient } from '../../../src/workbench/engineClient';
import type { StandInRequests } from './standIn';

describe('EngineClient', () => {
  const lines: string[] = [];
  const crashes: string[] = [];
  let client: EngineClient<StandInRequests>;

  /** Output streams are read independently of messages. */
  async function logged(line: string): Promise<void> {
    while (!lines.includes(line)) await setTimeout(10);
  }

  before(() => {
    client = new EngineClient<StandInRequests>({
      script: path.join(import.meta.dirname, 'standIn.ts'),
      name: 'engine',
      execArgv: ['--import', 'tsx'],
      env: { ATTRIBUTION_LENS_MEDIA: '/somewhere' },
      log: (line) => lines.push(line),
      onDidCrash: (error) => crashes.push(error.message),
    });
  });
  after(() => client.dispose());

  it('starts the process with the first request and answers it', { timeout: 300_000 }, async () => {
    assert.equal(client.pid, undefined);
    const events: unknown[] = [];
    const values = Float32Array.of(1, NaN, 3);
    const result = await client.request('echo', { values, big: 7n }, { onEvent: (event) => events.push(event) });
    assert.deepEqual(result, { values, big: 7n });
    assert.deepEqual(events, ['echoing']);
    await logged('echoing');
  });

  it('passes the environment', async () => {
    assert.equal(await client.request('environment', { name: 'ATTRIBUTION_LENS_MEDIA' }), '/somewhere');
  });

  it('rejects with the error that the process threw', async () => {
    await assert.rejects(client.request('fail', null), { name: 'LensError', code: 'not-found', message: "There is no model 'x'", nextStep: 'Choose another.' });
  });

  it('answers an unknown request with an error', async () => {
    await assert.rejects(client.request('nothing' as 'echo', null), { code: 'invalid-argument', message: "There is no request 'nothing'" });
  });

  it('cancels at once and tells the process', { timeout: 300_000 }, async () => {
    const controller = new AbortController();
    const waiting = client.request('wait', null, { signal: controller.signal, onProgress: () => controller.abort() });
    await assert.rejects(waiting, { code: 'cancelled' });
    assert.equal(await client.request('echo', 1), 1);
    await logged('aborted');
  });

  it('does not start a request that is cancelled already', async () => {
    await assert.rejects(client.request('wait', null, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });

  for (const [how, message] of [
    ['exit', 'ended with exit code 3'],
    ['kill', 'ended by SIGKILL, as it does when memory runs out'],
    ['throw', /ended with exit code \d+/],
  ] as const) {
    it(`rejects what runs when the process dies (${how}) and starts a fresh one`, async () => {
      const { pid } = client;
      const other = client.request('wait', null);
      other.catch(() => {});
      await assert.rejects(client.request('crash', { how }), (error: { code?: string; message?: string }) => {
        assert.equal(error.code, 'engine-stopped');
        if (typeof message === 'string') assert.equal(error.message, `The engine process ${message}`);
        else assert.match(error.message ?? '', message);
        return true;
      });
      await assert.rejects(other, { code: 'engine-stopped' });
      assert.equal(await client.request('echo', 'again'), 'again');
      assert.notEqual(client.pid, pid);
    });
  }

  it('reports each crash once', () => assert.equal(crashes.length, 3));

  it('restarts on demand without reporting a crash', async () => {
    const { pid } = client;
    const waiting = client.request('wait', null);
    waiting.catch(() => {});
    await client.request('echo', 0);
    await client.restart();
    await assert.rejects(waiting, { code: 'engine-stopped', message: 'The engine process was restarted' });
    assert.notEqual(client.pid, pid);
    assert.equal(crashes.length, 3);
  });

  it('rejects when the script does not exist', async () => {
    const missing = new EngineClient<StandInRequests>({ script: '/no/such/script.js', name: 'engine' });
    await assert.rejects(missing.request('echo', 1), { code: 'engine-stopped' });
  });

  it('ends the process when it is disposed', async () => {
    const { pid } = client;
    assert.ok(pid);
    await client.stop();
    assert.throws(() => process.kill(pid, 0));
    client.dispose();
    await assert.rejects(client.request('echo', 1), { code: 'engine-stopped' });
  });
});
