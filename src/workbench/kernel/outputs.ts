import * as vscode from 'vscode';
import type { CellEvent, DisplayItem } from '../../protocol/kernel';
import { OUTPUT_MIME, type AttributionBundle } from '../../protocol/output';

/** An attribution as one output of a cell: ours, the picture for every other viewer, and the sentence. */
export function attributionOutput(bundle: AttributionBundle): vscode.NotebookCellOutput {
  const { id } = bundle.output;
  // The nested metadata is what an .ipynb file keeps.
  return new vscode.NotebookCellOutput(attributionItems(bundle), { outputType: 'display_data', outputId: id, metadata: { outputId: id } });
}

export function attributionItems({ output, png }: AttributionBundle): vscode.NotebookCellOutputItem[] {
  return [
    // NotebookCellOutputItem.json would print it with indentation, a third larger.
    new vscode.NotebookCellOutputItem(Buffer.from(JSON.stringify(output)), OUTPUT_MIME),
    new vscode.NotebookCellOutputItem(png, 'image/png'),
    vscode.NotebookCellOutputItem.text(output.summary),
  ];
}

export function displayOutput(items: readonly DisplayItem[]): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput(items.map(({ mime, text, bytes }) => new vscode.NotebookCellOutputItem(bytes ?? Buffer.from(text ?? ''), mime)));
}

export function errorOutput({ name, message, stack }: Omit<Extract<CellEvent, { kind: 'error' }>, 'kind'>): vscode.NotebookCellOutput {
  return new vscode.NotebookCellOutput([vscode.NotebookCellOutputItem.error({ name, message, stack })]);
}

/** The id of the attribution that an output shows. */
export function outputIdOf(output: vscode.NotebookCellOutput): string | undefined {
  const metadata = output.metadata as { outputId?: unknown; metadata?: { outputId?: unknown } } | undefined;
  const id = metadata?.outputId ?? metadata?.metadata?.outputId;
  return typeof id === 'string' ? id : undefined;
}

/** The output of a notebook that shows an attribution, and its cell. */
export function findOutput(notebook: vscode.NotebookDocument, id: string): { cell: vscode.NotebookCell; output: vscode.NotebookCellOutput } | undefined {
  for (const cell of notebook.getCells()) {
    const output = cell.outputs.find((candidate) => outputIdOf(candidate) === id);
    if (output) return { cell, output };
  }
  return undefined;
}
