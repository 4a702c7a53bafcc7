import * as vscode from 'vscode';
import { NOTEBOOK_TYPE, OUR_METADATA } from './kernelSpec';

/** Opens an untitled notebook for our kernel, with these cells of code. */
export async function newNotebook(cells: readonly string[] = ['']): Promise<vscode.NotebookDocument> {
  const data = new vscode.NotebookData(cells.map((code) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'typescript')));
  data.metadata = { metadata: OUR_METADATA, nbformat: 4, nbformat_minor: 5 };
  const notebook = await vscode.workspace.openNotebookDocument(NOTEBOOK_TYPE, data);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}
