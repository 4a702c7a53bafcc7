import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import { colorSchemeOf, COLOR_SCHEMES } from '../../src/visualization/colorSchemes.ts';
import { composeImage } from '../../src/visualization/composeImage.ts';
import { ViewNormalizer } from '../../src/visualization/viewNormalizer.ts';
import { imageOutput, imageOutputOf, inventedMap, photo } from '../renderers/fixtures.ts';
import { startHarness } from './harness.mjs';

const SIDE = 224;
const image = photo('coffee', SIDE);
const map = inventedMap(image, SIDE);
const PLACES = [[0, 0], [110, 90], [60, 150], [180, 70], [223, 223]];
let harness;

before(async () => (harness = await startHarness()));
after(() => harness.close());

/** The pixel that the same settings give on this side. */
function expected([x, y], { mode = 'blended_heat_map', sign = 'all', scheme = 'blue-orange', outlierPerc = 2 } = {}) {
  const { values } = new ViewNormalizer(map).normalize(sign, outlierPerc);
  const rgba = composeImage({ mode, sign, scheme: colorSchemeOf(scheme), norm: values, image });
  return Array.from(rgba.subarray(4 * (y * SIDE + x), 4 * (y * SIDE + x) + 4));
}

async function assertPixels(view, settings) {
  for (const place of PLACES) assert.deepEqual(await view.pixel(...place), expected(place, settings), `${JSON.stringify(settings)} at ${place}`);
}

async function open(output = imageOutput(), options) {
  const view = await harness.open(options);
  await view.render(output);
  return view;
}

test('the picture is blended with sign all at first', async () => {
  const view = await open();
  await assertPixels(view, {});
  assert.deepEqual(view.problems, []);
});

for (const [label, sign] of [['Positive', 'positive'], ['Negative', 'negative'], ['Absolute', 'absolute_value']]) {
  test(`sign ${sign} repaints the picture`, async () => {
    const view = await open();
    await view.segment(label);
    await assertPixels(view, { sign });
    await view.segment('All');
    await assertPixels(view, {});
  });
}

test('every mode repaints the picture', async () => {
  const view = await open();
  await view.segment('Positive');
  for (const [label, mode] of [['Heat map', 'heat_map'], ['Original image', 'original_image'], ['Masked image', 'masked_image'], ['Blended heat map', 'blended_heat_map']]) {
    await view.choose('Show', label);
    await assertPixels(view, { sign: 'positive', mode });
  }
});

test('every colour scheme repaints the picture', async () => {
  const view = await open();
  for (const { id, label } of COLOR_SCHEMES) {
    await view.choose('Colours', label);
    await assertPixels(view, { scheme: id });
  }
});

test('the outlier slider repaints the picture and moves the scale', async () => {
  const view = await open();
  const bar = view.card.locator('lens-color-bar div');
  const before = await bar.innerText();
  await view.card.getByLabel('Outliers').fill('10');
  await view.settle();
  await assertPixels(view, { outlierPerc: 10 });
  assert.notEqual(await bar.innerText(), before);
});

test('the colour bar shows the scale of each sign', async () => {
  const view = await open();
  const bar = () => view.card.locator('lens-color-bar div').innerText().then((text) => text.split(/\s+/).filter(Boolean));
  const scaleOf = (sign) => new ViewNormalizer(map).normalize(sign, 2).scaleFactor;
  const close = (text, value) => assert.ok(Math.abs(Number(text.replace('−', '-')) / value - 1) < 0.005, `${text} for ${value}`);
  let [from, to] = await bar();
  close(from, -scaleOf('all'));
  close(to, scaleOf('all'));
  await view.segment('Negative');
  [from, to] = await bar();
  assert.equal(from, '0');
  close(to, scaleOf('negative'));
});

test('masked image switches sign all to absolute in sight, and back', async () => {
  const view = await open();
  await view.choose('Show', 'Masked image');
  assert.equal(await view.card.getByRole('radio', { name: 'Absolute' }).getAttribute('aria-checked'), 'true');
  assert.equal(await view.card.getByRole('radio', { name: 'All: Masked image shows strength only' }).getAttribute('aria-disabled'), 'true');
  await assertPixels(view, { mode: 'masked_image', sign: 'absolute_value' });
  await view.choose('Show', 'Heat map');
  assert.equal(await view.card.getByRole('radio', { name: 'All' }).getAttribute('aria-checked'), 'true');
});

