import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCase, readIndex } from '../golden/goldenFolder.ts';
import { imageOutput, tabularOutput, textOutput } from '../renderers/fixtures.ts';
import { startHarness } from './harness.mjs';

let harness;

before(async () => (harness = await startHarness()));
after(() => harness.close());

async function open(output, options) {
  const view = await harness.open(options);
  await view.render(output);
  return view;
}

/** A text output over given tokens. */
function textOf(tokens, attributions) {
  const output = textOutput();
  output.examples[0].views = [{ kind: 'text', name: 'text', tokens, attributions }];
  return output;
}

/** A tabular output over given attributions. */
function featuresOf(attributions, features = attributions.map((_, i) => `f${i}`)) {
  const output = tabularOutput();
  output.examples[0].views = [{ kind: 'tabular', name: 'input', features, values: attributions.map(() => 1), attributions }];
  return output;
}

const rows = (view) => view.card.locator('lens-tabular-view tbody tr').evaluateAll((all) => all.map((row) => row.innerText.split(/\s+/).filter(Boolean)));

test('tokens carry their values for screen readers', async () => {
  const view = await open(textOutput());
  assert.deepEqual(await view.card.locator('[data-index="18"]').getAttribute('aria-label'), 'println!: +0.44');
  assert.deepEqual(await view.card.locator('[data-index="5"]').getAttribute('aria-label'), 'line break: 0');
});

test('the text reads as it was given', async () => {
  const view = await open(textOutput());
  assert.match(await view.card.locator('.text').innerText(), /^fn main\(\) \{⏎\n {4}let mut names = Vec::new\(\);⏎\n {4}println!\("hello"\);⏎\n\}$/);
});

test('a sign uncolours the tokens of the other', async () => {
  const view = await open(textOutput());
  const colored = () => view.card.locator('.token[style*=background]').count();
  const all = await colored();
  await view.segment('Positive');
  const positive = await colored();
  await view.segment('Negative');
  const negative = await colored();
  assert.ok(positive > 0 && negative > 0);
  assert.equal(positive + negative, all);
});

test('pointing at a token reads its value and share', async () => {
  const view = await open(textOf(['a', 'b'], [3, -1]));
  await view.card.getByLabel('b: ').hover();
  await view.settle();
  assert.equal(await view.card.locator('.readout').innerText(), 'b token 2 of 2: −1 · 25\u00a0% of the total magnitude');
});

test('the arrow keys walk along the tokens', async () => {
  const view = await open(textOutput());
  await view.card.locator('[data-index="0"]').focus();
  await view.page.keyboard.press('ArrowRight');
  await view.page.keyboard.press('ArrowRight');
  await view.settle();
  assert.match(await view.card.locator('.readout').innerText(), /^main token 3 of 24: \+0\.06/);
  await view.page.keyboard.press('End');
  await view.settle();
  assert.match(await view.card.locator('.readout').innerText(), /^} token 24 of 24/);
});

test('the strongest tokens are listed for and against the target', async () => {
  const view = await open(textOutput());
  const lists = view.card.locator('lens-top-tokens .lists > div');
  assert.match(await lists.first().innerText(), /^Towards Rust\s+println!\s+\+0\.440\s+fn\s+\+0\.310\s+mut/);
  assert.match(await lists.last().innerText(), /^Against Rust\s+new\s+−0\.080/);
  await view.segment('Negative');
  assert.equal(await lists.count(), 1);
});

test('a token in several places is listed once with its sum', async () => {
  const view = await open(textOf(['if', ' ', 'x', ' ', 'if', '\n'], [0.5, 0, -0.2, 0, 0.25, 0.1]));
  const items = await view.card.locator('lens-top-tokens li').evaluateAll((all) => all.map((item) => item.innerText.split(/\s+/).filter(Boolean)));
  assert.deepEqual(items, [['if', '×2', '+0.750'], ['⏎', '+0.100'], ['x', '−0.200']]);
});

test('words without blanks stand apart', async () => {
  const view = await open(textOf(['the', 'movie', 'was', 'great'], [0.1, -0.4, 0.93, 1.5]));
  const [first, second] = await Promise.all([0, 1].map((i) => view.card.locator(`[data-index="${i}"]`).boundingBox()));
  assert.ok(second.x >= first.x + first.width + 2);
});

