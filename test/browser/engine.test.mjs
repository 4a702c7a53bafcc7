import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { imageOutput, tabularOutput, textOutput } from '../renderers/fixtures.ts';
import { startHarness } from './harness.mjs';

const METHODS = [
  { name: 'IntegratedGradients', title: 'Integrated Gradients', description: 'Gradients along the straight path.' },
  { name: 'Saliency', title: 'Saliency', description: 'The gradient.' },
];
let harness;

before(async () => (harness = await startHarness()));
after(() => harness.close());

/** An output on a page, by default one that can be recomputed. */
async function open({ output = imageOutput(), capabilities = { live: true, methods: METHODS }, ...options } = {}) {
  const view = await harness.open(options);
  await view.render(output);
  if (capabilities) await view.receive('capabilities', { outputId: output.id, capabilities });
  return view;
}

const enabled = (view) => view.card.locator('lens-engine-controls select:enabled').count();

test('it says hello with the id of the output', async () => {
  const view = await open({ capabilities: null });
  assert.deepEqual(await view.sent('hello'), [{ outputId: 'image-1' }]);
  assert.equal(await enabled(view), 0);
});

test('capabilities of another output change nothing', async () => {
  const view = await open({ capabilities: null });
  await view.receive('capabilities', { outputId: 'other', capabilities: { live: true, methods: METHODS } });
  assert.equal(await enabled(view), 0);
});

test('a live output can be changed', async () => {
  const view = await open();
  assert.equal(await enabled(view), 7);
  assert.deepEqual(await view.card.getByLabel('Method').locator('option').allInnerTexts(), ['Integrated Gradients', 'Saliency']);
});

for (const [label, choice, request] of [
  ['Method', 'Saliency', { method: 'Saliency' }],
  ['Steps', '200 steps', { options: { nSteps: 200 } }],
  ['Quadrature', 'Riemann trapezoid', { options: { method: 'riemann_trapezoid' } }],
  ['Baseline', 'Baseline: blurred input', { baseline: 'blurred' }],
  ['Target', 'coffee mug 0.083', { target: [504] }],
]) {
  test(`choosing ${label.toLowerCase()} asks the engine`, async () => {
    const view = await open();
    await view.choose(label, choice);
    assert.deepEqual(await view.sent('recompute'), [{ outputId: 'image-1', request }]);
  });
}

test('the next action asks the engine', async () => {
  const view = await open();
  await view.card.getByRole('button', { name: 'Refine to 200 steps' }).click();
  await view.settle();
  assert.deepEqual(await view.sent('recompute'), [{ outputId: 'image-1', request: { options: { nSteps: 200 } } }]);
  assert.match(await view.card.getByRole('status').innerText(), /^Computing: refine to 200 steps…$/);
});

test('the next action works by keyboard', async () => {
  const view = await open();
  await view.card.getByRole('button', { name: 'Refine to 200 steps' }).focus();
  await view.page.keyboard.press('Enter');
  await view.settle();
  assert.equal((await view.sent('recompute')).length, 1);
});

test('keys go through a list, and only Enter computes; the focus returns', async () => {
  const view = await open();
  const steps = view.card.getByLabel('Steps');
  await steps.focus();
  for (const key of ['ArrowDown', 'Escape', 'ArrowDown', 'ArrowDown']) await view.page.keyboard.press(key);
  await view.settle();
  assert.deepEqual([await steps.inputValue(), await view.sent('recompute')], ['200', []]);
  assert.equal(await view.card.getByText('Enter computes').count(), 1);
  await view.page.keyboard.press('Enter');
  await view.settle();
  assert.deepEqual(await view.sent('recompute'), [{ outputId: 'image-1', request: { options: { nSteps: 200 } } }]);
  assert.equal(await view.card.getByRole('status').innerText(), 'Computing: 200 steps…');
  await view.receive('updated', { outputId: 'image-1', output: imageOutput() });
  assert.equal(await steps.evaluate((select) => select.matches(':focus')), true);
});

