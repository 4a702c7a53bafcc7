// The part of the Jupyter extension that other extensions see, over real IPython kernels: notebooks and the interactive window with
// a Python kernel, and the API of @vscode/jupyter-extension with its rules: no kernel before a cell ran, consent before the first
// code of an extension.
const path = require('node:path');
const vscode = require('vscode');
const { KernelProcess } = require('./kernelProcess.cjs');
const { outputOf, itemsOf } = require('./outputs.cjs');

/** What tests can set and see. `consent` is the answer to the question, or `ask` to show it. */
const test = { consent: 'ask', questions: 0, silent: [] };

/** The kernels by the notebook or interactive window that they belong to. */
const kernels = new Map();
let allowed;
/** The interactive window that opened last, in which scripts run. */
let interactiveWindow;

const INTERACTIVE = 'python3-interactive';

exports.activate = (context) => {
  context.subscriptions.push(
    controller('python3', 'jupyter-notebook'),
    controller(INTERACTIVE, 'interactive'),
    vscode.commands.registerCommand('jupyter.createnewinteractive', openInteractive),
    vscode.commands.registerCommand('jupyter.execSelectionInteractive', runSelection),
    vscode.commands.registerCommand('jupyter.restartkernel', (uri) => kernels.get(uri.toString())?.restart()),
    vscode.workspace.onDidCloseNotebookDocument(({ uri }) => close(uri.toString())),
    { dispose: () => [...kernels.keys()].forEach(close) },
  );
  return { kernels: { getKernel: async (uri) => wrapped(kernels.get(uri.toString())) }, test };
};

function controller(id, notebookType) {
  const made = vscode.notebooks.createNotebookController(id, notebookType, 'Python 3 (ipykernel)');
  made.supportedLanguages = ['python'];
  made.supportsExecutionOrder = true;
  let queue = Promise.resolve();
  made.executeHandler = (cells, notebook) => {
    queue = queue.then(() => runCells(made, cells, notebook)).catch((error) => console.error(error));
  };
  made.interruptHandler = (notebook) => kernels.get(notebook.uri.toString())?.interrupt();
  return made;
}

function close(key) {
  kernels.get(key)?.stop();
  kernels.delete(key);
}

async function kernelOf(uri) {
  const key = uri.toString();
  if (!kernels.has(key)) kernels.set(key, new KernelProcess(uri.scheme === 'file' ? path.dirname(uri.fsPath) : process.cwd()));
  const kernel = kernels.get(key);
  await kernel.ready;
  return kernel;
}

async function runCells(controller, cells, notebook) {
  let failed = false;
  for (const cell of cells) {
    const execution = controller.createNotebookCellExecution(cell);
    execution.start(Date.now());
    if (failed) {
      execution.end(undefined);
      continue;
    }
    await execution.clearOutput();
    const kernel = await kernelOf(notebook.uri);
    const displays = new Map();
    const run = kernel.execute(cell.document.getText(), true);
    for await (const message of run.messages) {
      const id = message.content.transient?.display_id;
      if (message.type === 'clear_output') {
        await execution.clearOutput();
      } else if (message.type === 'update_display_data') {
        if (displays.has(id)) await execution.replaceOutputItems(itemsOf(message), displays.get(id));
      } else {
        const output = outputOf(message);
        if (id) displays.set(id, output);
        await execution.appendOutput(output);
      }
    }
    const { status, count } = await run.done;
    execution.executionOrder = count;
    failed = status !== 'ok';
    execution.end(!failed, Date.now());
  }
}

/** Opens an interactive window; resolves with the URIs of its notebook and of its input box. */
async function openInteractive() {
  const opened = await vscode.commands.executeCommand('interactive.open', { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true }, undefined, `ms-toolsai.jupyter/${INTERACTIVE}`);
  interactiveWindow = opened.notebookUri;
  return opened;
}

/** Runs the selected lines of a script in the interactive window, as a cell that is appended to it. */
async function runSelection() {
  const { document, selection } = vscode.window.activeTextEditor;
  const code = document.getText(selection).replace(/^# %%.*\n/, '');
  const isOpen = (uri) => vscode.workspace.notebookDocuments.some((notebook) => notebook.uri.toString() === uri.toString());
  if (!interactiveWindow || !isOpen(interactiveWindow)) await openInteractive();
  const notebook = vscode.workspace.notebookDocuments.find(({ uri }) => uri.toString() === interactiveWindow.toString());
  const index = notebook.cellCount;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(index, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'python')])]);
  await vscode.workspace.applyEdit(edit);
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: index, end: index + 1 }], document: notebook.uri });
}

const wrappers = new WeakMap();

/** A kernel as other extensions get it: nothing before it ran a cell. */
function wrapped(kernel) {
  if (!kernel || kernel.executionCount === 0) return undefined;
  if (!wrappers.has(kernel)) {
    wrappers.set(kernel, Object.freeze({
      language: 'python',
      get status() { return kernel.status; },
      onDidChangeStatus: (listener, self, disposables) => {
        const heard = kernel.onDidChangeStatus((status) => listener.call(self, status));
        disposables?.push(heard);
        return heard;
      },
      executeCode: (code, token) => executeCode(kernel, code, token),
    }));
  }
  return wrappers.get(kernel);
}

async function* executeCode(kernel, code, token) {
  allowed ??= ask();
  const answer = await allowed;
  if (answer === undefined) allowed = undefined;
  if (answer !== true) throw Object.assign(new Error('Access to Jupyter Kernel has been revoked'), { name: 'vscode.jupyter.apiAccessRevoked' });
  test.silent.push(code);
  const run = kernel.execute(code, false);
  const listener = token.onCancellationRequested(() => kernel.interrupt());
  try {
    for await (const message of run.messages) if (message.type !== 'clear_output') yield { items: itemsOf(message), metadata: {} };
    await run.done;
  } finally {
    listener.dispose();
  }
}

async function ask() {
  test.questions++;
  if (test.consent !== 'ask') return test.consent === 'allow';
  const answer = await vscode.window.showInformationMessage(
    'Do you want to grant Kernel access to the extension Attribution Lens (attribution-lens.attribution-lens)?',
    { modal: true, detail: 'This allows the extension to execute code against Jupyter Kernels.' }, 'Allow', 'Deny',
  );
  return answer && answer === 'Allow';
}

test.forget = () => { allowed = undefined; };
