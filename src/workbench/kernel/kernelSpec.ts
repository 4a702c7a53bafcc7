import * as vscode from 'vscode';

export const NOTEBOOK_TYPE = 'jupyter-notebook';
export const CONTROLLER_ID = 'attribution-lens-typescript';
export const LANGUAGES = ['typescript', 'javascript'];

/** The metadata of an .ipynb file that says which kernel the notebook was written for. */
interface NotebookMetadata {
  kernelspec?: { name?: string; display_name?: string; language?: string };
  language_info?: { name?: string };
}

/** What notebooks of our kernel carry, so that they find it again. */
export const OUR_METADATA: Required<NotebookMetadata> = {
  kernelspec: { name: CONTROLLER_ID, display_name: 'TypeScript (Attribution Lens)', language: 'typescript' },
  language_info: { name: 'typescript' },
};

/** Whether a notebook was written for our kernel: it says so, or its language is ours, or, where it says nothing, its cells'. */
export function isOurs(notebook: vscode.NotebookDocument): boolean {
  const { kernelspec, language_info: languageInfo } = metadataOf(notebook);
  if (kernelspec?.name === CONTROLLER_ID) return true;
  const language = kernelspec?.language ?? languageInfo?.name;
  if (language) return LANGUAGES.includes(language);
  const code = notebook.getCells().filter(({ kind }) => kind === vscode.NotebookCellKind.Code);
  return code.length > 0 && code.every(({ document }) => LANGUAGES.includes(document.languageId));
}

/** Writes our kernel into a notebook that does not name it. */
export async function markAsOurs(notebook: vscode.NotebookDocument): Promise<void> {
  if (metadataOf(notebook).kernelspec?.name === CONTROLLER_ID) return;
  const edit = new vscode.WorkspaceEdit();
  const metadata = { ...notebook.metadata, metadata: { ...metadataOf(notebook), ...OUR_METADATA } };
  edit.set(notebook.uri, [vscode.NotebookEdit.updateNotebookMetadata(metadata)]);
  await vscode.workspace.applyEdit(edit);
}

function metadataOf(notebook: vscode.NotebookDocument): NotebookMetadata {
  const { metadata } = notebook.metadata as { metadata?: NotebookMetadata };
  return metadata ?? {};
}
