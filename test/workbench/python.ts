import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { textOf, writeNotebook } from './notebooks';
import { lens, messageOf, until } from './lens';

export { lens, until };

export const PYTHON_KERNEL = { id: 'python3', extension: 'ms-toolsai.jupyter' };
const METADATA = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } };

/** What the test-only Jupyter extension lets tests set and see. */
export interface JupyterTest {
  consent: 'ask' | 'allow' | 'deny';
  /** How often the user was asked. */
  questions: number;
  /** The code that extensions ran. */
  silent: string[];
  forget(): void;
}

/** Skips the tests of a suite where there is no Jupyter, which is loaded where Python has ipykernel and torch. */
export function needsPython(this: Mocha.Context): void {
  if (vscode.extensions.getExtension(PYTHON_KERNEL.extension)) return;
  (this as { lacks?: string }).lacks = 'Python (no ipykernel with torch)';
  this.skip();
}

export async function jupyter(): Promise<JupyterTest> {
  const extension = vscode.extensions.getExtension<{ test: JupyterTest }>(PYTHON_KERNEL.extension);
  assert.ok(extension);
  return (await extension.activate()).test;
}

/** Opens a new notebook of Python cells, with the kernel of the test-only Jupyter extension selected. */
export async function openPython(...cells: string[]): Promise<vscode.NotebookDocument> {
  await jupyter();
  const notebook = await vscode.workspace.openNotebookDocument(await writeNotebook(cells, METADATA, 'python'));
  await vscode.window.showNotebookDocument(notebook);
  await vscode.commands.executeCommand('notebook.selectKernel', PYTHON_KERNEL);
  return notebook;
}

/** Runs a cell of Python, and waits until it has ended. */
export async function runPython(cell: vscode.NotebookCell): Promise<void> {
  const before = cell.executionSummary?.timing?.endTime;
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri });
  await until('the end of the cell', () => cell.executionSummary?.success !== undefined && cell.executionSummary.timing?.endTime !== before);
}

/** Lets the extension use kernels, as a user who agrees; every suite can come first. */
export async function connect(): Promise<void> {
  const { consent } = await jupyter();
  const { python } = (await lens()).commands;
  if (python.isAllowed) return;
  (await jupyter()).consent = 'allow';
  (await jupyter()).forget();
  const explained = await messageOf(async () => vscode.commands.executeCommand('attributionLens.connectPythonKernel'));
  await messageOf(() => Promise.resolve(explained.actions[0].run()));
  (await jupyter()).consent = consent;
}

/** What a cell printed. */
export const printed = (cell: vscode.NotebookCell): string | undefined => textOf(cell, 'application/vnd.code.notebook.stdout');
