import * as vscode from 'vscode';
import { OUTPUT_MIME, type AttributionBundle } from '../../protocol/output';
import { attributionItems } from '../kernel/outputs';

/**
 * Puts a newer result in place of the output that shows it, in a notebook whose kernel is not ours: the cell is written
 * anew with its other outputs as they are. Resolves with false if the output is gone.
 */
export async function replaceSavedOutput(notebook: vscode.NotebookDocument, bundle: AttributionBundle): Promise<boolean> {
  for (const cell of notebook.getCells()) {
    const position = cell.outputs.findIndex((output) => shownBy(output) === bundle.output.id);
    if (position < 0) continue;
    const old = cell.outputs[position];
    const others = old.items.filter(({ mime }) => ![OUTPUT_MIME, 'image/png', 'text/plain'].includes(mime));
    const replaced = new vscode.NotebookCellOutput([...attributionItems(bundle), ...others], old.metadata);
    const data = new vscode.NotebookCellData(cell.kind, cell.document.getText(), cell.document.languageId);
    data.metadata = cell.metadata;
    data.executionSummary = cell.executionSummary;
    data.outputs = cell.outputs.map((output, index) => (index === position ? replaced : output));
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [vscode.NotebookEdit.replaceCells(new vscode.NotebookRange(cell.index, cell.index + 1), [data])]);
    return vscode.workspace.applyEdit(edit);
  }
  return false;
}

/** The id of the attribution that an output shows. */
function shownBy({ items }: vscode.NotebookCellOutput): string | undefined {
  const item = items.find(({ mime }) => mime === OUTPUT_MIME);
  if (!item) return undefined;
  try {
    const { id } = JSON.parse(new TextDecoder().decode(item.data)) as { id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
