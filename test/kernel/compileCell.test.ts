import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileCell } from '../../src/kernel/cell/compileCell';
import { CellSyntaxError } from '../../src/kernel/cell/position';

const compile = (code: string, language: 'typescript' | 'javascript' = 'javascript', constants: string[] = []) =>
  compileCell(code, language, (name) => constants.includes(name));

/** Code with each run of spaces as one. */
const squeezed = (code: string | undefined) => code?.replace(/ +/g, ' ').trim();

const failure = (code: string, language: 'typescript' | 'javascript' = 'javascript', constants: string[] = []): CellSyntaxError => {
  try {
    compile(code, language, constants);
  } catch (error) {
    if (error instanceof CellSyntaxError) return error;
    throw error;
  }
  throw new Error(`compiled: ${code}`);
};

describe('compileCell', () => {
  it('keeps every place of a TypeScript cell where it was', () => {
    const code = 'const a: number = f<string>(b as any)\ninterface I { x: 1 }\nthrow new Error(a!)';
    const { main } = compile(code, 'typescript');
    assert.equal(main.code.length, code.length);
    assert.equal(main.code.indexOf('throw'), code.indexOf('throw'));
  });

  it('maps places back through enums, which move the code', () => {
    const { main } = compile('\n\nenum E { A }\n\nthrow new Error("x")', 'typescript');
    const lines = main.code.split('\n');
    const line = lines.findIndex((text) => text.includes('throw')) + 1;
    const column = lines[line - 1]!.indexOf('new Error') + 1;
    assert.deepEqual(main.origin({ line, column }), { line: 5, column: 7 });
  });

  it('takes imports out and leaves the lines', () => {
    const { imports, main } = compile('import a, { b as c } from "x"\nimport * as n from "y"; import "z"\nc');
    assert.deepEqual(imports.map(({ specifier, bindings }) => [specifier, ...bindings.map(({ imported, local }) => `${imported} as ${local}`)]), [
      ['x', 'default as a', 'b as c'],
      ['y', '* as n'],
      ['z'],
    ]);
    assert.equal(main.code.split('\n')[2], 'c');
    assert.doesNotMatch(main.code, /import/);
  });

  it('drops imports of types', () => {
    const { imports } = compile('import type { A } from "x"; import { type B, c } from "y"', 'typescript');
    assert.deepEqual(imports.map(({ specifier, bindings }) => [specifier, bindings.length]), [['y', 1]]);
  });

  it('turns declarations of the top level into let', () => {
    const { main, functions, hoisted } = compile('const a = 1\nfunction f(x) { const y = x; return y }\nvar { b } = c, d\nfor (var i of j) var k = i');
    assert.equal(squeezed(functions?.code), 'let f=function (x) { const y = x; return y };');
    assert.match(main.code, /^let {3}a = 1$/m);
    assert.doesNotMatch(main.code, /\b(const|var|function)\b/);
    assert.deepEqual(hoisted, ['b', 'd', 'i', 'k']);
  });

  it('does not join statements when it takes one out', () => {
    const { main } = compile('const a = b\nfunction f() {}\n[1].map(f)\nexport { a }\n(0)');
    assert.doesNotThrow(() => new Function(main.code));
    assert.match(main.code, /b\n;/);
  });

  it('knows whether there is a value to show', () => {
    const shows = (code: string) => compile(code).showsValue;
    assert.deepEqual(['1', '1;', 'const a = 1', 'if (x) { 1 }', 'export default 5', 'for (;;) {}', 'f()\nclass A {}', '', '1\nvar a'].map(shows), [true, true, false, false, true, false, false, false, true]);
  });

  it('refuses to assign to constants, also those of earlier cells', () => {
    assert.match(failure('const a = 1\na = 2').message, /constant variable 'a'/);
    assert.deepEqual(failure('const a = 1\na = 2').position, { line: 2, column: 1 });
    assert.match(failure('import b from "x"; b++').message, /'b'/);
    assert.match(failure('for (c of []) {}', 'javascript', ['c']).message, /'c'/);
    assert.match(failure('function f() { [d] = [1] }', 'javascript', ['d']).message, /'d'/);
  });

  it('lets inner names and new declarations shadow constants', () => {
    assert.ok(compile('{ let a = 1; a = 2 } function f(a) { a = 3 }', 'javascript', ['a']));
    assert.ok(compile('let a = 1; a = 2', 'javascript', ['a']));
  });

  it('says where the syntax is wrong', () => {
    assert.deepEqual(failure('const x: = 1', 'typescript').position, { line: 1, column: 10 });
    assert.deepEqual(failure('f()\nimport { from "x"').position, { line: 2, column: 15 });
    assert.match(failure('export * from "x"').message, /cannot re-export/);
  });

  it('gives every loop an interruption point', () => {
    const { main } = compile('while (a) b\nfor (;;) { c }\ndo ; while (d)\nfor (const e in f) for (const g of h) i');
    assert.equal(main.code.match(/__interruptionPoint__\(\)/g)?.length, 5);
    assert.doesNotThrow(() => new Function(main.code));
  });

  it('reads what only sloppy mode allows', () => {
    assert.match(compile('with (a) { b = 010 }').main.code, /with/);
  });
});
