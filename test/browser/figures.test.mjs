import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerOutput, panelsOutput, recordsOutput, timeseriesOutput } from '../renderers/fixtures.ts';
import { startHarness } from './harness.mjs';

let harness;

before(async () => (harness = await startHarness()));
after(() => harness.close());

async function open(output, options) {
  const view = await harness.open(options);
  await view.render(output);
  return view;
}

/** RGB of one pixel of a graph, at a part of its width and height. */
const graphPixel = (view, graph, x, y) =>
  view.card.locator('lens-timeseries-view .plot canvas').nth(graph).evaluate((canvas, [px, py]) => {
    const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, Math.floor(px * canvas.width), Math.floor(py * canvas.height), 1, 1, 0, 0, 1, 1);
    return Array.from(copy.getImageData(0, 0, 1, 1).data);
  }, [x, y]);
const readout = (view, element) => view.card.locator(`${element} .readout`).first().innerText();

test('a channel is coloured where its attributions are, by their sign', async () => {
  const view = await open(timeseriesOutput());
  const [red, , blue] = await graphPixel(view, 0, 8.5 / 40, 0.95);
  assert.ok(red > blue + 40, 'orange for');
  const against = await graphPixel(view, 1, 36.5 / 40, 0.95);
  assert.ok(against[2] > against[0] + 40, 'blue against');
  assert.equal((await graphPixel(view, 0, 25.5 / 40, 0.05))[3], 0, 'nothing where there is none');
  assert.deepEqual(view.problems, []);
});

test('a sign uncolours the rest of a time series, and the combined graph shows sums', async () => {
  const view = await open(timeseriesOutput());
  await view.segment('Positive');
  assert.equal((await graphPixel(view, 1, 36.5 / 40, 0.95))[3], 0);
  await view.segment('All');
  await view.choose('Show', 'Overlay, combined');
  assert.equal(await view.card.locator('lens-timeseries-view .plot canvas').count(), 1);
  assert.ok((await graphPixel(view, 0, 8.5 / 40, 0.95))[3] > 0 && (await graphPixel(view, 0, 36.5 / 40, 0.95))[3] > 0);
  assert.equal(await view.card.locator('lens-timeseries-view .title i').count(), 2);
  await view.choose('Show', 'Coloured graph');
  assert.equal((await graphPixel(view, 0, 8.5 / 40, 0.95))[3], 0, 'only the line is coloured');
});

test('a time series begins as its cell asked', async () => {
  const view = await open(timeseriesOutput({ initialView: { timeseries: 'overlay_combined', sign: 'negative', outlierPerc: 5 } }));
  assert.equal(await view.card.locator('lens-timeseries-view .plot canvas').count(), 1);
  assert.equal(await view.card.getByRole('radio', { name: 'Negative' }).getAttribute('aria-checked'), 'true');
  assert.match(await view.card.locator('lens-view-controls .row.num').innerText(), /5 %/);
});

test('pointer and keys read a time series', async () => {
  const view = await open(timeseriesOutput());
  const box = await view.card.locator('lens-timeseries-view .plot canvas').first().boundingBox();
  await view.page.mouse.move(box.x + (8.5 / 40) * box.width, box.y + 20);
  await view.settle();
  assert.equal(await readout(view, 'lens-timeseries-view'), 'x 8 · left 0.9996 · attribution +0.5');
  await view.page.mouse.move(2, 2);
  const area = view.card.getByRole('application');
  assert.match(await area.getAttribute('aria-label'), /^Time series, time series of 40 points, overlay, each channel, sign all; strongest \+0\.5 in left at x 6\./);
  await area.focus();
  for (const key of ['End', 'ArrowDown', 'Shift+ArrowLeft']) await view.page.keyboard.press(key);
  await view.settle();
  assert.equal(await readout(view, 'lens-timeseries-view'), 'x 29 · right 0.725 · attribution 0');
  assert.equal(await view.card.locator('[aria-live]').first().textContent(), 'right, x 29: 0.725, attribution 0');
});

test('texts stand below each other with their classes and scores', async () => {
  const view = await open(recordsOutput());
  const texts = await view.card.locator('lens-text-records tbody tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
  assert.deepEqual(texts.map((cells) => cells.slice(0, 4)), [['negative', 'positive (0.93)', 'positive', '+0.5'], ['negative', 'negative (0.88)', 'positive', '−0.4']]);
  assert.equal(await view.card.locator('.label.different').count(), 1);
  const coloured = await view.card.locator('lens-text-records .token').evaluateAll((all) => all.map((token) => (token.style.background ? 1 : 0)));
  assert.deepEqual(coloured, [1, 1, 0, 1, 0, 1, 1]);
  await view.card.locator('lens-text-records .token').first().focus();
  await view.page.keyboard.press('End');
  await view.settle();
  assert.equal(await readout(view, 'lens-text-records'), 'story word 3 of 3 in text 2: +0.2');
});

test('panels draw the same attributions in their own modes and signs', async () => {
  const view = await open(panelsOutput());
  assert.deepEqual(await view.card.locator('figcaption').allInnerTexts(), ['Input', 'Heat map, positive', 'Masked image, absolute']);
  assert.equal(await view.card.locator('lens-image-panels canvas[role=img]').count(), 3);
  assert.equal(await view.card.getByRole('radio').count(), 0, 'the signs are given');
  assert.equal(await view.card.locator('lens-select').count(), 1);
  await view.card.getByRole('button', { name: 'Export the picture as PNG' }).click();
  await view.page.waitForFunction(() => window.harness.sent.some(({ type }) => type === 'exportPng'));
  assert.deepEqual(view.problems, []);
});

test('an answer is a heat map of tokens, and a token of it colours the prompt', async () => {
  const view = await open(answerOutput());
  const token = view.card.locator('lens-text-view [data-index="1"]');
  assert.equal(await token.getAttribute('aria-label'), 'Palm Coast: +3');
  assert.equal(await view.card.locator('lens-token-grid td').count(), 9);
  await view.card.getByRole('button', { name: 'law', exact: true }).click();
  await view.settle();
  assert.equal(await token.getAttribute('aria-label'), 'Palm Coast: +0.1');
  await view.card.locator('lens-token-grid td').first().focus();
  for (const key of ['ArrowDown', 'ArrowRight']) await view.page.keyboard.press(key);
  await view.settle();
  assert.equal(await readout(view, 'lens-token-grid'), 'Palm Coast →  golf: +2.9'.replace('  ', ' '));
});

test('a figure asks nothing of an engine, and offers nothing to change', async () => {
  const view = await open(timeseriesOutput());
  assert.deepEqual(await view.sent('hello'), []);
  assert.equal(await view.card.locator('lens-engine-controls footer').count(), 0);
});

test('figures whose texts are HTML show them as text', async () => {
  const evil = '<img src=x onerror="window.pwned = 1">';
  const series = timeseriesOutput();
  series.examples[0].views[0].channels = [evil, evil];
  const records = recordsOutput();
  Object.assign(records.examples[0].views[0].records[0], { tokens: [evil, 'b', 'c', 'd'], trueClass: evil });
  const answer = answerOutput();
  answer.examples[0].views[0].outputs.tokens[0] = evil;
  const view = await harness.open();
  for (const [index, output] of [series, records, answer].entries()) await view.render(output, { id: `item-${index}` });
  assert.equal(await view.page.evaluate(() => window.pwned), undefined);
  assert.equal(await view.page.locator('img').count(), 0);
});
