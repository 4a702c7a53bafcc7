// Attribute Selection in a real VS Code, with keyboard and mouse: pickers, panel, recomputation, tints and Cancel.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '../host/browser.mjs';
import { ensureVSCode } from '../host/ensure.mjs';
import { framesWith } from '../host/notebook.mjs';
import { extensionId, root } from '../host/paths.mjs';
import { startVSCode } from '../host/vscode.mjs';

const RUST = 'fn main() {\n    let mut names = Vec::new();\n    names.push("Ferris");\n    println!("hello, {}", names[0]);\n}\n';
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-panel-'));
const rust = path.join(workspace, 'main.rs');
const coffee = path.join(workspace, 'coffee.jpg');
let code;

before(async () => {
  fs.writeFileSync(rust, RUST);
  fs.copyFileSync(path.join(root, 'media/samples/photos/coffee.jpg'), coffee);
  code = await startVSCode({ vscode: await ensureVSCode(), workspace });
});
after(async () => {
  await code?.close();
  fs.rmSync(workspace, { recursive: true, force: true });
});

/** Runs the command from the Command Palette and waits for its first question. */
async function attributeSelection() {
  const { page } = code;
  await page.keyboard.press('F1');
  await page.keyboard.type('Attribution Lens: Attribute Selection');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Attribute Selection' }).first().waitFor();
  await page.keyboard.press('Enter');
  await question('Method');
}

const question = (placeholder) => code.page.locator(`.quick-input-box input[placeholder^="${placeholder}"]`).waitFor();

/** The output in the panel that is in front. */
const card = async () => (await waitFor('the panel', async () => (await framesWith(code.page, 'lens-output-card'))[0])).locator('lens-output-card');

/** What the panel and the tints of a file hold. */
const state = (file) => code.evaluate((vscode, id, file) => {
  const { panels, decorations } = vscode.extensions.getExtension(id).exports.commands;
  const uri = vscode.Uri.file(file);
  return { output: panels.content(uri.toString())?.output, tints: decorations.tokens(uri).map(({ attribution }) => attribution) };
}, extensionId, file);

test('the second language of the picker is attributed, drawn and tinted', async () => {
  const { page } = code;
  await code.evaluate(async (vscode, file) => { await vscode.window.showTextDocument(vscode.Uri.file(file)); }, rust);
  await attributeSelection();
  await page.keyboard.press('Enter');
  await question('Target');
  const second = (await page.locator('.quick-input-list .monaco-list-row').nth(1).locator('.label-name').first().innerText()).trim();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const output = await card();
  await output.getByText(`Integrated Gradients of ${second}`).waitFor();
  assert.equal(await output.locator('.token').count(), (await state(rust)).tints.length);
  const tinted = await page.locator('.editor-instance .view-line span').evaluateAll((spans) => spans.filter((span) => /ced-|TextEditorDecorationType/.test(span.className)).length);
  assert.ok(tinted > 5, `${tinted} pieces of text are tinted`);
});

test('another target in the panel is computed, drawn and tinted', async () => {
  const before = await state(rust);
  const output = await card();
  await output.getByLabel('Target', { exact: true }).selectOption({ index: 0 });
  await output.getByText('Integrated Gradients of Rust').waitFor();
  const now = await waitFor('new tints', async () => {
    const found = await state(rust);
    return found.tints[0] !== before.tints[0] && found;
  });
  assert.equal(now.output.examples[0].target.label, 'Rust');
  assert.deepEqual(now.tints, now.output.examples[0].views[0].attributions);
});

test('another method in the panel replaces the output', async () => {
  const output = await card();
  await output.getByLabel('Method', { exact: true }).selectOption('Saliency');
  await output.getByText('Saliency of Rust').waitFor();
  assert.equal((await state(rust)).output.method.name, 'Saliency');
});

/** Stops a process where it is, or lets it go on; Windows cannot. */
function pause(pid, isPaused) {
  if (process.platform !== 'win32') process.kill(pid, isPaused ? 'SIGSTOP' : 'SIGCONT');
}

test('Cancel ends an attribution, and the message offers to try again', async () => {
  const { page } = code;
  await code.evaluate((vscode, file) => vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'imagePreview.previewEditor', 1).then(() => {}), coffee);
  await page.locator('.tab.active', { hasText: 'coffee.jpg' }).waitFor();
  await code.evaluate((vscode) => { void vscode.commands.executeCommand('attributionLens.attributeSelection'); });
  await question('Method');
  await page.keyboard.press('Enter');
  await question('Target');
  const pid = await code.evaluate((vscode, id) => vscode.extensions.getExtension(id).exports.engine.pid, extensionId);
  const message = page.locator('.notification-toast', { hasText: 'The attribution was cancelled' });
  pause(pid, true); // so that it does not end before the click
  try {
    await page.keyboard.press('Enter');
    await page.locator('.notification-toast', { hasText: 'Attributing coffee.jpg' }).getByRole('button', { name: 'Cancel' }).click();
    await message.getByRole('button', { name: 'Try Again' }).waitFor();
  } finally {
    pause(pid, false);
  }
  assert.equal((await state(coffee)).output, undefined);
  await message.getByRole('button', { name: 'Try Again' }).click();
  await question('Method');
  await page.keyboard.press('Escape');
});
