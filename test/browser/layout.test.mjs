import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerOutput, imageOutput, panelsOutput, recordsOutput, tabularOutput, textOutput, timeseriesOutput } from '../renderers/fixtures.ts';
import { startHarness, THEMES } from './harness.mjs';

const OUTPUTS = { image: imageOutput(), text: textOutput(), tabular: tabularOutput() };
const FIGURES = { 'a time series': timeseriesOutput(), texts: recordsOutput(), panels: panelsOutput(), 'an answer': answerOutput() };
const METHODS = [{ name: 'IntegratedGradients', title: 'Integrated Gradients', description: '' }];
let harness;

before(async () => (harness = await startHarness()));
after(() => harness.close());

async function open(output, options) {
  const view = await harness.open(options);
  await view.render(output);
  await view.receive('capabilities', { outputId: output.id, capabilities: { live: true, methods: METHODS } });
  return view;
}

/** Elements, through all shadow roots, that stick out of the card or are cut off inside it. */
const overflowing = (view) =>
  view.card.evaluate((card) => {
    const right = card.getBoundingClientRect().right + 0.5;
    const found = [];
    const visit = (root) => {
      for (const element of root.querySelectorAll('*')) {
        const box = element.getBoundingClientRect();
        if (box.width > 0 && box.right > right) found.push(`${element.localName}.${element.className}: ${box.right} > ${right}`);
        if (element.role === 'radio' && element.scrollWidth > element.clientWidth) found.push(`"${element.textContent.trim()}" is cut off`);
        if (element.shadowRoot) visit(element.shadowRoot);
      }
    };
    visit(card.shadowRoot);
    const output = card.parentElement;
    if (output.scrollWidth > output.clientWidth) found.push(`scrolls: ${output.scrollWidth} > ${output.clientWidth}`);
    return found;
  });

for (const [kind, output] of Object.entries(OUTPUTS)) {
  for (const width of [1200, 900, 700, 500, 380]) {
    test(`${kind} at ${width} pixels sticks out nowhere`, async () => {
      assert.deepEqual(await overflowing(await open(output, { width })), []);
    });
  }
}

for (const [kind, output] of Object.entries(FIGURES)) {
  for (const width of [900, 380]) {
    test(`${kind} at ${width} pixels sticks out nowhere`, async () => {
      assert.deepEqual(await overflowing(await open(output, { width })), []);
    });
  }
}

test('a computation under way sticks out nowhere at 500 pixels', async () => {
  const view = await open(OUTPUTS.image, { width: 500 });
  await view.receive('progress', { outputId: 'image-1', progress: { fraction: 0.1, message: 'step 20 of 200', secondsLeft: 30 } });
  assert.deepEqual(await overflowing(view), []);
});

for (const width of [900, 500, 380]) {
  test(`a comparison at ${width} pixels sticks out nowhere`, async () => {
    const { summary, method, examples, cost } = imageOutput();
    assert.deepEqual(await overflowing(await open(imageOutput({ compared: { summary, method, examples, cost } }), { width })), []);
  });
}

test('long names and numbers stick out nowhere', async () => {
  const long = 'averyveryverylongnamewithoutanyblank'.repeat(6);
  const output = imageOutput({ model: { name: long, format: 'onnx' } });
  output.examples[0].target.label = long;
  output.examples[0].predictions[0].label = long;
  output.examples[0].convergence.delta = -1.23456e-12;
  output.examples[0].convergence.next.label = 'Refine to 200 steps and then look at the layers';
  assert.deepEqual(await overflowing(await open(output, { width: 500 })), []);
  const features = tabularOutput();
  features.examples[0].views[0].features[1] = long;
  assert.deepEqual(await overflowing(await open(features, { width: 500 })), []);
});

test('the controls stand beside the picture at 900 pixels and below it at 500', async () => {
  for (const [width, beside] of [[900, true], [500, false]]) {
    const view = await open(OUTPUTS.image, { width });
    const picture = await view.page.locator('lens-image-view').boundingBox();
    const controls = await view.page.locator('lens-view-controls').boundingBox();
    assert.equal(controls.x > picture.x + picture.width, beside);
    assert.equal(controls.y > picture.y + picture.height, !beside);
  }
});

