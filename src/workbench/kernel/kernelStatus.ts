import * as vscode from 'vscode';
import type { KernelState } from './kernelSession';
import type { NotebookKernels } from './notebookKernels';

const ICONS: Record<KernelState, string> = {
  'not started': 'circle-outline',
  starting: 'loading~spin',
  idle: 'circle-large-outline',
  busy: 'circle-large-filled',
  stopped: 'error',
};

/** The state of the kernel of the notebook in front, in the status bar; a click restarts it. */
export function registerKernelStatus(kernels: NotebookKernels): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('kernelState', vscode.StatusBarAlignment.Right, 100);
  item.name = 'TypeScript Kernel';
  item.command = 'attributionLens.restartKernel';
  const update = () => {
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    if (!notebook || !kernels.isSelected(notebook)) return item.hide();
    const state = kernels.state(notebook);
    const message = kernels.progress(notebook)?.message;
    item.text = `$(${ICONS[state]}) TypeScript: ${state}${message ? `, ${message}` : ''}`;
    item.tooltip = state === 'stopped' ? 'The kernel ended; the next cell that runs starts a fresh one.' : 'Restart the kernel';
    item.accessibilityInformation = { label: `TypeScript kernel: ${state}. Press to restart the kernel.` };
    item.show();
  };
  update();
  return vscode.Disposable.from(item, kernels.onDidChange(update), vscode.window.onDidChangeActiveNotebookEditor(update));
}