test('pointing at a pixel reads its value', async () => {
  const view = await open();
  const box = await view.page.locator('lens-pixel-probe').boundingBox();
  const at = (x, y) => view.page.mouse.move(box.x + ((x + 0.5) / SIDE) * box.width, box.y + ((y + 0.5) / SIDE) * box.height);
  for (const [x, y] of PLACES) {
    await at(x, y);
    const text = await view.card.locator('lens-pixel-probe .value').innerText();
    const value = Number(text.split(': ')[1].replace('−', '-'));
    assert.ok(text.startsWith(`x ${x}, y ${y}: `), text);
    assert.ok(Math.abs(value - map[y * SIDE + x]) <= 0.006 * Math.abs(map[y * SIDE + x]), `${text}, expected ${map[y * SIDE + x]}`);
  }
  await view.page.mouse.move(box.x + box.width + 40, box.y - 10);
  assert.equal(await view.card.locator('lens-pixel-probe .value').count(), 0);
});

test('the probe stays inside the picture at every corner', async () => {
  const view = await open();
  const box = await view.page.locator('lens-pixel-probe').boundingBox();
  for (const [u, v] of [[0.01, 0.01], [0.99, 0.01], [0.01, 0.99], [0.99, 0.99]]) {
    await view.page.mouse.move(box.x + u * box.width, box.y + v * box.height);
    const value = await view.page.locator('lens-pixel-probe .value').boundingBox();
    assert.ok(value.x >= box.x && value.x + value.width <= box.x + box.width && value.y >= box.y && value.y + value.height <= box.y + box.height, `${u}, ${v}`);
  }
});

test('the arrow keys move the probe and are read out', async () => {
  const view = await open();
  const spoken = () => view.card.locator('lens-pixel-probe [aria-live]').innerText();
  await view.card.getByRole('application').focus();
  await view.page.keyboard.press('ArrowRight');
  assert.match(await spoken(), /^x 113, y 112: [+−]?[\d.e−]+$/);
  await view.page.keyboard.press('Shift+ArrowUp');
  assert.match(await spoken(), /^x 113, y 102: /);
  await view.page.keyboard.press('Home');
  await view.page.keyboard.press('PageDown');
  assert.match(await spoken(), /^x 0, y 112: /);
  await view.page.keyboard.press('ArrowLeft');
  assert.match(await spoken(), /^x 0, y 112: /);
  await view.page.keyboard.press('Escape');
  assert.equal(await view.card.locator('lens-pixel-probe .value').count(), 0);
});

test('the picture is described for screen readers', async () => {
  const view = await open();
  const strongest = map.reduce((best, value, i) => (Math.abs(value) > Math.abs(map[best]) ? i : best), 0);
  const label = await view.card.locator('lens-image-view canvas[role=img]').first().getAttribute('aria-label');
  assert.match(label, /^Integrated Gradients of espresso, blended heat map, sign all; /);
  assert.ok(label.includes(`at x ${strongest % SIDE}, y ${Math.floor(strongest / SIDE)}.`), label);
});

test('a map of zeros says so and shows the picture', async () => {
  const view = await open(imageOutputOf(new Float32Array(SIDE * SIDE), SIDE));
  assert.match(await view.card.locator('lens-image-view .note').innerText(), /^All attributions are 0\. .*target.*baseline if the method has one\.$/);
  assert.equal(await view.card.locator('lens-color-bar').count(), 0);
  assert.equal((await view.pixel(100, 100))[3], 255);
  assert.deepEqual(view.problems, []);
});

test('a sign with nothing in it says so', async () => {
  const view = await open(imageOutputOf(Float32Array.from({ length: 16 }, (_, i) => i), 4));
  await view.segment('Negative');
  assert.equal(await view.card.locator('lens-image-view .note').innerText(), 'No attribution is negative.');
});

