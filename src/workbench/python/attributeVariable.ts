import * as vscode from 'vscode';
import type { Messages } from '../commands/messages';
import type { Services } from '../commands/services';
import { attributePython } from './attributePython';
import { isPython, type PythonKernels } from './pythonKernels';

/** What Jupyter gives of a variable of its view, as far as it is used. */
interface JupyterVariable {
  name: string;
  /** The notebook or script. */
  fileName?: { path: string };
}

/** Attributes a variable of Jupyter's view of variables, below the selected cell of its notebook. */
export async function attributeVariable(argument: unknown, python: PythonKernels, services: Services, messages: Messages): Promise<void> {
  const variable = argument as Partial<JupyterVariable> | undefined;
  const editors = vscode.window.visibleNotebookEditors.filter(({ notebook }) => isPython(notebook));
  const named = editors.find(({ notebook }) => notebook.uri.path === variable?.fileName?.path);
  const editor = named ?? editors.find((each) => each === vscode.window.activeNotebookEditor) ?? editors[0];
  if (typeof variable?.name !== 'string' || !editor || editor.notebook.cellCount === 0) {
    messages.show('error', 'Open the notebook of the variable, then choose Attribute in the view of its variables.');
    return;
  }
  const { notebook, selection } = editor;
  const cell = notebook.cellAt(Math.min(Math.max(selection.end - 1, 0), notebook.cellCount - 1));
  await attributePython({ kind: 'python', cell, asked: { cell: cell.document.uri.toString(), expression: variable.name } }, python, services, messages);
}
