#!/usr/bin/env node
// Stands in for the desktop application under @vscode/test-electron: takes its arguments, runs the tests in code-server
// shown by a headless Chromium, and exits as the application does: 0 when the tests passed, 1 when they failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { ensureChromium, openPage } from './browser.mjs';
import { startCodeServer } from './codeServer.mjs';
import { ensureCodeServer } from './installCodeServer.mjs';
import { main } from './main.mjs';
import { SETTINGS } from './settings.mjs';
import { linkExtensions, writeSettings } from './vscode.mjs';
import { removeAtExit } from './workspace.mjs';

/** The tests are given up after this long. */
const LIMIT_MINUTES = Number(process.env.ATTRIBUTION_LENS_LIMIT_MINUTES ?? 30);

await main(async () => {
  const window = { folder: undefined, developmentPaths: [], testsPath: undefined };
  for (const argument of process.argv.slice(2)) {
    const [, name, value] = /^--([A-Za-z-]+)(?:=(.*))?$/.exec(argument) ?? [];
    if (!name) window.folder ??= path.resolve(argument);
    else if (name === 'extensionDevelopmentPath') window.developmentPaths.push(path.resolve(value));
    else if (name === 'extensionTestsPath') window.testsPath = path.resolve(value);
  }
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-'));
  const remove = removeAtExit(scratch);
  const userData = path.join(scratch, 'user-data');
  writeSettings(userData, SETTINGS);
  const extensions = path.join(scratch, 'extensions');
  // In a browser there is one extension under development; further ones are installed.
  linkExtensions(extensions, window.developmentPaths.splice(1));
  const server = await startCodeServer({ installation: ensureCodeServer(), scratch, userData, extensions, driver: true });
  const { browser, page } = await openPage({ executable: ensureChromium() });
  let over = false;
  try {
    const exit = new Promise((resolve) => {
      const fail = (message) => { if (!over) console.error(message); resolve(1); };
      page.exposeFunction('codeAutomationExit', resolve);
      page.exposeFunction('codeAutomationLog', (type, args) => {
        if (process.env.ATTRIBUTION_LENS_VERBOSE) console.log(`[${type}]`, format(...[args].flat()));
      });
      server.exited.then(() => fail('code-server ended before the tests did'));
      page.on('crash', () => fail('the page of VS Code crashed before the tests ended'));
      browser.on('disconnected', () => fail('Chromium ended before the tests did'));
      setTimeout(() => fail(`the tests did not end within ${LIMIT_MINUTES} minutes`), LIMIT_MINUTES * 60_000).unref();
    });
    await page.goto(server.url(window), { waitUntil: 'domcontentloaded' });
    return await exit;
  } finally {
    over = true;
    await browser.close();
    await server.stop();
    remove();
  }
});
