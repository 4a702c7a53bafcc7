// Starts a real VS Code with extensions, a page to look at it and a driver inside its extension host.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openPage } from './browser.mjs';
import { startCodeServer } from './codeServer.mjs';
import { showDesktop, startDesktop } from './desktop.mjs';
import { createDriver, driverExtension } from './driver.mjs';
import { HostError } from './npm.mjs';
import { root } from './paths.mjs';
import { SETTINGS, THEMES } from './settings.mjs';
import { removeAtExit } from './workspace.mjs';

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
 * @returns `page` (playwright), `evaluate` (see driver.mjs) and `close`.
 */
export async function startVSCode({ vscode, env = {}, headless, viewport, ...options }) {
  const driven = await createDriver();
  const undo = [() => driven.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const profile = createProfile(options);
    undo.push(profile.remove);
    const launch = { ...profile, workspace: options.workspace, env: { ...env, ...driven.env } };
    let page;
    if (vscode.kind === 'code-server') {
      const server = await startCodeServer({ ...launch, installation: vscode });
      undo.push(server.stop);
      const opened = await openPage({ executable: vscode.chromium, headless, viewport });
      undo.push(() => opened.browser.close());
      page = opened.page;
      await page.goto(server.url({ folder: options.workspace }), { waitUntil: 'domcontentloaded' });
    } else {
      const desktop = await startDesktop({ ...launch, executable: vscode.executable, viewport });
      undo.push(desktop.stop);
      page = desktop.page;
    }
    await driven.ready();
    return { page, evaluate: driven.evaluate, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Starts VS Code for a person to use: the desktop window, or a server whose `url` is to be opened in a browser.
 *
 * @param {object} options as for `startVSCode`, and `notebook`, the notebook to open, and `port`, where a server listens.
 * @returns {Promise<{ url?: string, exited: Promise<unknown>, close: () => Promise<void> }>}
 */
export async function serveVSCode({ vscode, notebook, port, ...options }) {
  const profile = createProfile(options);
  const launch = { ...profile, workspace: options.workspace, env: { ATTRIBUTION_LENS_OPEN: notebook } };
  try {
    const running = vscode.kind === 'code-server'
      ? await startCodeServer({ ...launch, installation: vscode, port })
      : await showDesktop({ ...launch, executable: vscode.executable });
    return {
      url: running.url?.({ folder: options.workspace }), exited: running.exited,
      async close() { await running.stop(); profile.remove(); },
    };
  } catch (error) {
    profile.remove();
    throw error;
  }
}

/** Makes a user-data folder and an extensions folder that vanish at the end of this process. */
function createProfile({ extensions = [root], theme = 'dark', settings = {} }) {
  if (!(theme in THEMES)) throw new HostError(`There is no theme "${theme}": choose one of ${Object.keys(THEMES).join(', ')}.`);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-'));
  const profile = { scratch, userData: path.join(scratch, 'user-data'), extensions: path.join(scratch, 'extensions'), remove: removeAtExit(scratch) };
  writeSettings(profile.userData, { ...SETTINGS, 'workbench.colorTheme': THEMES[theme], ...settings });
  linkExtensions(profile.extensions, [...extensions, driverExtension]);
  return profile;
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
