import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { CONTROLLER_ID, NOTEBOOK_TYPE } from '../../src/workbench/kernel/kernelSpec';
import { lens, sample, until } from './lens';

let files = 0;

/** A notebook file of code cells in the workspace; `metadata` as in an .ipynb file. */
export async function writeNotebook(cells: readonly string[], metadata: object = { kernelspec: { name: CONTROLLER_ID, language: 'typescript' } }, language = 'typescript'): Promise<vscode.Uri> {
  const uri = sample(`notebook-${Date.now()}-${++files}.ipynb`);
  const content = {
    cells: cells.map((source) => ({ cell_type: 'code', execution_count: null, metadata: { vscode: { languageId: language } }, outputs: [], source })),
    metadata,
    nbformat: 4,
    nbformat_minor: 5,
  };
  await vscode.workspace.fs.writeFile(uri, Buffer.from(JSON.stringify(content)));
  return uri;
}

/** Opens a notebook and shows it. */
export async function open(uri: vscode.Uri): Promise<vscode.NotebookDocument> {
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}

/**
 * Opens a copy of a saved notebook, as it would open after VS Code started again: what tests opened themselves stays
 * in memory for minutes.
 */
export async function openAnew(uri: vscode.Uri): Promise<vscode.NotebookDocument> {
  const copy = uri.with({ path: uri.path.replace(/\.ipynb$/, '-copy.ipynb') });
  await vscode.workspace.fs.copy(uri, copy);
  return open(copy);
}

/** Opens a new notebook of these cells with our kernel selected. */
export async function openNotebook(cells: readonly string[]): Promise<vscode.NotebookDocument> {
  const notebook = await open(await writeNotebook(cells));
  await selectKernel(notebook);
  return notebook;
}

export async function selectKernel(notebook: vscode.NotebookDocument): Promise<void> {
  const { kernels } = await lens();
  await until('the kernel', async () => {
    await vscode.commands.executeCommand('notebook.selectKernel', { id: CONTROLLER_ID, extension: 'attribution-lens.attribution-lens' });
    return kernels.isSelected(notebook);
  });
}

/** Runs cells, all when none are named; resolves when they have ended or been skipped. */
export async function run(notebook: vscode.NotebookDocument, first = 0, last = notebook.cellCount - 1): Promise<void> {
  assert.equal(notebook.notebookType, NOTEBOOK_TYPE);
  const cells = notebook.getCells(new vscode.NotebookRange(first, last + 1));
  const before = cells.map(({ executionSummary }) => executionSummary?.timing?.endTime);
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: first, end: last + 1 }], document: notebook.uri });
  // What has been written reaches the notebook a moment later, and then that the cell has ended.
  await until('the end of the cells', () => {
    for (const [index, { executionSummary }] of cells.entries()) {
      const end = executionSummary?.timing?.endTime;
      if (end === undefined || end === before[index]) return false;
      if (!executionSummary?.success) return true;
    }
    return true;
  });
}

/** The text of an item of a cell's outputs, by its type. */
export function textOf(cell: vscode.NotebookCell, mime: string): string | undefined {
  const items = cell.outputs.flatMap((output) => output.items).filter((item) => item.mime === mime);
  return items.length > 0 ? items.map(({ data }) => new TextDecoder().decode(data)).join('') : undefined;
}

/** The error that a cell shows. */
export function errorOf(cell: vscode.NotebookCell): { name: string; message: string; stack: string } | undefined {
  const text = textOf(cell, 'application/vnd.code.notebook.error');
  return text === undefined ? undefined : (JSON.parse(text) as { name: string; message: string; stack: string });
}
export const STDOUT = 'application/vnd.code.notebook.stdout';
export const STDERR = 'application/vnd.code.notebook.stderr';

/** Changes the code of a cell. */
export async function setCode(cell: vscode.NotebookCell, code: string): Promise<void> {
  const { document } = cell;
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length)), code);
  assert.ok(await vscode.workspace.applyEdit(edit));
}