test('nothing but the text of scroll areas is unreachable by keyboard', async () => {
  const view = await open(OUTPUTS.image);
  const reached = [];
  for (let i = 0; i < 16; i++) {
    await view.page.keyboard.press('Tab');
    reached.push(await view.page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute('aria-label')?.split(/[:,]/)[0] ?? element?.id ?? element?.textContent?.trim();
    }));
  }
  const wanted = ['Read attributions', 'All', 'Show', 'Colours', 'outliers', '', 'Method', 'Steps', 'Quadrature', 'Baseline', 'Target', 'Smoothing', 'Compare', 'Export the picture as PNG'];
  assert.deepEqual(reached.slice(0, wanted.length).map((name, i) => (i === 5 ? '' : name)), wanted);
});

test('the arrow keys choose in the segmented control', async () => {
  const view = await open(OUTPUTS.image);
  await view.card.getByRole('radio', { name: 'All' }).focus();
  const chosen = async () => {
    await view.settle();
    const value = await view.card.getByRole('radio', { checked: true }).first().getAttribute('data-value');
    assert.equal(await view.card.locator('button[role=radio]:focus').getAttribute('data-value'), value);
    return value;
  };
  await view.page.keyboard.press('ArrowRight');
  assert.equal(await chosen(), 'positive');
  await view.page.keyboard.press('End');
  assert.equal(await chosen(), 'absolute_value');
  await view.page.keyboard.press('ArrowRight');
  assert.equal(await chosen(), 'all');
  await view.page.keyboard.press('ArrowLeft');
  assert.equal(await chosen(), 'absolute_value');
});

/** The contrast ratio of WCAG 2 of every visible text with the page's background, the worst first. */
const contrasts = (view) =>
  view.card.evaluate((card) => {
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const rgba = (css, under) => {
      context.clearRect(0, 0, 1, 1);
      if (under) {
        context.fillStyle = under;
        context.fillRect(0, 0, 1, 1);
      }
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      return context.getImageData(0, 0, 1, 1).data;
    };
    const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const page = getComputedStyle(document.body).backgroundColor;
    const found = [];
    const visit = (root, behind, skip) => {
      for (const node of root.childNodes) {
        if (node.nodeType === Node.TEXT_NODE && node.textContent.trim() && !skip) {
          const parent = node.parentElement ?? node.getRootNode().host;
          const color = rgba(getComputedStyle(parent).color, behind);
          const [light, dark] = [luminance(color), luminance(rgba(behind))].sort((a, b) => b - a);
          found.push({ text: node.textContent.trim().slice(0, 30), ratio: (light + 0.05) / (dark + 0.05) });
        }
        if (node.nodeType !== Node.ELEMENT_NODE || ['style', 'option', 'select'].includes(node.localName)) continue;
        const style = getComputedStyle(node);
        const [r, g, b] = rgba(style.backgroundColor, behind);
        const own = `rgb(${r} ${g} ${b})`;
        const hidden = skip || node.classList.contains('hidden') || Number(style.opacity) < 1;
        visit(node, own, hidden);
        if (node.shadowRoot) visit(node.shadowRoot, own, hidden);
      }
    };
    visit(card.shadowRoot, page, false);
    return found.sort((a, b) => a.ratio - b.ratio);
  });

for (const theme of Object.keys(THEMES)) {
  for (const [kind, output] of Object.entries(OUTPUTS)) {
    test(`${kind} is readable in the theme ${theme}`, async () => {
      const view = await open(output, { theme });
      const [worst] = await contrasts(view);
      assert.ok(worst.ratio >= (theme.startsWith('hc') ? 4.5 : 4), `"${worst.text}" has a contrast of ${worst.ratio.toFixed(2)}`);
    });
  }
}

test('tokens are coloured anew when the theme changes', async () => {
  const view = await open(OUTPUTS.text);
  const token = view.card.getByLabel('let: ');
  const colors = () => token.evaluate((element) => [element.style.backgroundColor, element.style.color]);
  const dark = await colors();
  await view.setTheme('light');
  await view.settle();
  const light = await colors();
  assert.notDeepEqual(light, dark);
});

test('high contrast tells the signs apart without colours', async () => {
  const view = await open(OUTPUTS.text, { theme: 'hc' });
  const lineOf = (label) => view.card.getByLabel(label).evaluate((element) => getComputedStyle(element).textDecorationStyle);
  assert.deepEqual([await lineOf('fn: '), await lineOf('new: ')], ['solid', 'dashed']);
});

test('nothing moves for who asked for less motion', async () => {
  const view = await open(OUTPUTS.image, { reducedMotion: 'reduce' });
  await view.choose('Steps', '200 steps');
  const moving = await view.page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length);
  assert.equal(moving, 0);
});
