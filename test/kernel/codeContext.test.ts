import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextAt, expressionAt } from '../../src/kernel/language/codeContext';

/** The context at the bar in the code. */
function at(marked: string) {
  const offset = marked.indexOf('|');
  return contextAt(marked.replace('|', ''), offset);
}

/** The expression at the bar in the code. */
function expression(marked: string): string | undefined {
  const offset = marked.indexOf('|');
  const code = marked.replace('|', '');
  const range = expressionAt(code, offset);
  return range && code.slice(range.start, range.end);
}

describe('contextAt', () => {
  it('finds the object of a member', () => {
    const objects = ['a.|', 'x = a.b.c|', 'a[0].b?.|', 'f(x, y).|', 'await a.b.|', 'return this.|', '(a + b).x|', '`${a.|', 'if (a.|'];
    assert.deepEqual(objects.map((code) => { const context = at(code); return context.kind === 'member' ? context.object : context.kind; }),
      ['a', 'a.b', 'a[0].b', 'f(x, y)', 'a.b', 'this', '(a + b)', 'a', 'a']);
  });

  it('replaces the part that is typed', () => {
    assert.deepEqual(at('tf.ten|').kind === 'member' && at('tf.ten|'), { kind: 'member', object: 'tf', replace: { start: 3, end: 6 } });
  });

  it('proposes nothing in comments, strings and templates', () => {
    assert.deepEqual(['// a.|', '/* a.|', '"a.|', '`a.|', "f('a|"].map((code) => at(code).kind), Array(5).fill('none'));
  });

  it('finds the module of an import', () => {
    for (const code of ["import a from 'lo|", "import 'lo|", "await import('lo|", "require('lo|", 'export { a } from "lo|']) {
      const context = at(code);
      assert.equal(context.kind === 'specifier' && context.typed, 'lo', code);
    }
  });

  it('finds the call whose options are written', () => {
    const options = (code: string) => { const context = at(code); return context.kind === 'name' ? context.options : undefined; };
    assert.deepEqual(options('ig.attribute(x, { nSteps: 5, ta|'), { callee: 'ig.attribute', argument: 1, present: ['nSteps'] });
    assert.deepEqual(options('new IntegratedGradients(f(m), {|'), { callee: 'new IntegratedGradients', argument: 1, present: [] });
    assert.deepEqual(options('await new IG(m).attribute(x, { a: { b: 1 }, |')?.callee, 'new IG(m).attribute');
    assert.deepEqual(['f({ a: |', 'const {|', 'f(() => {|', 'f([{|', 'f({ a: {|'].map(options), Array(5).fill(undefined));
  });
});

describe('expressionAt', () => {
  it('takes the member chain up to the word', () => {
    const marked = ['mod|el.layers[0].name', 'model.lay|ers[0].name', 'model.layers[0].na|me', 'f(x).sh|ape', 'const x|: number = 1', 'a ? b| : c', 'f(xy|)'];
    assert.deepEqual(marked.map(expression), ['model', 'model.layers', 'model.layers[0].name', 'f(x).shape', 'x', 'b', 'xy']);
  });

  it('takes no keys, keywords or strings', () => {
    assert.deepEqual(['({ sha|pe: 1 })', 'f({ x, sha|pe: 1 })', 'ret|urn x', '"x|y"', ' | '].map(expression), Array(5).fill(undefined));
  });

  it('reads code that is not complete', () => {
    assert.equal(expression('for (const q of ite|ms) { "unterminated'), 'items');
  });
});
