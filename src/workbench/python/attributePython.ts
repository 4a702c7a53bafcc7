import * as vscode from 'vscode';
import type { PythonChoices, PythonRequests, PythonVariable } from '../../protocol/python';
import { ask, LEFT } from '../commands/ask';
import { reportFailure } from '../commands/failures';
import type { Messages } from '../commands/messages';
import { pickMethodAndTarget, type Picked } from '../commands/pickers';
import { withJobProgress } from '../commands/progress';
import type { Services } from '../commands/services';
import type { Subject } from '../commands/subject';
import { requireTrust } from '../trust/trust';
import { attributionCode, type PythonCall } from './attributionCode';
import { connectPythonKernel } from './connectPythonKernel';
import { INTERACTIVE_WINDOW, type PythonKernel, type PythonKernels } from './pythonKernels';
import { choicesOf } from './pythonMethods';

type PythonSubject = Extract<Subject, { kind: 'python' }>;

const TITLE = 'Attribute Selection';

/**
 * Attributes an expression of a Python cell: Captum's code for it appears in a new cell below, and runs; in the interactive
 * window, whose cells are what was run, in one at its end.
 */
export async function attributePython(subject: PythonSubject, python: PythonKernels, services: Services, messages: Messages): Promise<void> {
  if (!requireTrust(TITLE, messages)) return;
  const { cell } = subject;
  const retry = () => attributePython(subject, python, services, messages);
  try {
    if (!python.isAllowed || !python.jupyter.isInstalled) return await connectPythonKernel(python, messages, cell.notebook, retry);
    const kernel = await python.allowedKernel(cell.notebook.uri);
    if (!kernel) {
      const isTyped = subject.editor !== undefined && subject.editor.document !== cell.document;
      if (isTyped) messages.show('error', 'The interactive window has run nothing yet, so there are no values. Run what creates the model and its input, then attribute again.');
      else messages.show('error', `Cell ${cell.index + 1} has not run yet, so its values are unknown. Run the cell, then attribute again.`, { label: 'Run Cell', run: () => runCell(cell) });
      return;
    }
    const code = await chooseCode(subject, kernel, services, messages);
    if (code) await addCell(cell, code);
  } catch (error) {
    reportFailure(error, services, messages, { retry });
  }
}

async function chooseCode(subject: PythonSubject, kernel: PythonKernel, services: Services, messages: Messages): Promise<string | undefined> {
  const read = (request: PythonRequests['choices']['params']) => withJobProgress('Reading what is selected from the Python kernel', () => kernel.ask('choices', request));
  let found = await read(requestOf(subject));
  if (found?.kind === 'model' || found?.kind === 'tensor') {
    const expression = await completeCall(found, messages);
    if (expression === undefined) return undefined;
    found = await read({ expression });
  }
  const call = found && callOf(found);
  if (!found || !call) {
    messages.show('error', `${found?.problem ?? 'There is nothing to attribute here'}.`);
    return undefined;
  }
  await services.endpoint.listen();
  const choices = choicesOf(await services.endpoint.request('methods', {}), found);
  const picked: Picked | undefined = subject.asked ? { method: choices.methods[0]?.name } : await pickMethodAndTarget(choices, `${TITLE}: ${shorten(`${call.model}(${call.inputs.join(', ')})`)}`, messages);
  return picked && attributionCode(call, picked);
}

function requestOf({ asked, cell, editor }: PythonSubject): PythonRequests['choices']['params'] {
  if (asked) return { expression: asked.expression };
  const { document } = editor ?? cell;
  const code = document.getText();
  const end = document.positionAt(code.trimEnd().length);
  const { start: from, end: to } = editor?.selection ?? new vscode.Range(end, end);
  return { code, start: [from.line + 1, from.character], end: [to.line + 1, to.character] };
}

/** The call of a model with an input, of which one is selected and the other is the only one or chosen. */
async function completeCall({ kind, model, inputs = [], variables }: PythonChoices, messages: Messages): Promise<string | undefined> {
  const isModel = kind === 'model';
  const items = (isModel ? variables?.inputs : variables?.models) ?? [];
  if (items.length === 0) {
    messages.show('error', isModel ? `No tensor is in scope to attribute '${model}' to: run the cell that creates its input, then attribute again.` : 'No model is in scope: run the cell that creates the model, then attribute the tensor again.');
    return undefined;
  }
  const chosen = await pickVariable(items, isModel ? 'Input of the model' : 'Model to attribute the tensor with', isModel ? (model ?? '') : inputs[0]);
  if (chosen === undefined) return undefined;
  return isModel ? `${model}(${chosen})` : `${chosen}(${inputs[0]})`;
}

async function pickVariable(variables: readonly PythonVariable[], placeholder: string, of: string): Promise<string | undefined> {
  const items = variables.map(({ variable, description }) => ({ label: variable, description, value: variable }));
  const chosen = await ask({ placeholder, items }, `${TITLE}: ${shorten(of)}`);
  return chosen === LEFT ? undefined : chosen;
}

function callOf({ kind, model, inputs, arguments: rest = [], ...facts }: PythonChoices): PythonCall | undefined {
  return kind === 'call' && model !== undefined && inputs ? { ...facts, model, inputs, arguments: rest } : undefined;
}

/** Puts code into a new cell below, or at the end of the interactive window, and runs it. */
async function addCell({ notebook, index }: vscode.NotebookCell, code: string): Promise<void> {
  const at = notebook.notebookType === INTERACTIVE_WINDOW ? notebook.cellCount : index + 1;
  const edit = new vscode.WorkspaceEdit();
  edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(at, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'python')])]);
  await vscode.workspace.applyEdit(edit);
  const editor = vscode.window.visibleNotebookEditors.find((each) => each.notebook === notebook);
  if (editor) {
    editor.selection = new vscode.NotebookRange(at, at + 1);
    editor.revealRange(editor.selection, vscode.NotebookEditorRevealType.InCenterIfOutsideViewport);
  }
  await runCell(notebook.cellAt(at));
}

const runCell = (cell: vscode.NotebookCell): Thenable<unknown> =>
  vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri });

function shorten(expression: string): string {
  const line = expression.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
