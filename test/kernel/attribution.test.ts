import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { LensError } from '../../src/protocol/errors';
import type { AttributionBundle } from '../../src/protocol/output';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** The attributions that a cell shows. */
async function attributions(code: string): Promise<AttributionBundle[]> {
  const { events, errors } = await kernel.run(code);
  assert.equal(errors[0]?.stack, undefined);
  return events.flatMap((event) => (event.kind === 'attribution' ? [event.bundle] : []));
}

/** The message of a request that fails, with its next step. */
async function failure(expression: string, model?: string): Promise<string> {
  try {
    await kernel.client.request('attributeExpression', { expression, model });
  } catch (error) {
    if (error instanceof LensError) return `${error.message}. ${error.nextStep ?? ''}`;
    throw error;
  }
  throw new Error(`attributed: ${expression}`);
}

describe('attributions of a session', () => {
  before(async () => {
    await kernel.run(`
      const weights = tf.tensor2d([[1, -1], [2, 0.5], [-3, 1]])
      const linear = (x: tf.Tensor) => x.matMul(weights)
      const net = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })
      const input = tf.tensor2d([[1, 0.5, 0.25]]), rows = [[1, 2, 3]], word = 'word'
      const tensorOf = (n: number) => ({ made: tf.fill([1, 3], n) })
      let calls = 0; function counted(x: tf.Tensor) { calls++; return linear(x) }`);
  });

  it('show as one event, with a picture and a sentence', async () => {
    const [{ output, png }] = await attributions('await new IntegratedGradients(linear).attribute(input, { target: 1, nSteps: 4 })');
    assert.equal(output.method.name, 'IntegratedGradients');
    const view = output.examples[0]!.views[0]!;
    assert.deepEqual(view.kind === 'tabular' && view.attributions, [-1, 0.25, 0.25]);
    assert.ok(output.summary.length > 20);
    assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')]);
  });

  it('show when they are displayed, and when the value is the pair with the delta', async () => {
    const found = await attributions('const ig = new IntegratedGradients(linear); const first = await ig.attribute(input, { target: 0 }); display(first)\nawait ig.attribute(input, { target: 1, returnConvergenceDelta: true })');
    assert.deepEqual(found.map(({ output }) => output.examples[0]!.target?.index), [[0], [1]]);
  });

  it('can be computed anew under their id', async () => {
    const [{ output }] = await attributions('await new IntegratedGradients(linear).attribute(input, { target: 0, nSteps: 4 })');
    assert.equal((await kernel.client.request('capabilities', { outputId: output.id })).live, true);
    const anew = await kernel.client.request('recompute', { outputId: output.id, request: { options: { nSteps: 7 }, target: [1] } });
    assert.deepEqual([anew.output.id, anew.output.method.options.nSteps, anew.output.examples[0]!.target?.index], [output.id, 7, [1]]);
    assert.equal((await kernel.client.request('capabilities', { outputId: 'unknown' })).live, false);
  });

  it('name the models in scope', async () => {
    const models = await kernel.client.request('modelsInScope', {});
    assert.match(models.find(({ variable }) => variable === 'net')!.description, /^Sequential, \[N, 3\] -> \[N, 2\]$/);
    assert.deepEqual(models.filter(({ variable }) => ['input', 'word', 'weights', 'tf'].includes(variable)), []);
  });

  it('of model calls take the call apart', async () => {
    for (const [expression, model] of [['linear(input)', 'linear'], ['net.predict(input)', 'net'], ['await net.apply(input as tf.Tensor);', 'net'], ['linear(rows)', 'linear']] as const) {
      const { output } = await kernel.client.request('attributeExpression', { expression });
      assert.deepEqual([output.model.name, output.inputs[0]!.shape], [model, [1, 3]], expression);
    }
    const choices = await kernel.client.request('expressionChoices', { expression: 'counted(input)' });
    assert.deepEqual([choices.kind, choices.methods[0]?.name], ['call', 'IntegratedGradients']);
  });

  it('of tensors take the chosen model, method and target', async () => {
    assert.equal((await kernel.client.request('expressionChoices', { expression: 'tensorOf(2).made' })).kind, 'tensor');
    const { output } = await kernel.client.request('attributeExpression', { expression: 'tensorOf(2).made', model: 'linear', method: 'Saliency', target: [1] });
    assert.deepEqual([output.method.name, output.examples[0]!.target?.index, output.model.name], ['Saliency', [1], 'linear']);
  });

  it('say what is wrong with an expression', async () => {
    assert.match(await failure('  '), /^Nothing is selected\. Select a model call/);
    assert.match(await failure('linear('), /is not one whole expression/);
    assert.match(await failure('linear(input) linear(input)'), /is not one whole expression/);
    assert.match(await failure('word'), /'word' is 'word', neither a model call nor a tensor/);
    assert.match(await failure('net'), /'net' is a model, not a tensor/);
    assert.match(await failure('word.predict(input)'), /'word' is 'word', not a model/);
    assert.match(await failure('linear()'), /gives the model no input/);
    assert.match(await failure('missing(input)'), /missing is not defined.*Run the cell that defines it/);
    assert.match(await failure('input'), /no model was chosen/);
    assert.match(await failure('input', 'word'), /'word' is 'word', not a model/);
    assert.match(await failure('linear(tf.zeros([1, 4]))'), /./);
  });

  it('stop when their cell is interrupted', { timeout: 300_000 }, async () => {
    await kernel.run('const wide = tf.randomNormal([3, 1024]), deep = tf.randomNormal([1024, 1024]), out = tf.randomNormal([1024, 2]); const slow = (x: tf.Tensor) => x.matMul(wide).tanh().matMul(deep).tanh().matMul(out)');
    // Half an hour of work, if it went on.
    const { errors } = await kernel.run('await new IntegratedGradients(slow).attribute(tf.tile(input, [10, 1]), { target: 0, nSteps: 100000, method: "riemann_middle", internalBatchSize: 10 })', { interrupt: 'progress' });
    assert.deepEqual(errors.map(({ name }) => name), ['Interrupted']);
    assert.equal((await attributions('await new IntegratedGradients(linear).attribute(input, { target: 0 })')).length, 1);
  });

  it('that fail name the line of the cell', async () => {
    const { stack } = await kernel.error('const wrong = new IntegratedGradients(linear)\nawait wrong.attribute(input, { target: 7 })', { cellName: 'Cell 4' });
    assert.match(stack, /[Tt]arget.*7/);
    assert.doesNotMatch(stack, /kernelProcess/);
  });
});
