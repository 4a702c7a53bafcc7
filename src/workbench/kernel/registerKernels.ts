import * as vscode from 'vscode';
import type { Algorithms } from '../algorithms';
import { registerTensorHover } from '../hovers/tensorHover';
import type { EndpointProcess } from '../python/endpointProcess';
import { registerRendererMessaging } from '../rendererMessaging';
import { registerCompletions } from './completions';
import { registerKernelStatus } from './kernelStatus';
import { newNotebook } from './newNotebook';
import { NotebookKernels } from './notebookKernels';

/** Registers the notebook kernel and all that speaks of its sessions. */
export function registerKernels(context: vscode.ExtensionContext, endpoint: EndpointProcess, log: vscode.LogOutputChannel, algorithms: Algorithms): NotebookKernels {
  const kernels = new NotebookKernels(context, log, algorithms);
  context.subscriptions.push(
    kernels,
    registerCompletions(kernels),
    registerTensorHover(kernels),
    registerKernelStatus(kernels),
    registerRendererMessaging(kernels, endpoint, log),
    vscode.commands.registerCommand('attributionLens.newNotebook', () => newNotebook()),
    vscode.commands.registerCommand('attributionLens.restartKernel', (argument: unknown) => restart(kernels, argument)),
  );
  return kernels;
}

/** @param argument what the notebook's toolbar gives: an object with the notebook's URI. */
async function restart(kernels: NotebookKernels, argument: unknown): Promise<void> {
  const uri = (argument as { notebookEditor?: { notebookUri?: vscode.Uri } } | undefined)?.notebookEditor?.notebookUri;
  const named = uri && vscode.workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === uri.toString());
  const notebook = named ?? vscode.window.activeNotebookEditor?.notebook;
  if (!notebook || !kernels.isSelected(notebook)) {
    void vscode.window.showInformationMessage('Open a notebook that runs with the kernel TypeScript (Attribution Lens) to restart its kernel.');
    return;
  }
  if (kernels.state(notebook) === 'not started') {
    void vscode.window.showInformationMessage('The kernel has not started yet: it starts with the first cell that runs.');
    return;
  }
  try {
    await kernels.restart(notebook);
  } catch (error) {
    void vscode.window.showErrorMessage(`The kernel could not be restarted: ${error instanceof Error ? error.message : String(error)}`);
  }
}
