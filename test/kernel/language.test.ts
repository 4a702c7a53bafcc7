import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { CompletionItem, InspectResult } from '../../src/protocol/kernel';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** Completions at the bar in the code. */
async function completions(marked: string): Promise<CompletionItem[]> {
  const offset = marked.indexOf('|');
  return kernel.client.request('complete', { code: marked.replace('|', ''), offset });
}

const labels = async (marked: string): Promise<string[]> => (await completions(marked)).map(({ label }) => label);

/** What a hover at the bar in the code is told. */
async function inspected(marked: string): Promise<InspectResult | null> {
  const offset = marked.indexOf('|');
  return kernel.client.request('inspect', { code: marked.replace('|', ''), offset });
}

describe('completions', () => {
  before(async () => {
    kernel.write('node_modules/some-package/package.json', '{"name":"some-package"}');
    kernel.write('node_modules/@scope/part/package.json', '{"name":"@scope/part"}');
    kernel.write('side.ts', 'export const side = 1');
    await kernel.run('const apple = { core: 1, peel() {} }; class Basket { #hidden = 1; fruits = [apple]; weigh() {} static empty() {} }\nconst basket = new Basket(); let touched = 0; const trap = { get set() { touched++; return {} } }; implied = 1\nconst tensor = tf.zeros([2, 3])');
  });

  it('are the names in scope', async () => {
    const found = await completions('ap|');
    assert.deepEqual(['apple', 'Basket', 'basket', 'implied', 'tf', 'display'].filter((name) => !found.some(({ label }) => label === name)), []);
    assert.deepEqual(found.find(({ label }) => label === 'Basket')?.kind, 'class');
    assert.deepEqual(found.find(({ label }) => label === 'basket')?.detail, 'Basket');
    assert.deepEqual(found[0]?.replace, [0, 2]);
    assert.deepEqual(found.filter(({ label }) => /^_|setTimeout|interruption/.test(label)), []);
  });

  it('are members, inherited ones too', async () => {
    assert.deepEqual((await labels('apple.|')).sort(), ['core', 'peel']);
    assert.deepEqual((await labels('x = basket.fruits[0].c|')).sort(), ['core', 'peel']);
    assert.ok((await labels('basket.|')).includes('weigh'));
    assert.ok((await labels('Basket.|')).includes('empty'));
    assert.ok((await labels('"text".|')).includes('padStart'));
    assert.ok((await labels('tf.|')).includes('tensor2d'));
    assert.ok((await labels('tensor.|')).includes('reshape'));
  });

  it('run nothing of the user', async () => {
    assert.deepEqual(await labels('trap.set.|'), []);
    assert.deepEqual(await labels('basket.weigh(touched = 5).|'), []);
    assert.deepEqual(await labels('(() => { while (true) {} })().|'), []);
    assert.deepEqual(await labels('new Proxy({}, { ownKeys() { touched = 9; return [] } }).|'), []);
    assert.equal(await kernel.value('touched'), '0');
  });

  it('are modules in imports', async () => {
    const found = await labels("import a from '|");
    assert.deepEqual(['some-package', '@scope/part', '@tensorflow/tfjs', 'node:fs'].filter((name) => !found.includes(name)), []);
    assert.deepEqual(await labels("import { side } from './s|"), ['./side.ts']);
  });

  it('are the options of the attribution API, with what they mean', async () => {
    await kernel.run('const attribution = new IntegratedGradients((x: tf.Tensor) => x)');
    for (const call of ['new IntegratedGradients(net).attribute(input, { target: 1, n|', 'await attribution.attribute(input, { target: 1, |']) {
      const found = await completions(call);
      assert.deepEqual(found.filter(({ label }) => /^(nSteps|target)$/.test(label)).map(({ label, detail }) => [label, detail]), [['nSteps', 'number']], call);
      assert.match(found.find(({ label }) => label === 'nSteps')!.documentation!, /Default: 50/);
    }
    assert.ok((await labels('new IntegratedGradients(net, { |')).includes('multiplyByInputs'));
  });

  it('come while a cell waits', async () => {
    const waiting = kernel.run('await new Promise((resolve) => setTimeout(resolve, 400))');
    assert.deepEqual((await labels('apple.|')).sort(), ['core', 'peel']);
    await waiting;
  });
});

describe('inspecting', () => {
  before(async () => {
    await kernel.run('const picture = tf.tensor4d(Array.from({ length: 192 }, (_, i) => i === 5 ? NaN : i / 200), [1, 8, 8, 3]); const gone = tf.zeros([2]); gone.dispose()');
    await kernel.run('const net = tf.sequential({ name: "net", layers: [tf.layers.dense({ units: 3, inputShape: [4] })] }); const nested = [[1, 2], [3, 4]], typed = new Float32Array([1, 3]); const own = { dtype: "float32", shape: [2], data: Float32Array.of(-1, 1) }; let ran = 0; const guard = { get it() { ran++; return tf.zeros([1]) } }');
  });

  it('describes a tensor', async () => {
    const found = await inspected('f(pic|ture)');
    assert.deepEqual(found?.range, [2, 9]);
    assert.equal(found?.type, 'Tensor');
    const { thumbnail, mean, max, ...facts } = found!.tensor!;
    assert.deepEqual(facts, { shape: [1, 8, 8, 3], dtype: 'float32', min: 0, nanCount: 1, infinityCount: 0 });
    assert.ok(Math.abs(max! - 0.955) < 1e-6 && Math.abs(mean! - 0.4799) < 1e-3);
    assert.deepEqual([...thumbnail!.png.subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(thumbnail!.width <= 200 && thumbnail!.height === thumbnail!.width);
  });

  it('describes everything that holds numbers in a grid', async () => {
    assert.deepEqual((await inspected('nes|ted'))?.tensor?.shape, [2, 2]);
    assert.equal((await inspected('nested[0|]')) === null, true);
    assert.deepEqual((await inspected('typ|ed'))?.tensor?.max, 3);
    assert.deepEqual((await inspected('ow|n'))?.tensor?.min, -1);
  });

  it('says that a tensor is disposed', async () => {
    const found = await inspected('gon|e');
    assert.deepEqual([found?.tensor?.disposed, found?.tensor?.min], [true, null]);
  });

  it('describes a model', async () => {
    const { model, type } = (await inspected('ne|t.predict(x)'))!;
    assert.equal(type, 'Sequential');
    assert.equal(model?.name, 'net');
    assert.match(model!.inputs[0]!, /\[N, 4\]$/);
    assert.match(model!.outputs[0]!, /\[N, 3\]$/);
  });

  it('runs nothing of the user', async () => {
    assert.equal(await inspected('guard.i|t'), null);
    assert.equal(await inspected('unknown.na|me'), null);
    assert.equal(await kernel.value('ran'), '0');
  });
});
