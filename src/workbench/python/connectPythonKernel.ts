import * as os from 'node:os';
import * as vscode from 'vscode';
import type { PythonKernelFacts } from '../../protocol/python';
import type { MessageAction, Messages } from '../commands/messages';
import { requireTrust } from '../trust/trust';
import { isDenied, JUPYTER_ID, type Kernel } from './jupyter';
import { isPython, type PythonKernels } from './pythonKernels';
import { importFailed, runAgain } from './importFailure';

const TITLE = 'Connect Python Kernel';

/**
 * Connects the Python kernel of a notebook. Says what will happen before Jupyter asks for access, unless the user has
 * given it already.
 *
 * @param then what follows when it is connected, in place of saying so.
 */
export async function connectPythonKernel(python: PythonKernels, messages: Messages, notebook = activeNotebook(), then?: () => unknown): Promise<void> {
  if (!requireTrust(TITLE, messages)) return;
  if (!notebook) {
    messages.show('error', 'Open a notebook with Python cells, run one of them, and connect its kernel then.', {
      label: 'Open Python Sample',
      run: () => vscode.commands.executeCommand('attributionLens.openSample', 'captum-talk-python.ipynb'),
    });
    return;
  }
  if (!python.jupyter.isInstalled) {
    messages.show('error', 'Python kernels need the Jupyter extension, which is not installed. In scripts and other notebooks, install the package: pip install of the folder media/python of this extension.', {
      label: 'Show Jupyter Extension',
      run: () => vscode.commands.executeCommand('extension.open', JUPYTER_ID),
    });
    return;
  }
  const kernel = await python.jupyter.kernelOf(notebook.uri, true);
  if (!kernel) {
    messages.show('error', 'The kernel of this notebook has not started yet: run a cell, then connect it.');
    return;
  }
  if (kernel.language !== 'python') {
    messages.show('error', `The kernel of this notebook runs ${kernel.language}, not Python.`);
    return;
  }
  const connect = () => connectNow(python, messages, kernel, notebook, then);
  if (python.isAllowed) return connect();
  messages.show(
    'information',
    'Jupyter asks next whether Attribution Lens may run code in Python kernels. It makes the package attribution_lens importable in this kernel and in those that start later, tells them where the engine of this window listens on this machine, and reads variables for hovers. It changes no variable.',
    { label: 'Continue', run: connect },
  );
}

async function connectNow(python: PythonKernels, messages: Messages, kernel: Kernel, notebook: vscode.NotebookDocument, then?: () => unknown): Promise<void> {
  let facts: PythonKernelFacts;
  try {
    facts = await python.connect(kernel);
  } catch (error) {
    if (!isDenied(error)) throw error;
    messages.show('error', 'Jupyter does not let Attribution Lens run code in kernels. To change that, run "Jupyter: Manage Access To Jupyter Kernels".', {
      label: 'Manage Access',
      run: () => vscode.commands.executeCommand('workbench.action.quickOpen', '>Jupyter: Manage Access To Jupyter Kernels'),
    });
    return;
  }
  const problem = problemOf(facts);
  if (problem) {
    messages.show('error', problem);
    return;
  }
  if (then) {
    await then();
    return;
  }
  const failed = importFailed(notebook);
  const again: MessageAction[] = failed ? [runAgain(failed)] : [];
  messages.show('information', `The kernel is connected: Python ${facts.python}${facts.torch ? `, PyTorch ${facts.torch}` : ''}. "from attribution_lens.attr import IntegratedGradients" works in its cells.`, ...again);
}

/** Why a connected kernel cannot use the engine, with what to do. */
export function problemOf({ problem, host }: PythonKernelFacts): string | undefined {
  if (problem === null) return undefined;
  if (problem === 'elsewhere') {
    return `The kernel runs on '${host}', which does not have the files of this machine ('${os.hostname()}'): the engine listens on this machine alone. Open '${host}' with Remote - SSH, or install the package there with pip and set ATTRIBUTION_LENS_ENGINE to an endpoint.js of this extension.`;
  }
  return `The kernel on '${host}' cannot reach the engine, which listens on this machine's loopback alone: ${problem}.`;
}

function activeNotebook(): vscode.NotebookDocument | undefined {
  const active = vscode.window.activeNotebookEditor?.notebook ?? vscode.window.visibleNotebookEditors[0]?.notebook;
  return active && isPython(active) ? active : undefined;
}
