import type * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { KernelRequests } from '../../protocol/kernel';
import type { Requester } from '../commands/services';

/** The sessions behind the cells that are open. */
export interface LiveCells {
  session(notebook: vscode.NotebookDocument): Requester<KernelRequests> | undefined;
  /** The cell that a document belongs to, if our kernel is the one chosen for its notebook. */
  cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined;
}

/** The session of a cell, for questions that only an idle kernel answers. */
export interface LiveCell {
  cell: vscode.NotebookCell;
  /** The answer; undefined when it did not come in time, was no longer wanted, or failed. */
  ask<K extends keyof KernelRequests>(method: K, params: KernelRequests[K]['params'], milliseconds: number, token: vscode.CancellationToken): Promise<KernelRequests[K]['result'] | undefined>;
}

/** The live session behind a cell's document. */
export function liveCell(kernels: LiveCells, document: vscode.TextDocument): LiveCell | undefined {
  const cell = kernels.cellOf(document);
  const session = cell && kernels.session(cell.notebook);
  if (!cell || !session) return undefined;
  return {
    cell,
    async ask(method, params, milliseconds, token) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), milliseconds);
      const listener = token.onCancellationRequested(() => controller.abort());
      try {
        return await session.request(method, params, { signal: controller.signal });
      } catch (error) {
        if (error instanceof LensError) return undefined;
        throw error;
      } finally {
        clearTimeout(timer);
        listener.dispose();
      }
    },
  };
}
