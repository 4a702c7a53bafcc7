// Installs a .vsix into a fresh profile of VS Code and starts that, with nothing else loaded.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openPage } from './browser.mjs';
import { startCodeServer } from './codeServer.mjs';
import { startDesktop } from './desktop.mjs';
import { SETTINGS } from './settings.mjs';
import { writeSettings } from './vscode.mjs';

/**
 * @param {Awaited<ReturnType<import('./ensure.mjs').ensureVSCode>>} vscode
 * @param {string} vsix the package.
 * @param {string} scratch an existing folder for the profile.
 */
export function installVsix(vscode, vsix, scratch) {
  const profile = { scratch, userData: path.join(scratch, 'user-data'), extensions: path.join(scratch, 'extensions') };
  fs.mkdirSync(profile.extensions, { recursive: true });
  writeSettings(profile.userData, SETTINGS);
  const folders = ['--install-extension', vsix, `--extensions-dir=${profile.extensions}`, `--user-data-dir=${profile.userData}`];
  if (vscode.kind === 'code-server') {
    const config = path.join(scratch, 'install.yaml');
    fs.writeFileSync(config, 'auth: none\n');
    execFileSync(vscode.node, [vscode.entry, '--config', config, ...folders], { stdio: 'pipe' });
  } else {
    // The application acts as its own command line when it runs as Node.
    const inside = process.platform === 'darwin' ? '../Resources/app/out/cli.js' : 'resources/app/out/cli.js';
    execFileSync(vscode.executable, [path.join(path.dirname(vscode.executable), inside), ...folders], {
      stdio: 'pipe', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', VSCODE_DEV: '' },
    });
  }
  return profile;
}

/** Starts the VS Code of a profile on a folder. */
export async function startInstalled(vscode, profile, workspace) {
  if (vscode.kind !== 'code-server') {
    const desktop = await startDesktop({ ...profile, executable: vscode.executable, workspace, env: {} });
    return { page: desktop.page, close: desktop.stop };
  }
  const server = await startCodeServer({ ...profile, installation: vscode });
  try {
    const { browser, page } = await openPage({ executable: vscode.chromium });
    await page.goto(server.url({ folder: workspace }), { waitUntil: 'domcontentloaded' });
    return { page, async close() { await browser.close(); await server.stop(); } };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
