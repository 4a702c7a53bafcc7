// The talk in Python, in a real VS Code with a real IPython kernel and PyTorch, by mouse: connecting, running, and changing what
// was computed in the picture.
import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '../host/browser.mjs';
import { ensureVSCode } from '../host/ensure.mjs';
import { findPython, jupyterExtension } from '../host/jupyter.mjs';
import { framesWith, openFile, runCell } from '../host/notebook.mjs';
import { root } from '../host/paths.mjs';
import { startVSCode } from '../host/vscode.mjs';
import { copyToScratch, samples } from '../host/workspace.mjs';

const MIME = 'application/vnd.attribution-lens.v1+json';
const skip = findPython() === undefined && 'Python (no ipykernel with torch)';
let code;
let scratch;
let file;
let cells;

before(async () => {
  if (skip) return;
  scratch = copyToScratch(samples);
  file = path.join(scratch.folder, 'captum-talk-python.ipynb');
  code = await startVSCode({ vscode: await ensureVSCode(), workspace: scratch.folder, extensions: [root, jupyterExtension], viewport: { width: 1400, height: 1000 } });
  cells = (await openFile(code, file)).cells.filter((cell) => cell.code).map((cell) => cell.index);
});
after(async () => {
  await code?.close();
  scratch?.remove();
});

/** Runs something, with a picture of the window where it fails. */
const seen = (run) => async () => {
  try {
    await run();
  } catch (error) {
    await code.page.screenshot({ path: path.join(os.tmpdir(), 'attribution-lens-python-failure.png') });
    throw error;
  }
};

/** The attributions that a cell shows. */
const attributionsOf = (index) => code.evaluate((vscode, file, index, mime) => {
  const cell = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.fsPath === file).cellAt(index);
  return cell.outputs.flatMap((output) => output.items.filter((item) => item.mime === mime)).map((item) => {
    const { id, method, examples } = JSON.parse(new TextDecoder().decode(item.data));
    return { id, method, target: examples[0].target?.index };
  });
}, file, index, MIME);

test('the kernel is connected by the buttons of the messages', { skip }, seen(async () => {
  const { page } = code;
  assert.equal((await runCell(code, file, cells[0])).success, false);
  await page.locator('.notification-toast').getByRole('button', { name: 'Connect Python Kernel' }).click();
  await page.locator('.notification-toast').getByRole('button', { name: 'Continue' }).click();
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Allow' }).click();
  await page.locator('.notification-toast').getByRole('button', { name: 'Run Cell Again' }).waitFor();
  await code.evaluate((vscode) => vscode.commands.executeCommand('notifications.clearAll'));
}));

test('every cell of the talk runs, and shows its pictures', { skip }, seen(async () => {
  const shown = [];
  for (const index of cells) {
    const { success, outputs } = await runCell(code, file, index);
    assert.ok(success, outputs.flat().map((item) => item.text).join('\n'));
    shown.push(...outputs.flat().filter((item) => item.mime === MIME).map((item) => JSON.parse(item.text).method.name));
  }
  assert.deepEqual(shown.slice(0, 2), ['IntegratedGradients', 'IntegratedGradients']);
  assert.ok(shown.length >= 5, shown.join());
}));

test('a finished progress bar leaves nothing', { skip }, seen(async () => {
  const index = cells.at(-1) + 1;
  const source = "from attribution_lens._display import Progress\nwith Progress('Integrated Gradients') as progress:\n    while progress._handle is None: progress(0.5)";
  await code.evaluate(async (vscode, file, index, source) => {
    const { uri } = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.fsPath === file);
    const edit = new vscode.WorkspaceEdit();
    edit.set(uri, [vscode.NotebookEdit.insertCells(index, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, source, 'python')])]);
    await vscode.workspace.applyEdit(edit);
    const editor = vscode.window.activeNotebookEditor;
    editor.selection = new vscode.NotebookRange(index, index + 1);
    editor.revealRange(editor.selection, vscode.NotebookEditorRevealType.AtTop);
  }, file, index, source);
  const { success, outputs } = await runCell(code, file, index);
  assert.ok(success, outputs.flat().map((item) => item.text).join('\n'));
  assert.deepEqual(outputs.map((items) => items.map(({ text }) => text)), [['', '']]);
  const heights = async () => (await Promise.all((await framesWith(code.page, '.output_container')).map((frame) => frame.evaluate(() =>
    Array.from(document.querySelectorAll('.output_container')).filter((each) => each.innerText === '' && !each.querySelector('img, svg, lens-output-card')).map((each) => each.offsetHeight))))).flat();
  await waitFor('an output without height', async () => {
    const found = await heights();
    return found.length > 0 && found.every((height) => height === 0);
  });
}));

test('steps, target and method that are changed in the picture change the same output', { skip }, seen(async () => {
  const index = cells[4];
  const [before] = await attributionsOf(index);
  assert.deepEqual([before.method.options.nSteps, before.target], [20, [1]]);
  await code.evaluate((vscode, index) => {
    const editor = vscode.window.activeNotebookEditor;
    editor.selection = new vscode.NotebookRange(index, index + 1);
    editor.revealRange(editor.selection, vscode.NotebookEditorRevealType.AtTop);
  }, index);
  for (const [label, option, expected] of [
    ['Steps', '50 steps', ({ method }) => method.options.nSteps === 50],
    ['Target', /^output 0/, ({ target }) => target.join() === '0'],
    ['Method', /^Saliency/, ({ method }) => method.name === 'Saliency'],
  ]) {
    await choose(before.id, label, option);
    const outputs = await waitFor(`the output with ${label} changed`, async () => {
      const found = await attributionsOf(index);
      return found[0] && expected(found[0]) && found;
    });
    assert.deepEqual([outputs.length, outputs[0].id], [1, before.id]);
  }
  await cardOf(async (each) => (await each.getByText(/^Saliency$/).locator('visible=true').count()) > 0);
}));

/** The drawn card of an output, in whichever webview it is. */
function cardOf(text) {
  return waitFor('the picture', async () => {
    for (const frame of await framesWith(code.page, 'lens-output-card')) {
      for (const card of await frame.locator('lens-output-card').all()) if (await text(card)) return card;
    }
    return undefined;
  });
}

async function choose(id, label, option) {
  const card = await cardOf(async (each) => (await each.evaluate((element) => element.session?.id).catch(() => undefined)) === id && (await each.getByLabel(label, { exact: true }).isEnabled().catch(() => false)));
  const select = card.getByLabel(label, { exact: true });
  const labels = await select.locator('option').allInnerTexts();
  const chosen = labels.find((each) => (typeof option === 'string' ? each === option : option.test(each)));
  assert.ok(chosen, `${label}: ${labels.join(' | ')}`);
  await select.selectOption({ label: chosen });
}
