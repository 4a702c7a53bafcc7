// Starts a real VS Code with extensions, a page to look at it and a driver inside its extension host.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openPage } from './browser.mjs';
import { startCodeServer } from './codeServer.mjs';
import { createDriver, driverExtension } from './driver.mjs';
import { root } from './paths.mjs';
import { SETTINGS, THEMES } from './settings.mjs';

/**
 * Starts VS Code with a fresh profile and waits for its extension host.
 *
 * @param {object} options
 * @param {Awaited<ReturnType<import('./ensure.mjs').ensureVSCode>>} options.vscode which VS Code to start.
 * @param {string} options.workspace the folder to open.
 * @param {string[]} [options.extensions] folders of extensions to load; default this checkout.
 * @param {keyof typeof THEMES} [options.theme] default `dark`.
 * @param {Record<string, unknown>} [options.settings] user settings beside `SETTINGS`.
 * @param {Record<string, string>} [options.env]
 * @param {boolean} [options.headless] default true.
 * @param {{ width: number, height: number } | null} [options.viewport]
 * @returns `page` (playwright), `evaluate` (see driver.mjs), `close`, and `url` where the VS Code is a server.
 */
export async function startVSCode({ vscode, workspace, extensions = [root], theme = 'dark', settings = {}, env = {}, headless, viewport }) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-'));
  const userData = path.join(scratch, 'user-data');
  const extensionsFolder = path.join(scratch, 'extensions');
  writeSettings(userData, { ...SETTINGS, 'workbench.colorTheme': THEMES[theme], ...settings });
  linkExtensions(extensionsFolder, [...extensions, driverExtension]);
  const driver = await createDriver(scratch);
  const undo = [() => fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }), () => driver.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const environment = { ...env, ...driver.env };
    if (vscode.kind !== 'code-server') {
      const { startDesktop } = await import('./desktop.mjs');
      const desktop = await startDesktop({ executable: vscode.executable, userData, extensions: extensionsFolder, workspace, env: environment, viewport });
      undo.push(desktop.stop);
      await driver.ready();
      return { page: desktop.page, evaluate: driver.evaluate, close };
    }
    const server = await startCodeServer({ installation: vscode, scratch, userData, extensions: extensionsFolder, env: environment });
    undo.push(server.stop);
    const { browser, page } = await openPage({ executable: vscode.chromium, headless, viewport });
    undo.push(() => browser.close());
    const url = server.url({ folder: workspace });
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    await driver.ready();
    return { page, url, evaluate: driver.evaluate, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Writes the user's settings.json below a user-data folder. */
export function writeSettings(userData, settings) {
  fs.mkdirSync(path.join(userData, 'User'), { recursive: true });
  fs.writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify(settings, null, 2));
}

/** Makes folders look installed: VS Code adopts what it finds in an extensions folder that has no extensions.json yet. */
export function linkExtensions(folder, extensions) {
  fs.mkdirSync(folder, { recursive: true });
  for (const extension of extensions) {
    const { publisher, name, version } = JSON.parse(fs.readFileSync(path.join(extension, 'package.json'), 'utf8'));
    fs.symlinkSync(extension, path.join(folder, `${publisher}.${name}-${version}`), 'junction');
  }
}
