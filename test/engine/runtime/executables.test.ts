import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../src/engine/graph/builder';
import type { Graph } from '../../../src/engine/graph/graph';
import { ExecutableCache } from '../../../src/engine/runtime/executables';
import { peakBytes } from '../../../src/engine/runtime/footprint';
import type { Runtime } from '../../../src/engine/runtime/runtime';
import { float32 } from '../../../src/engine/tensor';
import { LensError } from '../../../src/protocol/errors';

/** Counts what is compiled and disposed; each executable says it holds 100 bytes. Runs end when they are told to. */
class CountingRuntime implements Runtime {
  readonly name = 'counting';
  readonly log: string[] = [];
  failures: LensError[] = [];
  private waiting: (() => void)[] = [];
  hold = false;

  async compile(graph: Graph) {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.log.push(`compile ${graph.name}`);
    let disposed = false;
    return {
      bytes: 100,
      run: async () => {
        if (disposed) throw new Error('run after dispose');
        if (this.hold) await new Promise<void>((resolve) => this.waiting.push(resolve));
        if (disposed) throw new Error('disposed while running');
        this.log.push(`run ${graph.name}`);
        return {};
      },
      dispose: async () => {
        disposed = true;
        this.log.push(`dispose ${graph.name}`);
      },
    };
  }

  release(): void {
    this.hold = false;
    for (const resume of this.waiting.splice(0)) resume();
  }

  async dispose(): Promise<void> {}
}

/** A graph without values, so that only the executable's bytes count. */
const graph = (name: string): Graph => new GraphBuilder(name).build([]);
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a graph is compiled once, also when asked for twice at a time', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime);
  const a = graph('a');
  const [first] = await Promise.all([cache.get(a), cache.get(a)]);
  await first.run({});
  await (await cache.get(a)).run({});
  assert.deepEqual(runtime.log, ['compile a', 'run a', 'run a']);
});

test('the least recently used graph is disposed when all hold too much', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime, { maxBytes: 250 });
  const [a, b, c] = [graph('a'), graph('b'), graph('c')];
  await cache.get(a);
  await cache.get(b);
  await (await cache.get(a)).run({});
  await cache.get(c);
  await settled();
  assert.deepEqual(runtime.log, ['compile a', 'compile b', 'run a', 'compile c', 'dispose b']);
});

test('one graph is kept however much it holds', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime, { maxBytes: 10 });
  const executable = await cache.get(graph('a'));
  await settled();
  await executable.run({});
  assert.deepEqual(runtime.log, ['compile a', 'run a']);
});

test('an evicted graph ends its run first and is compiled anew when it runs again', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime, { maxBytes: 150 });
  const executable = await cache.get(graph('a'));
  runtime.hold = true;
  const running = executable.run({});
  await settled();
  await cache.get(graph('b'));
  await settled();
  assert.deepEqual(runtime.log, ['compile a', 'compile b']);
  runtime.release();
  await running;
  assert.deepEqual(runtime.log, ['compile a', 'compile b', 'run a', 'dispose a']);
  await executable.run({});
  await settled();
  assert.deepEqual(runtime.log.slice(4), ['compile a', 'run a', 'dispose b']);
});

test('out of memory while compiling disposes the others and tries once more', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime);
  await cache.get(graph('a'));
  runtime.failures = [new LensError('out-of-memory', 'no memory')];
  await cache.get(graph('b'));
  assert.deepEqual(runtime.log, ['compile a', 'dispose a', 'compile b']);
});

test('a graph that cannot be compiled is tried again when asked for again', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime);
  const a = graph('a');
  runtime.failures = [new LensError('runtime-failure', 'broken')];
  await assert.rejects(cache.get(a), { message: 'broken' });
  await cache.get(a);
  assert.deepEqual(runtime.log, ['compile a']);
});

test('dispose frees everything', async () => {
  const runtime = new CountingRuntime();
  const cache = new ExecutableCache(runtime);
  await cache.get(graph('a'));
  await cache.get(graph('b'));
  await cache.dispose();
  assert.deepEqual(runtime.log, ['compile a', 'compile b', 'dispose a', 'dispose b']);
});

test('peak memory counts the values that live at the same time, not the constants', () => {
  const builder = new GraphBuilder('chain');
  const x = builder.input('x', 'float32', [10]);
  const one = builder.constant(float32(new Float32Array(10), [10]), 'one');
  const a = builder.op('Add', [x, one]);
  const b = builder.op('Identity', [a]);
  const c = builder.op('Add', [b, a]);
  assert.equal(peakBytes(builder.build([c])), 120);
});