test('labels that are HTML are shown as text', async () => {
  const evil = '<img src=x onerror="window.pwned = 1"><script>window.pwned = 1</script>';
  const text = textOf([evil, 'b'], [1, -1]);
  text.examples[0].target.label = evil;
  text.model.name = evil;
  text.method.title = evil;
  const view = await open(text);
  assert.ok((await view.card.locator('.text').innerText()).includes('<img src=x'));
  assert.ok((await view.card.locator('lens-head-line header').innerText()).includes('<script>'));
  await view.render(featuresOf([1, 2], [evil, 'b']), { id: 'item-2' });
  assert.ok((await view.card.last().locator('table').innerText()).includes('<img src=x'));
  assert.equal(await view.page.evaluate(() => window.pwned), undefined);
  assert.equal(await view.page.locator('img').count(), 0);
});

test('no tokens, zeros and NaN are each said in a sentence', async () => {
  for (const [tokens, attributions, sentence] of [
    [[], [], /There are no tokens\./],
    [['a'], [0], /All attributions are 0\./],
    [['a', 'b'], [null, 1], /1 of 2 attributions are not finite/],
  ]) {
    const view = await open(textOf(tokens, attributions));
    assert.match(await view.card.locator('lens-text-view p').allInnerTexts().then((all) => all.join(' ')), sentence);
    assert.deepEqual(view.problems, []);
  }
});

test('five thousand tokens are drawn in part, and said so', async () => {
  const tokens = Array.from({ length: 5000 }, (_, i) => `token ${i} `);
  const view = await open(textOf(tokens, tokens.map((_, i) => Math.sin(i))));
  assert.equal(await view.card.locator('.token').count(), 4000);
  assert.match(await view.card.locator('lens-text-view').locator('p').allInnerTexts().then((all) => all.join(' ')), /The first 4000 of 5000 tokens are drawn\./);
});

test("Captum's example of words keeps its order of strength", async () => {
  const golden = [0, 0.1, -0.4, 0.93, 1.5];
  const view = await open(textOf(['<pad>', 'the', 'movie', 'was', 'great'], golden));
  const alpha = await view.card.locator('.token').evaluateAll((all) => all.map((token) => (token.style.background ? 1 : 0)));
  assert.deepEqual(alpha, [0, 1, 1, 1, 1]);
});

test('features show name, value and attribution, to the digits of the ToyModel', async () => {
  const view = await open(tabularOutput());
  assert.deepEqual(await rows(view), [['x0', '0.5', '0'], ['x1', '−0.2', '−0.5899'], ['x2', '0.9', '−1.8985']]);
});

test('bars are as long as attributions are strong, to the side of their sign', async () => {
  const view = await open(featuresOf([2, -1, 0]));
  const bars = await view.card.locator('.bar').evaluateAll((all) => all.map((bar) => ({ left: bar.getBoundingClientRect().left - bar.parentElement.getBoundingClientRect().left, width: bar.getBoundingClientRect().width, track: bar.parentElement.getBoundingClientRect().width })));
  const [positive, negative, zero] = bars.map(({ left, width, track }) => [left / track, width / track].map((part) => Math.round(100 * part)));
  assert.deepEqual([positive, negative, zero], [[50, 50], [25, 25], [50, 0]]);
});

test('features are ordered by strength when asked, and by default when there are many', async () => {
  const view = await open(tabularOutput());
  await view.segment('Strongest first');
  assert.deepEqual((await rows(view)).map(([name]) => name), ['x2', 'x1', 'x0']);
  const many = await open(featuresOf(Array.from({ length: 30 }, (_, i) => i)));
  assert.equal((await rows(many))[0][0], 'f29');
  assert.equal((await rows(many)).length, 20);
  await many.card.getByRole('button', { name: 'Show all 30 features' }).click();
  await many.settle();
  assert.equal((await rows(many)).length, 30);
});

test('a sign leaves the other features at 0', async () => {
  const view = await open(featuresOf([2, -1]));
  await view.segment('Positive');
  assert.deepEqual((await rows(view)).map((row) => row.at(-1)), ['+2.0000', '0']);
});

