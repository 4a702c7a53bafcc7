import * as vscode from 'vscode';
import { NOTEBOOK_TYPE, OUR_METADATA } from './kernelSpec';

/** Opens an untitled notebook for our kernel. */
export async function newNotebook(): Promise<vscode.NotebookDocument> {
  const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, '', 'typescript');
  const data = new vscode.NotebookData([cell]);
  data.metadata = { metadata: OUR_METADATA, nbformat: 4, nbformat_minor: 5 };
  const notebook = await vscode.workspace.openNotebookDocument(NOTEBOOK_TYPE, data);
  await vscode.window.showNotebookDocument(notebook);
  return notebook;
}
