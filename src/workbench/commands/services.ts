import type * as vscode from 'vscode';
import type { EngineRequests } from '../../protocol/engine';
import type { KernelRequests } from '../../protocol/kernel';
import type { AttributionBundle } from '../../protocol/output';
import type { JobProgress } from '../../protocol/renderer';
import type { EndpointProcess } from '../python/endpointProcess';

/** Methods of a process by name, with what they take and return. */
type Methods<R> = { [K in keyof R]: { params: unknown; result: unknown } };

/** A process that answers typed requests. */
export interface Requester<R extends Methods<R>> {
  /**
   * Resolves with the result, or rejects with a `LensError` of the process; with `cancelled` after the signal was
   * aborted, with `engine-stopped` when the process ended before it answered.
   */
  request<K extends keyof R>(
    method: K,
    params: R[K]['params'],
    options?: { onProgress?: (progress: JobProgress) => void; signal?: AbortSignal },
  ): Promise<R[K]['result']>;
}

/** What the commands need of the notebook kernel. */
export interface KernelAccess {
  /** Whether our kernel is the one that runs a notebook. */
  isSelected(notebook: vscode.NotebookDocument): boolean;
  /** The live session of a notebook; undefined before its first cell ran and after its kernel stopped. */
  session(notebook: vscode.NotebookDocument): Requester<KernelRequests> | undefined;
  /** Appends an attribution to the outputs of a cell, below those that it has. */
  appendOutput(cell: vscode.NotebookCell, bundle: AttributionBundle): Promise<void>;
  /** Ends the process of a notebook's session and starts a fresh one. */
  restart(notebook: vscode.NotebookDocument): Promise<void>;
}

/** What the commands work with; made once by `activate`. */
export interface Services {
  context: vscode.ExtensionContext;
  /** The engine process of this window. */
  engine: Requester<EngineRequests> & { restart(): Promise<void> };
  kernels: KernelAccess;
  /** The engine process that serves Python. */
  endpoint: EndpointProcess;
  log: vscode.LogOutputChannel;
}
