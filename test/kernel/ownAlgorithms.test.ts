import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { AttributionOutput } from '../../src/protocol/output';
import type { MethodChoice } from '../../src/protocol/renderer';
import { TestKernel } from './support';

const kernel = TestKernel.forThisFile();

/** The attribution that a cell shows. */
async function output(code: string): Promise<AttributionOutput> {
  const { events, errors } = await kernel.run(code);
  if (errors[0]) throw new Error(errors[0].stack);
  const shown = events.flatMap((event) => (event.kind === 'attribution' ? [event.bundle.output] : []));
  assert.equal(shown.length, 1, 'one attribution');
  return shown[0]!;
}

const features = ({ examples }: AttributionOutput): number[] => {
  const view = examples[0]!.views[0]!;
  assert.equal(view.kind, 'tabular');
  return view.kind === 'tabular' ? view.attributions : [];
};

async function offered(outputId: string, name: string): Promise<MethodChoice | undefined> {
  const { methods } = await kernel.client.request('capabilities', { outputId });
  return methods.find((method) => method.name === name);
}

describe('an algorithm of a cell', () => {
  before(async () => {
    await kernel.run(`
      const linear = (x: tf.Tensor) => x.matMul(tf.tensor2d([[1, -1], [2, 0.5], [-3, 1]]))
      const input = tf.tensor2d([[1, 0.5, 0.25]])
      class GradientTimesInput extends Attribution {
        static description = 'The gradient times the input, by hand.'
        async attribute(inputs, { target }) {
          const gradients = await new Saliency(this.model).attribute(inputs, { target, abs: false })
          return gradients.mul(inputs)
        }
      }
      class Halved extends Attribution {
        async explain({ inputs, passes, select }) {
          const full = select(await passes.evaluate(examplesOf(inputs)))
          const [{ data: values, shape }] = inputs
          const data = new Float32Array(values.length)
          for (let feature = 0; feature < shape[1]; feature++) {
            const halved = float32(values.map((value, index) => (index % shape[1] === feature ? value / 2 : value)), shape)
            const outputs = select(await passes.evaluate(examplesOf([halved])))
            outputs.forEach((output, example) => { data[example * shape[1] + feature] = full[example] - output })
          }
          return { attributions: [float32(data, shape)] }
        }
      }`);
  });

  it('is drawn, and computed anew with another target', async () => {
    const first = await output('await new GradientTimesInput(linear).attribute(input, { target: 0 })');
    assert.deepEqual([first.method.name, first.method.title, features(first)], ['GradientTimesInput', 'Gradient Times Input', [1, 1, -0.75]]);
    const again = await kernel.client.request('recompute', { outputId: first.id, request: { target: [1] } });
    assert.deepEqual(features(again.output), [-1, 0.25, 0.25]);
  });

  it('appears among the methods of outputs, and of Attribute Selection', async () => {
    const { id } = await output('await new Saliency(linear).attribute(input, { target: 0 })');
    assert.equal((await offered(id, 'GradientTimesInput'))?.description, 'The gradient times the input, by hand.');
    assert.equal((await offered(id, 'Halved'))?.cost, undefined, 'not known before it has run');
    const { output: chosen } = await kernel.client.request('recompute', { outputId: id, request: { method: 'Halved' } });
    const { passes, seconds } = (await offered(id, 'Halved'))?.cost ?? {};
    assert.deepEqual([passes, seconds], [chosen.cost.forwardPasses, chosen.cost.seconds], 'that of the last run');
    assert.deepEqual([chosen.method.name, features(chosen)], ['Halved', [0.5, 0.5, -0.375]]);
    const choices = await kernel.client.request('expressionChoices', { expression: 'linear(input)' });
    assert.ok(choices.methods.some(({ name, unavailable }) => name === 'Halved' && unavailable === undefined));
    const selected = await kernel.client.request('attributeExpression', { expression: 'linear(input)', method: 'GradientTimesInput', target: [0] });
    assert.deepEqual(features(selected.output), [1, 1, -0.75]);
  });

  it('runs under NoiseTunnel, by a cell and by the footer', async () => {
    const noisy = await output(`await new NoiseTunnel(new GradientTimesInput(linear)).attribute(input, { target: 0, ntSamples: 4, stdevs: 0, ntType: 'smoothgrad_sq' })`);
    assert.deepEqual([noisy.method.title, features(noisy)], ['Gradient Times Input + SmoothGrad squared', [1, 1, 0.5625]]);
    const { id } = await output('await new Halved(linear).attribute(input, { target: 0 })');
    const { output: smoothed } = await kernel.client.request('recompute', { outputId: id, request: { options: { ntType: 'smoothgrad', ntSamples: 2, stdevs: 0 } } });
    assert.deepEqual([smoothed.method.options.attributionMethod, features(smoothed)], ['Halved', [0.5, 0.5, -0.375]]);
  });

  it('is the newest one after the cell ran again', async () => {
    const { id } = await output('await new GradientTimesInput(linear).attribute(input, { target: 0 })');
    await kernel.run('class GradientTimesInput extends Attribution { async attribute(inputs) { return inputs } }');
    const { output: other } = await kernel.client.request('recompute', { outputId: id, request: { method: 'Saliency' } });
    assert.deepEqual(features((await kernel.client.request('recompute', { outputId: other.id, request: { method: 'GradientTimesInput' } })).output), [1, 0.5, 0.25]);
  });

  it('is refused with what it must return', async () => {
    const { message } = await kernel.error('class Short extends Attribution { async attribute(inputs) { return inputs.sum() } }\nawait new Short(linear).attribute(input, { target: 0 })');
    assert.equal(message, 'What attribute of Short returns must have the shape of the input [1, 3], got []');
    assert.match((await kernel.error('class Empty extends Attribution {}\nawait new Empty(linear).attribute(input, { target: 0 })')).message, /^Empty must define explain or attribute/);
    await kernel.run('class Needy extends Attribution { constructor(model, depth) { super(model) } }');
    const { id } = await output('await new Saliency(linear).attribute(input, { target: 0 })');
    assert.equal((await offered(id, 'Needy'))?.unavailable, 'its constructor takes 2 arguments, and menus know only the model');
  });
});

