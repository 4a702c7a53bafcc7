// Finds, and if it may installs, a Chromium; opens pages with it.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { HostError } from './npm.mjs';

/** Longer than a slow machine needs for what comes at all, in milliseconds. */
export const PATIENCE = 240_000;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

/** The path of a Chromium; the environment variable `ATTRIBUTION_LENS_CHROMIUM` overrides the search. */
export function ensureChromium() {
  const wanted = process.env.ATTRIBUTION_LENS_CHROMIUM;
  if (wanted && !fs.existsSync(wanted)) throw new HostError(`ATTRIBUTION_LENS_CHROMIUM names no file: ${wanted}`);
  const found = wanted ?? findChromium();
  if (found) return found;
  if (process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    console.log('Installing chromium with apt-get (about a minute, once) ...');
    const apt = (...args) => spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    apt('update');
    const { stderr } = apt('install', '-y', '--no-install-recommends', 'chromium');
    const installed = findChromium();
    if (installed) return installed;
    throw new HostError(`apt-get could not install chromium (${stderr.trim().split('\n').at(-1)}): install Chromium or Chrome by hand, then run the same command again.`);
  }
  throw new HostError('No Chromium or Chrome was found: install one (on Debian and Ubuntu "sudo apt-get install chromium"), then run the same command again.');
}

function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...MAC].find((file) => fs.existsSync(file));
}

/** Waits until there is what `look` finds. */
export async function waitFor(what, look) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`${what} did not appear within ${PATIENCE / 1000} s`);
}

/**
 * Opens an empty page in a new Chromium.
 *
 * @param {{ executable: string, headless?: boolean, viewport?: { width: number, height: number } | null }} options
 * @returns {Promise<{ browser: import('playwright-core').Browser, page: import('playwright-core').Page }>}
 */
export async function openPage({ executable, headless = true, viewport = { width: 1400, height: 900 } }) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: executable, headless,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const context = await browser.newContext({ viewport });
  context.setDefaultTimeout(PATIENCE);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  return { browser, page: await context.newPage() };
}
