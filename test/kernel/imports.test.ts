import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

describe('imports of cells', () => {
  before(() => {
    kernel.write('node_modules/only-esm/package.json', '{"name":"only-esm","type":"module","exports":{"import":"./index.js"}}');
    kernel.write('node_modules/only-esm/index.js', 'export default "default"; export const named = "named"');
    kernel.write('node_modules/common/package.json', '{"name":"common"}');
    kernel.write('node_modules/common/index.js', 'const exported = {}; for (const name of ["a", "b"]) exported[name] = name; module.exports = exported');
    kernel.write('node_modules/uses-tf/package.json', '{"name":"uses-tf"}');
    kernel.write('node_modules/uses-tf/index.js', 'exports.core = require("@tensorflow/tfjs-core"); exports.whole = require("@tensorflow/tfjs")');
    kernel.write('helper.ts', 'import { inner } from "./lib"\nexport enum Level { Low, High }\nexport const helped: number = inner + 1');
    kernel.write('lib/index.ts', 'export const inner: number = 1');
    kernel.write('layers.ts', 'import * as tf from "@tensorflow/tfjs"; import { scalar } from "@tensorflow/tfjs"\nexport const one = () => scalar(1) as tf.Scalar; export { tf }');
    kernel.write('data.json', '{"a":[1,2]}');
    kernel.write('common.cjs', 'module.exports = { fromCommon: 5 }');
  });

  it('find packages of both kinds from the folder of the notebook', async () => {
    assert.equal(await kernel.value('import whole, { named } from "only-esm"\nimport * as all from "only-esm"\nimport common, { a as renamed } from "common"\n[whole, named, all.named, common.b, renamed]'),
      "[ 'default', 'named', 'named', 'b', 'a' ]");
  });

  it("find Node's modules, TypeScript files, folders and JSON", async () => {
    assert.equal(await kernel.value('import { sep } from "node:path"\nimport { helped, Level } from "./helper"\nimport data from "./data.json"\nimport typed from "./data.json" with { type: "json" }\nimport { fromCommon } from "./common.cjs"\n[typeof sep, helped, Level.High, data.a, typed.a, fromCommon]'),
      "[ 'string', 2, 1, [ 1, 2 ], [ 1, 2 ], 5 ]");
  });

  it('work as calls, in functions of earlier cells too', async () => {
    await kernel.run('const load = async (name: string) => (await import(name)).named');
    assert.equal(await kernel.value('[await load("only-esm"), (await import("./helper.ts")).helped]'), "[ 'named', 2 ]");
  });

  it('work as require', async () => {
    assert.equal(await kernel.value('[require("common").a, require("./common.cjs").fromCommon, require("node:path").sep.length]'), "[ 'a', 5, 1 ]");
  });

  it("give everyone the kernel's TensorFlow.js", async () => {
    const code = 'import * as star from "@tensorflow/tfjs"; import whole, { tensor } from "@tensorflow/tfjs-node"; import { core, whole as required } from "uses-tf"; import { one, tf as theirs } from "./layers"\n'
      + '[star.tensor, whole.tensor, tensor, required.tensor, theirs.tensor, require("@tensorflow/tfjs").tensor].every((each) => each === tf.tensor) && core.Tensor === tf.Tensor && one() instanceof tf.Tensor';
    assert.equal(await kernel.value(code), 'true');
  });

  it('load a file again when it changed', async () => {
    kernel.write('changing.ts', 'export const version: number = 1');
    assert.equal(await kernel.value('import { version } from "./changing"; version'), '1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    kernel.write('changing.ts', 'export const version: number = 2');
    assert.equal(await kernel.value('import { version } from "./changing"; version'), '2');
  });

  it('keep import.meta and the working folder in the notebook', async () => {
    assert.equal(await kernel.value('[import.meta.dirname === process.cwd(), import.meta.url.startsWith("file:"), import.meta.resolve("./a.txt").endsWith("/a.txt")]'), '[ true, true, true ]');
  });

  it('that fail say what to do', async () => {
    const missing = await kernel.error('const before = 1\nimport gone from "not-installed/part"', { cellName: 'Cell 3' });
    assert.match(missing.stack, /^Cannot find the package 'not-installed\/part' from the folder of the notebook[^]*npm install not-installed\n[^]*Cell 3, line 2/);
    assert.match((await kernel.error('import gone from "./gone"')).message, /Cannot find the file '\.\/gone'/);
    assert.match((await kernel.error('import { Nothing } from "only-esm"')).stack, /has no export named 'Nothing'[^]*import type/);
    assert.match((await kernel.error('import x from "https://example.org/x.js"')).message, /modules come from files and installed packages/);
    kernel.write('wrong.ts', 'export const = 1');
    assert.match((await kernel.error('import { a } from "./wrong"')).message, /Unexpected token/);
  });

  it('that fail declare nothing', async () => {
    await kernel.run('const survivor = 1');
    await kernel.run('import { survivor, gone } from "./gone"');
    assert.equal(await kernel.value('survivor'), '1');
  });
});
