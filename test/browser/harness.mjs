// A page that imitates the notebook's webview: its style sheet, its themes, and the API that it gives a renderer.
import { readFileSync } from 'node:fs';
import * as esbuild from 'esbuild';
import { builds } from '../../esbuild.mjs';
import { ensureChromium, openPage, PATIENCE } from '../host/browser.mjs';

const ORIGIN = 'http://renderer.test';
/** The values of VS Code's default themes for every variable that the renderer uses. */
export const THEMES = JSON.parse(readFileSync(new URL('themes.json', import.meta.url), 'utf8'));

/** What VS Code's webview applies to cell outputs, as far as it could show. */
const NOTEBOOK_STYLE = `
  body { margin: 0; overflow: hidden; background: var(--vscode-editor-background); color: var(--vscode-foreground); }
  #container > div > div > div.output { font-size: 13px; padding: 8px; box-sizing: border-box; }
  #container > div > div:not(.preview) > div { overflow-x: auto; }
  table, th, tr { vertical-align: middle; text-align: right; }
  th, td { padding: 4px 8px; }
  tr:nth-child(even) { background-color: rgba(130, 130, 130, 0.08); }`;

/** The content security policy that notebooks may be shown under. */
const POLICY = `default-src 'none'; script-src ${ORIGIN} 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; connect-src https:`;

/** The renderer's bundle, built as `npm run build` does. */
async function bundle() {
  const options = builds.find((build) => 'renderer' in build.entryPoints);
  const { outputFiles } = await esbuild.build({ ...options, entryPoints: { renderer: options.entryPoints.renderer }, write: false, sourcemap: false });
  return outputFiles[0].text;
}

/** Opens Chromium once for a file of tests; `open` gives a fresh page each time. */
export async function startHarness() {
  const source = await bundle();
  const { browser } = await openPage({ executable: ensureChromium() });
  return {
    close: () => browser.close(),
    async open(options = {}) {
      const page = await openHarnessPage(browser, source, options);
      return { page, ...driver(page) };
    },
  };
}

/** A page with the renderer activated once; `messaging: false` leaves the messaging out, `trusted: false` the trust. */
async function openHarnessPage(browser, source, { theme = 'dark', width = 900, height = 900, messaging = true, trusted = true, state, reducedMotion }) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()));
  page.problems = problems;
  const html = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><style>${NOTEBOOK_STYLE}</style><body><div id="container"></div></body>`;
  await page.route(`${ORIGIN}/**`, (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: source })
      : route.fulfill({ contentType: 'text/html', body: html }),
  );
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(setTheme, THEMES[theme]);
  await page.evaluate(install, { messaging, trusted, state });
  await page.evaluate((url) => window.harness.load(url), `${ORIGIN}/renderer.js`);
  return page;
}

function setTheme({ kind, variables }) {
  for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
  document.body.className = kind;
  document.body.dataset.vscodeThemeKind = kind;
}

/** Runs in the page: the renderer API of a notebook. */
function install({ messaging, trusted, state }) {
  const listeners = new Set();
  const apis = [];
  let saved = state;
  const context = {
    setState: (value) => (saved = structuredClone(value)),
    getState: () => saved,
    getRenderer: async () => undefined,
    workspace: { isTrusted: trusted },
  };
  const sent = [];
  if (messaging) {
    context.postMessage = (message) => sent.push(JSON.parse(JSON.stringify(message)));
    context.onDidReceiveMessage = (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    };
  }
  // However slow the machine is: the host's patience of seconds ends only where a test moves the page's clock.
  const later = window.setTimeout.bind(window);
  window.setTimeout = (run, milliseconds, ...given) => later(run, milliseconds >= 5000 ? 3_600_000 : milliseconds, ...given);
  let decoding = 0;
  const decode = window.createImageBitmap.bind(window);
  window.createImageBitmap = (...given) => {
    decoding++;
    return decode(...given).finally(() => decoding--);
  };
  const elements = new Map();
  const elementOf = (id) => {
    if (!elements.has(id)) {
      const cell = document.createElement('div');
      cell.innerHTML = '<div class="output_container"><div class="output"></div></div>';
      document.getElementById('container').append(cell);
      elements.set(id, cell.querySelector('.output'));
    }
    return elements.get(id);
  };
  window.harness = {
    sent,
    saved: () => saved,
    isDecoding: () => decoding > 0,
    async load(url) {
      const { activate } = await import(url);
      apis.push(await activate(Object.freeze(context)));
    },
    async render(id, text, api = 0) {
      const bytes = new TextEncoder().encode(text);
      const item = { id, mime: 'application/vnd.attribution-lens.v1+json', metadata: {}, text: () => text, json: () => JSON.parse(text), data: () => bytes, blob: () => new Blob([bytes]) };
      await apis[api].renderOutputItem(item, elementOf(id), new AbortController().signal);
    },
    dispose: (id, api = 0) => apis[api].disposeOutputItem(id),
    receive: (message) => listeners.forEach((listener) => listener(message)),
    element: elementOf,
  };
}

/** What tests do with a page. */
function driver(page) {
  const card = page.locator('lens-output-card');
  return {
    card,
    problems: page.problems,
    /** Renders an output (or a raw text) as one output item of the notebook. */
    async render(output, { id = 'item-1', api = 0 } = {}) {
      const text = typeof output === 'string' ? output : JSON.stringify(output);
      await page.evaluate(([item, json, index]) => window.harness.render(item, json, index), [id, text, api]);
      await settle(page);
    },
    /** A message from the extension host. */
    async receive(type, payload) {
      await page.evaluate((message) => window.harness.receive(message), { type, payload });
      await settle(page);
    },
    sent: (type) => page.evaluate((wanted) => window.harness.sent.filter((message) => message.type === wanted).map((message) => message.payload), type),
    saved: () => page.evaluate(() => window.harness.saved()),
    loadAgain: () => page.evaluate((url) => window.harness.load(url), `${ORIGIN}/second-renderer.js`),
    dispose: (id) => page.evaluate((item) => window.harness.dispose(item), id),
    setTheme: (theme) => page.evaluate(setTheme, THEMES[theme]).then(() => settle(page)),
    /** Chooses a segment of a segmented control, or an option of a drop-down, by its label. */
    async segment(label) {
      await card.getByRole('radio', { name: label }).first().click();
      await settle(page);
    },
    async choose(label, option) {
      await card.getByLabel(label, { exact: true }).selectOption({ label: option });
      await settle(page);
    },
    /** RGBA of one pixel of the picture. */
    pixel: (x, y) =>
      card.locator('lens-image-view canvas').first().evaluate((canvas, [px, py]) => {
        const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, px, py, 1, 1, 0, 0, 1, 1);
        return Array.from(copy.getImageData(0, 0, 1, 1).data);
      }, [x, y]),
    settle: () => settle(page),
  };
}

/** Waits until pictures are decoded and everything is drawn. */
async function settle(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    for (let calm = 0; calm < 4; calm = window.harness?.isDecoding() ? 0 : calm + 1) await frame();
  });
}