test('NaN is counted and left blank', async () => {
  const view = await open(imageOutputOf(Float32Array.from({ length: 16 }, (_, i) => (i < 3 ? NaN : i)), 4));
  assert.match(await view.card.locator('lens-image-view .note').innerText(), /^3 of 16 attributions are not finite/);
  assert.equal((await view.pixel(0, 0))[3], 0);
  assert.equal((await view.pixel(3, 3))[3], 255);
});

test('without an input picture the heat map is shown and the other modes cannot be chosen', async () => {
  const view = await open(imageOutputOf(Float32Array.from({ length: 16 }, (_, i) => i - 8), 4, false));
  const show = view.card.getByLabel('Show', { exact: true });
  assert.equal(await show.inputValue(), 'heat_map');
  assert.deepEqual(await show.locator('option:enabled').allInnerTexts(), ['Heat map']);
});

test('an input picture that cannot be unpacked leaves the heat map, with a sentence', async () => {
  const output = imageOutputOf(Float32Array.from({ length: 16 }, (_, i) => i - 8), 4);
  const bytes = Buffer.from(output.examples[0].views[0].image, 'base64');
  output.examples[0].views[0].image = bytes.fill(0, 40).toString('base64');
  const view = await open(output);
  await view.settle();
  assert.match(await view.card.locator('lens-image-view .note').innerText(), /input picture cannot be read/);
  assert.deepEqual(await view.card.getByLabel('Show', { exact: true }).locator('option:enabled').allInnerTexts(), ['Heat map']);
});

test('small maps are enlarged by a whole factor with sharp pixels', async () => {
  const view = await open(imageOutputOf(Float32Array.from({ length: 2500 }, (_, i) => Math.sin(i)), 50));
  const canvas = view.card.locator('lens-image-view canvas').first();
  assert.equal((await canvas.boundingBox()).width, 300);
  assert.equal(await canvas.evaluate((element) => getComputedStyle(element).imageRendering), 'pixelated');
});

test('the exported PNG is the picture that is shown, enlarged', async () => {
  const view = await open();
  await view.receive('capabilities', { outputId: 'image-1', capabilities: { live: true, methods: [] } });
  await view.segment('Negative');
  await view.card.getByRole('button', { name: 'Export the picture as PNG' }).click();
  await view.page.waitForFunction(() => window.harness.sent.some(({ type }) => type === 'exportPng'));
  const [{ outputId, png, suggestedName }] = await view.sent('exportPng');
  assert.deepEqual([outputId, suggestedName], ['image-1', 'coffee.jpg-IntegratedGradients-espresso.png']);
  const { width, height, data } = PNG.sync.read(Buffer.from(png, 'base64'));
  assert.deepEqual([width, height], [448, 448]);
  for (const [x, y] of PLACES) {
    const from = 4 * (2 * y * width + 2 * x);
    assert.deepEqual(Array.from(data.subarray(from, from + 4)), expected([x, y], { sign: 'negative' }));
  }
});

test('a change of sign or mode is painted within a frame (printed, not asserted)', async () => {
  const view = await open();
  const times = await view.page.evaluate(async () => {
    const card = document.querySelector('lens-output-card');
    const element = card.shadowRoot.querySelector('lens-image-view');
    const canvas = element.shadowRoot.querySelector('canvas');
    const run = async (change) => {
      const start = performance.now();
      card.session.setView(change);
      await card.updateComplete;
      await element.updateComplete;
      canvas.getContext('2d').getImageData(0, 0, 1, 1);
      return performance.now() - start;
    };
    const first = [];
    const later = [];
    for (const sign of ['positive', 'negative', 'absolute_value', 'all']) first.push(await run({ sign }));
    for (let i = 0; i < 5; i++) for (const sign of ['positive', 'negative', 'absolute_value', 'all']) later.push(await run({ sign }));
    const modes = [];
    for (let i = 0; i < 5; i++) for (const mode of ['heat_map', 'original_image', 'masked_image', 'blended_heat_map']) modes.push(await run({ mode }));
    return { first, later, modes };
  });
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(1);
  console.log(`redraw of 224 x 224: first time of a sign ${Math.max(...times.first).toFixed(1)} ms at most; median ${median(times.later)} ms for a sign, ${median(times.modes)} ms for a mode`);
});
