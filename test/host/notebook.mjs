// Opens a notebook in a running VS Code (see vscode.mjs), runs its cells and looks at them.
import fs from 'node:fs';
import { KERNEL } from './jupyter.mjs';
import { extensionId } from './paths.mjs';

/**
 * Opens a notebook or any other file in an editor, and for notebooks selects our kernel, or that of the test-only Jupyter
 * extension for those of Python.
 * @returns {Promise<{ notebook: boolean, cells: { index: number, code: boolean, language: string }[] }>}
 */
export function openFile(code, file) {
  return code.evaluate(async (vscode, file, ours, jupyter) => {
    const uri = vscode.Uri.file(file);
    if (!file.endsWith('.ipynb')) {
      await vscode.commands.executeCommand('vscode.open', uri);
      return { notebook: false, cells: [] };
    }
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    await vscode.window.showNotebookDocument(notebook);
    const isPython = notebook.metadata.metadata?.language_info?.name === 'python';
    if (isPython) await vscode.extensions.getExtension(jupyter.extension).activate();
    await vscode.commands.executeCommand('notebook.selectKernel', isPython ? jupyter : ours);
    return {
      notebook: true,
      cells: notebook.getCells().map((cell) => ({ index: cell.index, code: cell.kind === vscode.NotebookCellKind.Code, language: cell.document.languageId })),
    };
  }, file, { id: 'attribution-lens-typescript', extension: extensionId }, KERNEL);
}

/** Whether a notebook runs with the test-only Jupyter extension. */
export const isPythonNotebook = (file) => file.endsWith('.ipynb') && JSON.parse(fs.readFileSync(file, 'utf8')).metadata?.language_info?.name === 'python';

/** Connects the kernel of an open Python notebook as a user does who agrees to all questions. Its first code cell runs. */
export async function connectPython(code, file, index) {
  await code.evaluate((vscode, id) => { vscode.extensions.getExtension(id).exports.test.consent = 'allow'; }, KERNEL.extension);
  await runCell(code, file, index);
  await code.evaluate(async (vscode, file, id) => {
    const { python } = vscode.extensions.getExtension(id).exports.commands;
    await python.connect(await python.jupyter.kernelOf(vscode.Uri.file(file)));
    await vscode.commands.executeCommand('notifications.clearAll');
  }, file, extensionId);
}

/**
 * Runs one cell of the open notebook `file` and waits until it has ended.
 *
 * @returns {Promise<{ success: boolean, seconds: number, outputs: { mime: string, text?: string }[][] }>} the outputs
 *   with the text of every item that is text, JSON or an error.
 */
export function runCell(code, file, index, limitSeconds = 600) {
  return code.evaluate(async (vscode, file, index, limitSeconds) => {
    const document = vscode.Uri.file(file);
    const cell = vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.fsPath === document.fsPath).cellAt(index);
    const before = cell.executionSummary?.timing?.endTime;
    const started = Date.now();
    await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: index, end: index + 1 }], document });
    while (cell.executionSummary?.success === undefined || cell.executionSummary.timing?.endTime === before) {
      if (Date.now() - started > limitSeconds * 1000) throw new Error(`cell ${index} of ${file} did not end within ${limitSeconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { success, timing } = cell.executionSummary;
    const readable = /^text\/|json$|^application\/vnd\.code\.notebook\./;
    return {
      success,
      seconds: timing ? (timing.endTime - timing.startTime) / 1000 : (Date.now() - started) / 1000,
      outputs: cell.outputs.map((output) => output.items.map((item) => ({
        mime: item.mime,
        text: readable.test(item.mime) ? new TextDecoder().decode(item.data) : undefined,
      }))),
    };
  }, file, index, limitSeconds);
}

/**
 * Scrolls to a cell of the active notebook and takes a picture of it: its source with its outputs beneath.
 *
 * @param {{ page: import('playwright-core').Page }} code
 * @param {string} path of the PNG file to write.
 * @param {{ outputOnly?: boolean }} [options]
 * @returns {Promise<boolean>} false when the cell has nothing to show.
 */
export async function shootCell(code, index, path, { outputOnly = false } = {}) {
  await code.evaluate((vscode, index) => {
    const range = new vscode.NotebookRange(index, index + 1);
    vscode.window.activeNotebookEditor.selection = range;
    vscode.window.activeNotebookEditor.revealRange(range, vscode.NotebookEditorRevealType.AtTop);
  }, index);
  const boxes = await settled(async () => {
    const row = (at) => code.page.locator(`.notebookOverlay .monaco-list-row[data-index="${at}"]`).first();
    const cell = await box(row(index));
    if (!cell) return [];
    const next = await box(row(index + 1));
    const outputs = await outputBoxes(code.page, cell.y + cell.height - 10, next?.y ?? Infinity);
    return outputOnly ? outputs : [cell, ...outputs];
  });
  if (boxes.length === 0) return false;
  const view = await code.page.locator('.notebookOverlay').first().boundingBox();
  const x = Math.max(view.x, Math.min(...boxes.map((each) => each.x)));
  const y = Math.max(view.y, Math.min(...boxes.map((each) => each.y)));
  const width = Math.min(view.x + view.width, Math.max(...boxes.map((each) => each.x + each.width))) - x;
  const height = Math.min(view.y + view.height, Math.max(...boxes.map((each) => each.y + each.height))) - y;
  if (width < 2 || height < 2) return false;
  await code.page.screenshot({ path, clip: { x, y, width, height } });
  return true;
}

/** The places of the outputs whose top lies in a range of the window. */
async function outputBoxes(page, from, to) {
  const found = [];
  for (const frame of await framesWith(page, '.output_container'))
    for (const container of await frame.locator('.output_container').all()) found.push(await box(container));
  return found.filter((each) => each && each.height > 1 && each.y >= from && each.y < to);
}

const box = (locator) => locator.boundingBox({ timeout: 2000 }).catch(() => null);

/** What `look` finds once it has not changed for half a second: outputs grow while the renderer draws them. */
async function settled(look) {
  let last;
  for (let round = 0, calm = 0; round < 40 && calm < 4; round++) {
    await new Promise((resolve) => setTimeout(resolve, 120));
    const now = JSON.stringify(await look());
    calm = now === last ? calm + 1 : 0;
    last = now;
  }
  return JSON.parse(last);
}

/** The frames of the notebook's outputs that hold an element matching `selector`. */
export async function framesWith(page, selector) {
  const found = [];
  for (const frame of page.frames())
    if (await frame.locator(selector).count().catch(() => 0)) found.push(frame);
  return found;
}
