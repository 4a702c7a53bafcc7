import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** Runs a cell, interrupts it, and checks that it ends soon with the error and leaves the session alive. */
async function interrupted(code: string, limitMilliseconds = 1500): Promise<void> {
  await kernel.run('const keep = 42');
  const started = performance.now();
  const { ok, errors } = await kernel.run(code, { interruptAfter: 200 });
  const took = performance.now() - started;
  assert.ok(!ok);
  assert.deepEqual(errors.map(({ name }) => name), ['Interrupted']);
  assert.ok(took < limitMilliseconds, `took ${took} ms`);
  assert.equal(await kernel.value('keep'), '42');
}

describe('interrupting a cell', () => {
  it('ends an endless loop', () => interrupted('while (true) {}'));
  it('ends an endless loop behind an await', () => interrupted('await null\nfor (;;);'));
  it('ends an endless loop in a timer', () => interrupted('setTimeout(() => { while (true) {} }, 20); await new Promise(() => {})'));
  it('ends a wait', () => interrupted('await new Promise(() => {})'));
  it('ends a loop in a package, which has no interruption points', () => interrupted('new Function("for (;;);")()', 20_000));
  it('ends a regular expression that backtracks', () => interrupted('/(a+)+b/.test("a".repeat(50))', 20_000));

  it('runs finally blocks', async () => {
    const { stdout } = await kernel.run('try { while (true) {} } finally { console.log("cleaned") }', { interruptAfter: 200 });
    assert.equal(stdout, 'cleaned\n');
  });

  it('ends loops that await in the background', async () => {
    await kernel.run('let rounds = 0\nfor (;;) { await new Promise((resolve) => setTimeout(resolve, 10)); rounds++ }', { interruptAfter: 200 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await kernel.value('const now = rounds; await new Promise((resolve) => setTimeout(resolve, 100)); rounds - now'), '0');
  });

  it('lets functions of the interrupted cell run later', async () => {
    await kernel.run('function count() { let n = 0; for (let i = 0; i < 10; i++) n++; return n }\nwhile (true) {}', { interruptAfter: 200 });
    assert.equal(await kernel.value('count()'), '10');
  });

  it('waits for native code, and takes no result from it', async () => {
    const { ok, errors } = await kernel.run('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); globalThis.finished = true; await null', { interruptAfter: 200 });
    assert.ok(ok || errors[0]?.name === 'Interrupted');
    assert.equal(await kernel.value('finished'), 'true');
  });

  it('of an idle kernel does nothing', async () => {
    kernel.client.interrupt();
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(await kernel.value('let total = 0; for (let i = 0; i < 3; i++) total += i; total'), '3');
  });
});

describe('a kernel that ends', () => {
  it('rejects the cell with the reason, and a fresh one starts with the next', async () => {
    await kernel.run('const lost = 1');
    for (const [code, reason] of [['process.exit(3)', /exit code 3/], ['process.kill(process.pid, "SIGKILL")', /SIGKILL/], ['await null; process.abort()', /SIGABRT/]] as const) {
      await assert.rejects(kernel.run(`console.log("last words"); ${code}`), (error) => error instanceof LensError && error.code === 'engine-stopped' && reason.test(error.message));
      assert.match((await kernel.error('lost')).message, /lost is not defined/);
    }
  });

  it('forgets everything at a restart', async () => {
    await kernel.run('const before = 1');
    await kernel.client.restart();
    assert.equal(await kernel.value('typeof before'), "'undefined'");
  });
});