describe('an algorithm of another extension', () => {
  const register = (...algorithms: { name: string; description: string; file: string }[]) => kernel.client.request('algorithms', { algorithms });
  const fileOf = (name: string, text: string): string => {
    kernel.write(name, text);
    return path.join(kernel.folder, name);
  };

  it('is offered with its description until it is taken back', async () => {
    const file = fileOf('plain.cjs', 'module.exports = ({ Attribution }) => class Plain extends Attribution { async attribute(inputs) { return inputs; } };');
    assert.deepEqual(await register({ name: 'Plain', description: 'The input itself.', file }), []);
    const { id } = await output('await new Saliency(linear).attribute(input, { target: 0 })');
    assert.equal((await offered(id, 'Plain'))?.description, 'The input itself.');
    assert.deepEqual(features((await kernel.client.request('recompute', { outputId: id, request: { method: 'Plain' } })).output), [1, 0.5, 0.25]);
    await register();
    assert.equal(await offered(id, 'Plain'), undefined);
  });

  it('says why it cannot be used', async () => {
    const files = { Broken: 'export default 3 +', Absent: undefined, Odd: 'export default () => class {}', Named: 'export default ({ Attribution }) => class Other extends Attribution {}' };
    const problems = await register(...Object.entries(files).map(([name, text]) => ({ name, description: '', file: text === undefined ? path.join(kernel.folder, 'absent.mjs') : fileOf(`${name}.mjs`, text) })));
    assert.deepEqual(problems.map(({ name }) => name), Object.keys(files));
    assert.match(problems[0]!.problem, /^its module cannot be loaded/);
    assert.equal(problems[2]!.problem, 'its module must return a subclass of Attribution');
    assert.equal(problems[3]!.problem, 'its module returns the class Other, not Named');
    const { id } = await output('await new Saliency(linear).attribute(input, { target: 0 })');
    assert.equal((await offered(id, 'Named'))?.unavailable, problems[3]!.problem);
  });
});
