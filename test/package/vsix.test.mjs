// Installs the package as a user would, and runs the sample notebook with mouse and keyboard: no development path, no
// driver, nothing of this checkout but the file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { waitFor } from '../host/browser.mjs';
import { ensureVSCode } from '../host/ensure.mjs';
import { root } from '../host/paths.mjs';
import { installVsix, startInstalled } from '../host/installed.mjs';
import { framesWith } from '../host/notebook.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-vsix-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const vsix = path.join(scratch, 'package.vsix');

/** Opens a notebook from the explorer, again as long as VS Code takes it for text since it does not know its extensions yet. */
async function openNotebook(page, name) {
  const overlay = page.locator('.notebookOverlay');
  await waitFor('the notebook', async () => {
    await page.locator('.explorer-folders-view').getByText(name, { exact: true }).dblclick();
    const text = page.locator('.editor-instance .monaco-editor').locator('visible=true');
    await waitFor('an editor', async () => (await overlay.isVisible()) || (await text.count()) > 0);
    if (await overlay.isVisible()) return true;
    await page.locator('.tab', { hasText: name }).click({ button: 'middle' });
    return false;
  });
}

test('npm run package makes a package for this platform', () => {
  const printed = execFileSync(process.execPath, ['test/host/package.mjs', '--out', vsix], { cwd: root, encoding: 'utf8' });
  assert.match(printed, /\d+\.\d MB/);
  assert.ok(fs.statSync(vsix).size > 1e6);
});

test('the installed package runs a cell of the sample notebook', async () => {
  const vscode = await ensureVSCode();
  const workspace = path.join(scratch, 'samples');
  fs.cpSync(path.join(root, 'media/samples'), workspace, { recursive: true });
  const profile = installVsix(vscode, vsix, scratch);
  const code = await startInstalled(vscode, profile, workspace);
  try {
    const { page } = code;
    await openNotebook(page, 'captum-talk.ipynb');
    await page.locator('.notebook-toolbar-container').getByText('Run All').click();
    const card = await waitFor('the picture of an attribution', async () => {
      // Outputs are drawn when they come near the window; the picture is in the notebook's last cell.
      await page.keyboard.press('Control+End');
      const pictures = (await framesWith(page, 'lens-output-card canvas')).map((frame) => frame.locator('lens-output-card').filter({ hasText: 'brightness' }).filter({ has: frame.locator('canvas') }).last());
      return (await pictures[0]?.count()) > 0 && pictures[0];
    });
    for (const text of ['Integrated Gradients', 'Convergence delta', 'converged'])
      await card.getByText(text).first().waitFor();
    await waitFor('a picture of some size', async () => (await card.locator('canvas').first().boundingBox())?.height > 100);
    assert.equal(await page.locator('.notebookOverlay .codicon-notebook-state-error').count(), 0);
  } catch (error) {
    await code.page.screenshot({ path: path.join(os.tmpdir(), 'attribution-lens-vsix-failure.png') });
    throw error;
  } finally {
    await code.close();
  }
});
