import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

describe('a session of cells', () => {
  it('keeps variables from cell to cell', async () => {
    await kernel.run('const kept: number = 41; let counted = 0; function next() { return ++counted }');
    assert.equal(await kernel.value('next(); kept + next()'), '43');
  });

  it('declares a name anew as anything else', async () => {
    const kinds = ['const x = 1', 'let x = 1', 'var x = 1', 'function x() { return 1 }', 'class x { static value = 1 }', 'enum x { value = 1 }', 'import x from "node:path"', 'const { x } = { x: 1 }', 'for (var x of [1]) {}'];
    for (const first of kinds) {
      for (const second of kinds) {
        for (const code of [first, second]) assert.equal((await kernel.run(code)).errors[0]?.stack, undefined, `${first}, then ${second}`);
      }
    }
  });

  it('lets functions of earlier cells see the newer variable', async () => {
    await kernel.run('let seen = 1; const look = () => seen');
    assert.equal(await kernel.value('const seen = 2\nlook()'), '2');
  });

  it('declares again what failed to be declared', async () => {
    assert.match((await kernel.error('const broken = (() => { throw new Error("no") })()')).stack, /no/);
    assert.equal(await kernel.value('const broken = 1; broken'), '1');
  });

  it('hoists functions, and var from blocks', async () => {
    assert.equal(await kernel.value('const early = later()\nfunction later() { return inner }\nif (true) { var inner = 5 }\n[early, later()]'), '[ undefined, 5 ]');
  });

  it('awaits at the top level', async () => {
    assert.equal(await kernel.value('const waited = await new Promise<number>((resolve) => setTimeout(resolve, 10, 7))\nwaited'), '7');
    assert.equal(await kernel.value('let sum = 0; for await (const n of (async function* () { yield 1; yield 2 })()) sum += n\nsum'), '3');
  });

  it('awaits a promise that is the value', async () => {
    assert.equal(await kernel.value('Promise.resolve(6)'), '6');
    assert.match((await kernel.error('Promise.reject(new Error("refused"))')).stack, /refused/);
  });

  it('shows nothing for statements and undefined', async () => {
    for (const code of ['const shown = 1', 'for (let i = 0; i < 3; i++) { i }', 'undefined', 'void 0', 'if (true) { 5 }', '', '// nothing']) {
      assert.deepEqual((await kernel.run(code)).events, [], code);
    }
  });

  it('compiles TypeScript that needs code of its own', async () => {
    assert.equal(await kernel.value('enum Color { Red, Green }\nnamespace Space { export const a = 1 }\nclass Point { constructor(readonly at: number) {} }\n[Color.Green, Space.a, new Point(3).at]'), '[ 1, 1, 3 ]');
  });

  it('takes JavaScript cells as they are', async () => {
    assert.match((await kernel.error('const typed: number = 1', { language: 'javascript' })).stack, /SyntaxError/);
    assert.equal(await kernel.value('with ({ inside: 1 }) { var got = inside }\ngot', { language: 'javascript' }), '1');
  });

  it('exports as if it declared', async () => {
    assert.equal(await kernel.value('export const exported = 1\nexport { exported as again }\nexport default exported + 1'), '2');
  });

  it('runs cells one after the other', async () => {
    await kernel.run('const trace: string[] = []');
    await Promise.all([
      kernel.run('await new Promise((resolve) => setTimeout(resolve, 50)); trace.push("first")'),
      kernel.run('trace.push("second")'),
    ]);
    assert.equal(await kernel.value('trace'), "[ 'first', 'second' ]");
  });

  it('lets a cell declare the names of the API anew', async () => {
    assert.equal(await kernel.value('const display = 5, tf = 6; [display, tf]'), '[ 5, 6 ]');
  });
});
