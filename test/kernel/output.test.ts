import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** The kinds of events in order, neighbours of one kind once. */
const kinds = (events: { kind: string }[]) => events.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);

describe('the output of cells', () => {
  it('comes in order', async () => {
    const { events, stdout, stderr } = await kernel.run('console.log("a", { b: 1 }); console.error("c"); process.stdout.write("d"); console.log("e"); display(1); console.warn("f"); 2');
    assert.deepEqual(kinds(events), ['stdout', 'stderr', 'stdout', 'display', 'stderr', 'display']);
    assert.equal(stdout, 'a { b: 1 }\nde\n');
    assert.equal(stderr, 'c\nf\n');
  });

  it('streams out of a loop that never yields', { timeout: 300_000 }, async () => {
    const { stdout, errors } = await kernel.run('while (true) console.log("tick")', { interrupt: 'shown' });
    assert.match(stdout, /^tick\n/);
    assert.deepEqual(errors.map(({ name }) => name), ['Interrupted']);
  });

  it('comes in batches', async () => {
    const { events, stdout } = await kernel.run('for (let i = 0; i < 2000; i++) console.log(i)');
    assert.equal(stdout.trim().split('\n').length, 2000);
    assert.ok(events.length < 1000, `${events.length} events`);
  });

  it('is cut where a notebook could no longer be opened', async () => {
    const { stdout, stderr, ok } = await kernel.run('for (let i = 0; i < 200; i++) console.log("x".repeat(100_000))');
    assert.ok(ok);
    assert.ok(stdout.length <= 4 * 1024 * 1024);
    assert.match(stderr, /beyond 4 MB is not shown/);
    assert.equal((await kernel.run('console.log("again")')).stdout, 'again\n');
  });

  it('decodes bytes that split a character', async () => {
    const { stdout } = await kernel.run('const bytes = Buffer.from("é€"); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1, 4)); process.stdout.write(bytes.subarray(4))');
    assert.equal(stdout, 'é€');
  });

  it('of what a cell left behind goes to the last cell', { timeout: 300_000 }, async () => {
    await kernel.run('const waiting = setInterval(() => { if (!require("node:fs").existsSync("ended")) return; clearInterval(waiting); console.log("afterwards") }, 10)');
    kernel.write('ended', '');
    while (kernel.late.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(kernel.late, [{ kind: 'stdout', text: 'afterwards\n' }]);
  });
});

describe('values', () => {
  it('show as Node prints them', async () => {
    assert.equal(await kernel.value('({ a: [1, "b"], c: new Map([[1, 2]]) })'), "{ a: [ 1, 'b' ], c: Map(1) { 1 => 2 } }");
    assert.equal(await kernel.value('"text"'), "'text'");
    assert.deepEqual(await Promise.all(['null', '10n', 'Symbol("s")', 'NaN', '-0'].map((code) => kernel.value(code))), ['null', '10n', 'Symbol(s)', 'NaN', '-0']);
  });

  it('that are hostile do no harm', async () => {
    assert.equal(await kernel.value('new Proxy({}, { get() { throw new Error("trap") }, ownKeys() { throw 1 }, getPrototypeOf() { throw 2 } })'), '{}');
    assert.equal(await kernel.value('globalThis.got = false; ({ get x() { globalThis.got = true; throw 1 } })'), '{ x: [Getter] }');
    assert.equal(await kernel.value('got'), 'false');
    assert.match((await kernel.value('({ [Symbol.for("nodejs.util.inspect.custom")]() { throw new Error("no") } })'))!, /cannot be shown/);
    assert.equal(await kernel.value('const cyclic: any = {}; cyclic.self = cyclic; cyclic'), '<ref *1> { self: [Circular *1] }');
    assert.match((await kernel.value('new Array(1e7).fill(0)'))!, /9999900 more items/);
    assert.ok((await kernel.value('"x".repeat(1e7)'))!.length < 20_000);
    assert.equal(await kernel.value('({ then() { throw new Error("not a promise") } })'), '{ then: [Function: then] }');
  });

  it('that are tensors show shape, type, statistics and values', async () => {
    const text = await kernel.value('tf.tensor2d([[1, 2], [3, NaN]])');
    assert.equal(text, 'Tensor float32 [2, 2]\nmin 1  max 3  mean 2  NaN 1\n[[1, 2],\n [3, NaN]]');
    assert.equal(await kernel.value('tf.tensor(["a", "b"])'), 'Tensor string [2]\n["a", "b"]');
    assert.equal(await kernel.value('const gone = tf.ones([2, 3]); gone.dispose(); gone'), 'Tensor float32 [2, 3], disposed');
    assert.match((await kernel.value('tf.zeros([100, 100])'))!, /\[\[0, 0, 0, \.\.\., 0, 0, 0\],/);
  });

  it('that are tensors like images show a picture', async () => {
    const { events } = await kernel.run('tf.ones([1, 16, 16, 3])');
    const html = events[0]?.kind === 'display' ? events[0].items.find(({ mime }) => mime === 'text/html')?.text : undefined;
    assert.match(html ?? '', /<img [^>]*src="data:image\/png;base64,iVBOR/);
  });

  it('that are models show their layers', async () => {
    const { events, shown } = await kernel.run('tf.sequential({ name: "<b>small</b>", layers: [tf.layers.dense({ units: 3, inputShape: [4], name: "first" })] })');
    assert.match(shown[0]!, /^Sequential <b>small<\/b>: .*\[N, 4\] -> .*\[N, 3\]\nLayer +Type +Output shape +Parameters\nfirst +Dense +\[N, 3\] +15$/);
    const html = events[0]?.kind === 'display' ? events[0].items.find(({ mime }) => mime === 'text/html')?.text : undefined;
    assert.match(html!, /&#60;b&#62;small/);
    assert.doesNotMatch(html!, /<b>small/);
  });
});