test('progress is shown with its estimate and does not move the page', async () => {
  const view = await open();
  const heightOf = () => view.card.evaluate((card) => card.offsetHeight);
  const height = await heightOf();
  await view.choose('Steps', '200 steps');
  await view.receive('progress', { outputId: 'image-1', progress: { fraction: 0.4, message: 'step 80 of 200', secondsLeft: 3.2 } });
  assert.equal(await view.card.getByRole('status').innerText(), 'step 80 of 200 · 4\u00a0s left');
  assert.equal(await view.card.getByRole('progressbar').getAttribute('aria-valuenow'), '40');
  assert.equal(await heightOf(), height);
  assert.equal(await enabled(view), 0);
  assert.equal(await view.card.getByRole('button', { name: 'Refine to 200 steps' }).getAttribute('tabindex'), '-1');
});

test('cancel is sent, and the cancelled output stays', async () => {
  const view = await open();
  await view.choose('Steps', '200 steps');
  await view.card.getByRole('button', { name: 'Cancel' }).click();
  await view.settle();
  assert.deepEqual(await view.sent('cancel'), [{ outputId: 'image-1' }]);
  assert.equal(await view.card.getByRole('status').innerText(), 'Cancelling…');
  const pixel = await view.pixel(110, 90);
  await view.receive('failed', { outputId: 'image-1', error: { code: 'cancelled', message: 'Cancelled by the user' } });
  assert.match(await view.card.getByRole('status').innerText(), /^Cancelled; the last result stays\./);
  assert.deepEqual(await view.pixel(110, 90), pixel);
  assert.equal(await view.card.getByLabel('Steps').inputValue(), '50');
});

test('a failure is shown with the next step, and the last good output stays', async () => {
  const view = await open();
  await view.choose('Target', 'coffee mug 0.083');
  await view.receive('failed', { outputId: 'image-1', error: { code: 'engine-stopped', message: 'The engine stopped.', nextStep: 'Run the cell again.' } });
  assert.match(await view.card.getByRole('alert').innerText(), /^The engine stopped\. Run the cell again\./);
  assert.match(await view.card.locator('lens-head-line').locator('header').innerText(), /espresso/);
  assert.equal(await view.card.getByLabel('Target').inputValue(), '967');
  await view.card.getByRole('button', { name: 'Dismiss' }).click();
  await view.settle();
  assert.equal(await view.card.getByRole('alert').count(), 0);
});

test('an update replaces the output in place and keeps how it is viewed', async () => {
  const view = await open();
  await view.segment('Negative');
  await view.choose('Steps', '200 steps');
  const output = imageOutput();
  output.method.options.nSteps = 200;
  output.examples[0].convergence = { ...output.examples[0].convergence, delta: -0.0004, relative: 0.0005, next: undefined };
  await view.receive('updated', { outputId: 'image-1', output });
  assert.match(await view.card.locator('lens-convergence section').innerText(), /Convergence delta −0\.0004/);
  assert.equal(await view.card.getByRole('button', { name: /Refine/ }).count(), 0);
  assert.equal(await view.card.getByLabel('Steps').inputValue(), '200');
  assert.equal(await view.card.getByRole('radio', { name: 'Negative' }).getAttribute('aria-checked'), 'true');
  assert.equal(await enabled(view), 7);
  assert.deepEqual(view.problems, []);
});

test('an update that cannot be read is a failure', async () => {
  const view = await open();
  await view.choose('Steps', '200 steps');
  await view.receive('updated', { outputId: 'image-1', output: { schema: 1 } });
  assert.match(await view.card.getByRole('alert').innerText(), /answer cannot be read: id must be a string/);
  assert.match(await view.card.locator('lens-head-line').locator('header').innerText(), /espresso/);
});

test('messages that are none are ignored', async () => {
  const view = await open();
  for (const message of [null, 'x', {}, { type: 'updated' }, { type: 'constructor', payload: {} }, { type: 'progress', payload: null }]) {
    await view.page.evaluate((value) => window.harness.receive(value), message);
  }
  assert.deepEqual(view.problems, []);
});

test('an output of an earlier run says why nothing can be changed', async () => {
  const reason = 'Run the cell again to change what was computed.';
  const view = await open({ capabilities: { live: false, reason, methods: [] } });
  assert.equal(await enabled(view), 0);
  assert.equal(await view.card.locator('.reason').innerText(), reason);
  await view.card.getByRole('button', { name: 'Refine to 200 steps' }).dispatchEvent('click');
  assert.deepEqual(await view.sent('recompute'), []);
});

