import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

describe('errors of cells', () => {
  it('name the cell and its line, without the kernel and Node', async () => {
    const { name, message, stack } = await kernel.error('\nfunction fall(value: any) {\n  return value.foo.bar\n}\nfall({})', { cellName: 'Cell 7' });
    assert.equal(name, 'TypeError');
    assert.equal(message, "Cannot read properties of undefined (reading 'bar')");
    assert.equal(stack, [
      "TypeError: Cannot read properties of undefined (reading 'bar')",
      '',
      'Cell 7, line 3:',
      '  1 | ',
      '  2 | function fall(value: any) {',
      '> 3 |   return value.foo.bar',
      '    |                    ^',
      '  4 | }',
      '',
      '    at fall (Cell 7:3:20)',
      '    at Cell 7:5:1',
    ].join('\n'));
  });

  it('show the cell in which a function was written', async () => {
    await kernel.run('const thrower = () => { throw new RangeError("far") }', { cellName: 'Cell 1' });
    const { stack } = await kernel.error('thrower()', { cellName: 'Cell 2' });
    assert.match(stack, /Cell 1, line 1:[^]*at thrower \(Cell 1:1:31\)\n {4}at Cell 2:1:1$/);
  });

  it('keep lines through enums and awaits', async () => {
    const { stack } = await kernel.error('enum E { A }\nawait null\nthrow new Error("late")', { cellName: 'Cell 3' });
    assert.match(stack, /at Cell 3:3:7/);
  });

  it('keep columns behind loops and redeclared names', async () => {
    const { stack } = await kernel.error('for (const a of [1]) for (const b of [2]) { undefined.x }', { cellName: 'Cell 4' });
    assert.match(stack, /at Cell 4:1:55/);
  });

  it('of syntax show the place', async () => {
    const typescript = await kernel.error('const a = 1\nconst x: = 5', { cellName: 'Cell 5' });
    assert.match(typescript.stack, /^SyntaxError: Unexpected token '='[^]*> 2 \| const x: = 5\n {4}\| {10}\^\n\n {4}at Cell 5:2:10$/);
    const javascript = await kernel.error('f(\n', { cellName: 'Cell 5', language: 'javascript' });
    assert.match(javascript.stack, /^SyntaxError: Unexpected end of input[^]*at Cell 5:1:3$/);
  });

  it('of syntax in evaluated text are errors of the cell that evaluates', async () => {
    assert.match((await kernel.error('JSON.parse("{")', { cellName: 'Cell 6' })).stack, /at JSON\.parse \(<anonymous>\)\n {4}at Cell 6:1:6/);
    assert.match((await kernel.error('eval("1 +")', { cellName: 'Cell 6' })).stack, /at Cell 6:1:1/);
  });

  it('leave out what internal code does with functions of the language', async () => {
    const { stack } = await kernel.error('const ones = [[1, 2], [3]]\nawait new Saliency((x) => x).attribute(ones)', { cellName: 'Cell 8' });
    assert.doesNotMatch(stack, /<anonymous>|\(index/);
    assert.match((await kernel.error('[1].map(() => { throw new Error("own") })', { cellName: 'Cell 8' })).stack, /at Array\.map \(<anonymous>\)\n {4}at Cell 8:1:5$/);
  });

  it('show causes and gathered errors', async () => {
    const { stack } = await kernel.error('throw new Error("outer", { cause: new TypeError("inner") })');
    assert.match(stack, /Caused by: TypeError: inner\n {4}at Cell/);
    assert.match((await kernel.error('await Promise.any([Promise.reject(new Error("one"))])')).stack, /Error: Error: one/);
  });

  it('that are no errors show what was thrown', async () => {
    assert.deepEqual(await kernel.error('throw { a: 1 }'), { kind: 'error', name: 'Uncaught', message: '{ a: 1 }', stack: 'Uncaught: { a: 1 }' });
    assert.equal((await kernel.error('throw undefined')).message, 'undefined');
  });

  it('that are hostile do no harm', async () => {
    assert.equal((await kernel.error('throw new Proxy({}, { get() { throw 1 } })')).name, 'Uncaught');
    const { stack } = await kernel.error('const self: any = new Error("cycle"); self.cause = self; throw self');
    assert.ok(stack.length < 5000);
    assert.equal((await kernel.error('const odd = new Error("odd"); Object.defineProperty(odd, "stack", { get() { throw 1 } }); throw odd')).message, 'odd');
  });

  it('keep what was printed before', async () => {
    const { stdout, ok, errors } = await kernel.run('console.log("before"); throw new Error("after")');
    assert.deepEqual([stdout, ok, errors.length], ['before\n', false, 1]);
  });

  it('in timers and forgotten promises reach the running cell, which goes on', async () => {
    const { ok, errors, shown } = await kernel.run('setTimeout(() => { throw new Error("timer") }, 5); Promise.reject(new Error("forgotten")); await new Promise((resolve) => setTimeout(resolve, 100)); "done"');
    assert.ok(ok);
    assert.deepEqual(errors.map(({ message }) => message).sort(), ['forgotten', 'timer']);
    assert.deepEqual(shown, ["'done'"]);
  });

  it('name cells in what the console prints', async () => {
    const { stderr } = await kernel.run('console.error(new Error("printed"))', { cellName: 'Cell 9' });
    assert.match(stderr, /^Error: printed\n {4}at Cell 9:1:15\n$/);
  });
});
