import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { EndpointRequests } from '../../../src/protocol/endpoint';
import { EngineClient } from '../../../src/workbench/engineClient';

const NO_PYTHON = 'Python (no python3)';
const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Python 3.8 or newer; the system's own comes first, for it has the packages that the tests can use. */
const python = ['/usr/bin/python3', 'python3', 'python'].find((name) => spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0);

describe('endpoint process', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'endpoint-'));
  const engine = new EngineClient<EndpointRequests>({ script: path.join(ROOT, 'src/engine/endpointProcess.ts'), name: 'endpoint', execArgv: ['--import', 'tsx'], env: { XDG_RUNTIME_DIR: folder, HOME: folder } });
  let file = '';
  before(async () => {
    file = (await engine.request('listen', { workspaceFolders: ['/data/project'] })).file ?? '';
  });
  after(async () => {
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  const start = (...values: string[]): ChildProcessWithoutNullStreams =>
    spawn(python ?? '', values, {
      cwd: path.join(import.meta.dirname, 'python'),
      env: {
        ...process.env,
        PYTHONPATH: path.join(ROOT, 'media/python'),
        PYTHONDONTWRITEBYTECODE: '1',
        ATTRIBUTION_LENS_ENDPOINT: file,
        TEST_NET: path.join(ROOT, 'media/samples/models/net.onnx'),
        TEST_ENGINE: path.join(ROOT, 'dist/endpoint.js'),
      },
    });

  it('writes a file that only its user can read, in a folder that only its user can open', { skip: process.platform === 'win32' }, () => {
    assert.equal(path.dirname(file), path.join(folder, 'attribution-lens'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700);
  });

  it('serves Python: every test of test_transport.py', { skip: python === undefined && NO_PYTHON }, async () => {
    const child = start('-m', 'unittest', '-v', 'test_transport');
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(code, 0, said);
    assert.match(said, /Ran \d\d tests/);
  });

  it('computes an output anew with a function of Python while no cell runs', { skip: python === undefined && NO_PYTHON }, async () => {
    const child = start('idle_kernel.py');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const [outputId, inMainThread] = String((await lines.next()).value).split(' ');
    assert.equal(inMainThread, 'True');
    assert.equal((await engine.request('capabilities', { outputId })).live, true);
    const { output } = await engine.request('recompute', { outputId, request: { method: 'ShapleyValues' } });
    assert.deepEqual([output.id, output.method.name], [outputId, 'ShapleyValues']);
    child.stdin.end('\n');
    assert.equal((await lines.next()).value, 'True False');
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
    while ((await engine.request('capabilities', { outputId })).live) await setTimeout(10); // until the engine has heard of it
    await assert.rejects(engine.request('recompute', { outputId, request: {} }), { code: 'not-found' });
  });

  it('removes its file when it ends', async () => {
    await engine.stop();
    assert.throws(() => statSync(file), /ENOENT/);
  });
});
