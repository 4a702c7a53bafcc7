import * as vscode from 'vscode';
import type { Messages } from '../commands/messages';
import { connectPythonKernel } from './connectPythonKernel';
import { failedToImport, importFailed, runAgain } from './importFailure';
import { isPython, type PythonKernels } from './pythonKernels';

/** Offers to connect a kernel where a cell failed to import the package, and to run the cell again where it is connected now. */
export function registerOffersToConnect(python: PythonKernels, messages: Messages): vscode.Disposable {
  const told = new WeakMap<vscode.NotebookCell, number | undefined>();
  const changes = vscode.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges }) => {
    if (!isPython(notebook) || python.isAllowed) return;
    const cell = cellChanges.find(({ outputs }) => outputs)?.cell;
    if (!cell || !failedToImport(cell) || told.get(cell) === cell.executionSummary?.executionOrder && told.has(cell)) return;
    told.set(cell, cell.executionSummary?.executionOrder);
    messages.show('information', 'This Python kernel does not know the package attribution_lens yet.', { label: 'Connect Python Kernel', run: () => connectPythonKernel(python, messages, notebook) });
  });
  const connections = python.onDidConnect((notebook) => {
    const failed = importFailed(notebook);
    if (failed) messages.show('information', 'The Python kernel is connected now: attribution_lens can be imported.', runAgain(failed));
  });
  return vscode.Disposable.from(changes, connections);
}