test('without messaging everything that needs no engine works', async () => {
  const view = await open({ messaging: false, capabilities: null });
  assert.match(await view.card.locator('.reason').innerText(), /^Shown from the saved notebook/);
  const before = await view.pixel(180, 70);
  await view.segment('Negative');
  assert.notDeepEqual(await view.pixel(180, 70), before);
  assert.equal(await view.card.getByRole('button', { name: /Export/ }).count(), 0);
});

test('an untrusted workspace asks nothing', async () => {
  const view = await open({ trusted: false });
  assert.match(await view.card.locator('.reason').innerText(), /not trusted/);
  assert.equal(await enabled(view), 0);
});

test('a silent host is explained after five seconds', async () => {
  const view = await harness.open();
  await view.page.clock.install();
  await view.page.evaluate((json) => window.harness.render('item-1', json), JSON.stringify(imageOutput()));
  await view.page.clock.fastForward(5100);
  assert.match(await view.card.locator('.reason').innerText(), /^No engine answered/);
});

test('two outputs on a page are apart', async () => {
  const view = await open();
  await view.render(tabularOutput(), { id: 'item-2' });
  await view.receive('capabilities', { outputId: 'tabular-1', capabilities: { live: true, methods: METHODS } });
  await view.receive('progress', { outputId: 'tabular-1', progress: { fraction: 0.5, message: 'half' } });
  assert.equal(await view.card.getByRole('status').count(), 1);
  assert.equal(await view.card.last().getByRole('status').innerText(), 'half');
});

test('rendering again on the same element keeps the page and the view', async () => {
  const view = await open();
  await view.segment('Positive');
  await view.card.evaluate((card) => (card.mark = true));
  await view.render(imageOutput());
  assert.equal(await view.card.evaluate((card) => card.mark), true);
  assert.equal(await view.card.getByRole('radio', { name: 'Positive' }).getAttribute('aria-checked'), 'true');
  assert.equal(await enabled(view), 7);
  assert.equal((await view.sent('hello')).length, 2);
});

test('another output on the same element replaces the first', async () => {
  const view = await open();
  await view.render(textOutput());
  assert.equal(await view.card.count(), 1);
  assert.equal(await view.card.locator('lens-text-view').count(), 1);
  assert.equal(await view.card.locator('lens-image-view').count(), 0);
});

test('how an output is viewed survives a new page', async () => {
  const first = await open();
  await first.segment('Absolute');
  await first.choose('Colours', 'Captum (red–green)');
  const second = await open({ state: await first.saved() });
  assert.equal(await second.card.getByRole('radio', { name: 'Absolute' }).getAttribute('aria-checked'), 'true');
  assert.equal(await second.card.getByLabel('Colours', { exact: true }).inputValue(), 'captum');
});

test('a disposed output is gone and no longer listens', async () => {
  const view = await open();
  await view.dispose('item-1');
  assert.equal(await view.card.count(), 0);
  await view.receive('updated', { outputId: 'image-1', output: imageOutput() });
  assert.deepEqual(view.problems, []);
});

test('disposing without an id removes every output', async () => {
  const view = await open();
  await view.render(tabularOutput(), { id: 'item-2' });
  await view.dispose(undefined);
  assert.equal(await view.card.count(), 0);
});

test('the module can be loaded twice into one page', async () => {
  const view = await open();
  await view.loadAgain();
  await view.render(tabularOutput(), { id: 'item-2', api: 1 });
  await view.receive('capabilities', { outputId: 'tabular-1', capabilities: { live: true, methods: METHODS } });
  assert.equal(await view.card.count(), 2);
  assert.match(await view.card.last().locator('lens-tabular-view table').innerText(), /x2/);
  await view.card.last().getByLabel('Steps').selectOption('200');
  assert.deepEqual((await view.sent('recompute')).map(({ outputId }) => outputId), ['tabular-1']);
  assert.deepEqual(view.problems, []);
});

test('examples of a batch are paged', async () => {
  const whole = imageOutput();
  const [example] = whole.examples;
  const cat = { ...example, target: { index: [281], label: 'tabby', score: 9, probability: 0.5 } };
  const view = await open({ output: { ...whole, examples: [example, cat], omittedExamples: 3 } });
  const header = view.card.locator('lens-head-line').locator('header');
  assert.match(await header.innerText(), /espresso[\s\S]*Example 1 of 2 \(3 more not shown\)/);
  assert.equal(await view.card.getByLabel('Previous example').isDisabled(), true);
  await view.card.getByLabel('Next example').click();
  await view.settle();
  assert.match(await header.innerText(), /tabby[\s\S]*Example 2 of 2/);
  assert.equal(await view.card.getByLabel('Next example').isDisabled(), true);
});