test('golden attributions of three inputs can be switched between', async () => {
  const folder = fileURLToPath(new URL('../golden/data', import.meta.url));
  const entry = readIndex(folder, { method: 'IntegratedGradients' }).find(({ id }) => id === 'IntegratedGradients__multi_input__addargs');
  const { tensors } = readCase(folder, entry);
  const inputs = [0, 1, 2].map((i) => ({ values: tensors[`inputs.${i}`], attributions: tensors[`expected.attributions.${i}`] }));
  const output = tabularOutput();
  output.examples[0].views = inputs.map(({ values, attributions }, i) => {
    const count = values.shape[1];
    const first = (tensor) => Array.from(tensor.data).slice(0, count);
    return { kind: 'tabular', name: `input ${i}`, features: Array.from({ length: count }, (_, k) => `x${k}`), values: first(values), attributions: first(attributions) };
  });
  const view = await open(output);
  for (const i of [0, 1, 2]) {
    await view.segment(`input ${i}`);
    const shown = (await rows(view)).map((row) => Number(row.at(-1).replace('−', '-')));
    const { attributions } = output.examples[0].views[i];
    const largest = Math.max(...attributions.map(Math.abs));
    assert.equal(shown.length, attributions.length);
    shown.forEach((value, k) => assert.ok(Math.abs(value - attributions[k]) <= 1e-4 * largest, `${value}, expected ${attributions[k]}`));
  }
});

test('the convergence delta is a sentence with its verdict', async () => {
  for (const [verdict, text] of [['converged', '✓ converged'], ['loose', '≈ loose'], ['not-converged', '✕ not converged'], ['flat', '– flat']]) {
    const output = imageOutput();
    output.examples[0].convergence.verdict = verdict;
    const view = await open(output);
    const section = await view.card.locator('lens-convergence section').innerText();
    assert.match(section, /Convergence delta −0\.0031/);
    assert.ok(section.includes(text), section);
    assert.match(section, /0\.37\s% of F\(x\) − F\(baseline\) = 0\.829 − 0\.002 · 50 steps/);
  }
});

test('a flat path and NaN leave the sentence readable', async () => {
  const output = imageOutput();
  Object.assign(output.examples[0].convergence, { delta: NaN, relative: null, path: { alphas: [0, 0.5, 1], values: [1, NaN, 1], cumulative: [1, 1, 1] } });
  const view = await open(output);
  assert.match(await view.card.locator('lens-convergence section').innerText(), /Convergence delta NaN[\s\S]*F\(x\) − F\(baseline\)/);
  assert.doesNotMatch(await view.card.locator('lens-path-plot svg').innerHTML(), /NaN/);
  assert.deepEqual(view.problems, []);
});

test('the path is described, and read by pointing at it', async () => {
  const view = await open(imageOutput());
  const plot = view.page.locator('lens-path-plot svg');
  assert.match(await plot.getAttribute('aria-label'), /goes from 0\.00\d+ at the baseline to 0\.8\d+ at the input; the attributions sum to 0\.8\d+\. Largest gap −0\.0031/);
  const box = await plot.boundingBox();
  await view.page.mouse.move(box.x + box.width / 2, box.y + 40);
  await view.settle();
  assert.match(await view.card.locator('lens-path-plot .legend').innerText(), /F along the path 0\.\d+[\s\S]*at α 0\.\d+/);
});

test('payloads that cannot be drawn are each a clear sentence', async () => {
  const view = await harness.open();
  for (const [payload, sentence] of [
    ['', /cannot be shown\. It is not JSON\. Run the cell again/],
    ['[1, 2', /It is not JSON/],
    ['null', /The output must be an object, got null/],
    [{ schema: 9 }, /format 9, this extension reads 1\. Update Attribution Lens/],
    [imageOutput({ examples: [] }), /examples must be a list of at least one example/],
    [imageOutput({ examples: [{ views: [{ kind: 'image', name: 'x', width: 10, height: 10, attributions: '!!!' }] }] }), /attributions: The data is not base64/],
  ]) {
    await view.render(payload);
    assert.match(await view.card.getByRole('alert').innerText(), sentence);
  }
  await view.render(imageOutput());
  assert.equal(await view.card.getByRole('alert').count(), 0);
  assert.equal(await view.card.locator('lens-image-view').count(), 1);
  assert.deepEqual(view.problems, []);
});

test('a payload of 65 MB is refused unread', async () => {
  const view = await harness.open();
  await view.page.evaluate(() => window.harness.render('item-1', `{"schema":1,"filler":"${'x'.repeat(65 * 2 ** 20)}"}`));
  assert.match(await view.card.getByRole('alert').innerText(), /This output has 65 MB, at most 64 MB are read/);
});
