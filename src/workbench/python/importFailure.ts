import * as vscode from 'vscode';
import type { MessageAction } from '../commands/messages';

const ERROR_MIME = 'application/vnd.code.notebook.error';

/** The first cell of a notebook that shows that the package could not be imported. */
export function importFailed(notebook: vscode.NotebookDocument): vscode.NotebookCell | undefined {
  return notebook.getCells().find(failedToImport);
}

/** A button that runs a cell again. */
export const runAgain = (cell: vscode.NotebookCell): MessageAction => ({
  label: 'Run Cell Again',
  run: () => vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri }),
});

/** Whether a cell shows that the package could not be imported. */
export function failedToImport({ outputs }: vscode.NotebookCell): boolean {
  return outputs.some(({ items }) => items.some(({ mime, data }) => mime === ERROR_MIME && /No module named '?attribution_lens/.test(new TextDecoder().decode(data))));
}