test('keys for a control do not reach the notebook, shortcuts do', async () => {
  const view = await open();
  await view.page.evaluate(() => {
    window.reached = [];
    window.addEventListener('keydown', (event) => window.reached.push(event.key));
  });
  await view.card.getByRole('application').focus();
  for (const key of ['ArrowDown', 'Enter', 'a', 'Control+s', 'Escape', 'Escape']) await view.page.keyboard.press(key);
  assert.deepEqual(await view.page.evaluate(() => window.reached), ['Control', 's', 'Escape']);
});

test('a method that does not fit is greyed out with the reason', async () => {
  const methods = [...METHODS, { name: 'LRP', title: 'LRP', description: '', unavailable: 'needs a ReLU network: LRP has no rule for Erf' }];
  const view = await open({ capabilities: { live: true, methods } });
  const option = view.card.getByLabel('Method').locator('optgroup[label="Not for this model"] option');
  assert.deepEqual([await option.innerText(), await option.isDisabled()], ['LRP: needs a ReLU network: LRP has no rule for Erf', true]);
});

test('a neuron is typed in; what is no index is not asked for', async () => {
  const output = imageOutput({ method: { name: 'NeuronGradient', title: 'Neuron Gradient', options: { layer: 'conv1', neuronSelector: '0, 1, 2' } } });
  const view = await open({ output, capabilities: { live: true, methods: [{ name: 'NeuronGradient', title: 'Neuron Gradient', description: '', needs: 'neuron' }], layers: [{ name: 'conv1', op: 'Conv', shape: [4, 9, 9] }] } });
  const neuron = view.card.getByRole('textbox', { name: 'Neuron' });
  await neuron.fill('one');
  await neuron.blur();
  assert.deepEqual(await view.sent('recompute'), []);
  await neuron.fill('3, 0, 0');
  await neuron.blur();
  assert.deepEqual(await view.sent('recompute'), [{ outputId: 'image-1', request: { options: { neuronSelector: '3, 0, 0' } } }]);
});

test('Compare asks for a second picture, which stands beside the first with its own delta until it is taken away', async () => {
  const output = imageOutput();
  const view = await open({ output });
  await view.choose('Compare', 'Saliency');
  assert.deepEqual(await view.sent('recompute'), [{ outputId: 'image-1', request: { compare: { method: 'Saliency' } } }]);
  const { summary, examples, cost } = imageOutput();
  examples[0].convergence.delta = 0.125;
  await view.receive('updated', { outputId: 'image-1', output: { ...output, compared: { summary, method: { name: 'DeepLift', title: 'DeepLift', options: {}, baseline: 'blurred input' }, examples, cost } } });
  const panels = view.card.locator('.compared > section');
  assert.deepEqual(await panels.locator('h4').allInnerTexts(), ['Integrated Gradients · baseline zero', 'DeepLift · baseline blurred input']);
  assert.deepEqual(await panels.locator('.delta').allInnerTexts(), ['Convergence delta −0.0031', 'Convergence delta +0.125']);
  const [left, right] = await panels.locator('lens-image-view').evaluateAll((views) => views.map((each) => each.getBoundingClientRect()));
  assert.ok(left.right <= right.left && left.top === right.top, 'side by side');
  await view.card.getByRole('radio', { name: 'Positive' }).click();
  assert.equal(await view.card.getByRole('radio', { checked: true }).count(), 1, 'one control for both');
  await view.card.getByRole('button', { name: 'Stop Comparing' }).click();
  assert.deepEqual((await view.sent('recompute')).at(-1), { outputId: 'image-1', request: { compare: null } });
});

test('the head line says which neuron is explained, and what was perturbed together', async () => {
  const output = imageOutput({ method: { name: 'NeuronFeatureAblation', title: 'Neuron Feature Ablation', options: { layer: 'conv1', neuronSelector: '0, 1, 2', featureMask: '61 superpixels' } } });
  delete output.examples[0].target;
  const view = await open({ output });
  assert.match(await view.card.locator('header').innerText(), /^Neuron Feature Ablation of neuron \[0, 1, 2\] \(conv1\)[^]*· 61 superpixels$/);
});
