import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** Runs code without end in a cell, interrupts it when it runs, and checks that this ends it with the error and leaves the session alive. */
async function interrupted(code: string, expected = ["'running'"]): Promise<void> {
  await kernel.run('const keep = 42');
  const { ok, errors, shown } = await kernel.run(code, { interrupt: 'shown' });
  assert.ok(!ok);
  assert.deepEqual(errors.map(({ name }) => name), ['Interrupted']);
  assert.deepEqual(shown, expected);
  assert.equal(await kernel.value('keep'), '42');
}

/** Also checks that it ends by an error at an interruption point: where the thread is stopped from outside, finally blocks do not run. */
const thrown = (loop: string): Promise<void> => interrupted(loop, ["'running'", "'cleaned'"]);

// What fails here would run without end.
describe('interrupting a cell', { timeout: 300_000 }, () => {
  it('ends an endless loop, and runs finally blocks', () => thrown('try { display("running"); while (true) {} } finally { display("cleaned") }'));
  it('ends an endless loop behind an await', () => thrown('await null\ntry { display("running"); for (;;); } finally { display("cleaned") }'));
  it('ends an endless loop in a timer', () => thrown('setTimeout(() => { try { display("running"); while (true) {} } finally { display("cleaned") } }, 0); await new Promise(() => {})'));
  it('ends a wait', () => interrupted('display("running"); await new Promise(() => {})'));
  it('ends a loop in a package, which has no interruption points', () => interrupted('display("running"); new Function("for (;;);")()'));
  it('ends a regular expression that backtracks', () => interrupted('display("running"); /(a+)+b/.test("a".repeat(60))'));

  it('ends one that it overtakes on the way to the kernel', async () => {
    for (const code of ['while (true) {}', 'await new Promise(() => {})']) {
      const { ok, errors } = await kernel.run(code, { interrupt: 'at once' });
      assert.deepEqual([ok, errors.map(({ name }) => name)], [false, ['Interrupted']]);
    }
  });

  it('ends loops that await in the background', async () => {
    await kernel.run('let rounds = 0\nfor (;;) { await new Promise((resolve) => setTimeout(resolve, 10)); if (++rounds === 3) display("running") }', { interrupt: 'shown' });
    assert.equal(await kernel.value('const now = rounds; await new Promise((resolve) => setTimeout(resolve, 100)); rounds - now'), '0');
  });

  it('lets functions of the interrupted cell run later', async () => {
    await kernel.run('function count() { let n = 0; for (let i = 0; i < 10; i++) n++; return n }\ndisplay("running"); while (true) {}', { interrupt: 'shown' });
    assert.equal(await kernel.value('count()'), '10');
  });

  it('waits for native code, and takes no result from it', async () => {
    const { ok, errors } = await kernel.run('display("running"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); globalThis.finished = true; await null', { interrupt: 'shown' });
    assert.ok(ok || errors[0]?.name === 'Interrupted');
    assert.equal(await kernel.value('finished'), 'true');
  });

  it('of an idle kernel does nothing', async () => {
    kernel.client.interrupt();
    assert.equal(await kernel.value('let total = 0; for (let i = 0; i < 3; i++) total += i; await new Promise((resolve) => setTimeout(resolve, 50)); for (let i = 0; i < 3; i++) total += i; total'), '6');
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
