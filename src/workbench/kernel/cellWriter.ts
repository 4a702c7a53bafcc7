import * as vscode from 'vscode';
import type { CellEvent } from '../../protocol/kernel';
import { attributionOutput, displayOutput, errorOutput } from './outputs';

type StreamKind = 'stdout' | 'stderr';

/** VS Code shows no more outputs of a cell than this. */
const MAX_OUTPUTS = 500;

/** Writes what a cell produces beneath it, in order. */
export class CellWriter {
  private stream: { kind: StreamKind; output: vscode.NotebookCellOutput } | undefined;
  private count: number;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param fresh whether the outputs of the last run go when the first one of this run comes; until then they stay, and
   * they stay altogether when the run is interrupted or its kernel ends before there is anything else.
   */
  constructor(
    private readonly execution: vscode.NotebookCellExecution,
    private fresh: boolean,
  ) {
    this.count = fresh ? 0 : execution.cell.outputs.length;
  }

  write(event: CellEvent): void {
    switch (event.kind) {
      case 'stdout':
      case 'stderr':
        return this.writeText(event.kind, event.text);
      case 'attribution':
        return this.add(attributionOutput(event.bundle));
      case 'display':
        return this.add(displayOutput(event.items));
      case 'error':
        return this.writeError(event, event.name === 'Interrupted');
    }
  }

  /** @param keepsOutputs whether the outputs of the last run stay, if nothing has replaced them yet. */
  writeError(error: { name: string; message: string; stack: string }, keepsOutputs: boolean): void {
    if (keepsOutputs) this.fresh = false;
    this.add(errorOutput(error));
  }

  /** Waits until everything is written; outputs of the last run go if none has come. */
  async finish(): Promise<void> {
    if (this.fresh) this.enqueue(() => this.execution.clearOutput());
    this.fresh = false;
    await this.last;
  }

  private writeText(kind: StreamKind, text: string): void {
    const item = kind === 'stdout' ? vscode.NotebookCellOutputItem.stdout(text) : vscode.NotebookCellOutputItem.stderr(text);
    if (this.stream?.kind === kind) {
      const { output } = this.stream;
      this.enqueue(() => this.execution.appendOutputItems(item, output));
      return;
    }
    const output = new vscode.NotebookCellOutput([item]);
    this.add(output);
    this.stream = { kind, output };
  }

  private add(output: vscode.NotebookCellOutput): void {
    this.stream = undefined;
    if (++this.count > MAX_OUTPUTS) return;
    if (this.fresh) this.enqueue(() => this.execution.replaceOutput(output));
    else this.enqueue(() => this.execution.appendOutput(output));
    this.fresh = false;
  }

  private enqueue(step: () => Thenable<void>): void {
    this.last = this.last.then(step).catch(() => {
      // The cell was deleted, or its notebook closed, while it ran.
    });
  }
}
