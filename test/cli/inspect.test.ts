import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ModelInspection } from '../../src/protocol/engine';

const root = path.resolve(import.meta.dirname, '../..');
const net = path.join(root, 'media/samples/models/net.onnx');
const tokens = path.join(root, 'test/engine/models/keras/data/tokens.keras');

/** Runs the command as `npm run inspect` does. */
const run = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', path.join(root, 'src/cli/inspect.ts'), ...args], { cwd: root }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }));
  });

describe('npm run inspect', { concurrency: 2 }, () => {
  it('prints ports, parameters, coverage, operators and layers', async () => {
    const { code, stdout } = await run(net);
    assert.equal(code, 0);
    for (const line of [/^net\.onnx \(ONNX\)$/m, /x {2}float32 \[\?, 1, 50, 50\]/, /Parameters {2}520,706/, /LRP {2}no: Softmax/, /Conv +3 +yes +gradient +yes/, /conv1 +Conv +\[1, 32, 46, 46\]/]) assert.match(stdout, line);
  });

  it('says in JSON why gradients do not reach token ids', async () => {
    const { code, stdout } = await run(tokens, '--json');
    assert.equal(code, 0);
    const { format, gradient, layers, memory } = JSON.parse(stdout) as ModelInspection;
    assert.equal(format, 'Keras');
    assert.match(gradient.inputs[0].reason ?? '', /gradients need float32 values, got int32/);
    assert.deepEqual(layers[0], { name: 'embedding', op: 'Embedding', shape: [1, 7, 6] });
    assert.ok(memory.weights > 0 && memory.forwardPerExample > 0);
  });

  it('tells what is wrong with a file that cannot be read', async () => {
    const missing = await run('nowhere.onnx', '--json');
    assert.equal(missing.code, 2);
    assert.equal((JSON.parse(missing.stdout) as { error: { code: string } }).error.code, 'not-found');
  });
});
