import * as vscode from 'vscode';
import { ask, LEFT } from '../commands/ask';
import type { Messages } from '../commands/messages';
import { pickMethod } from '../commands/methodPicker';
import type { Services } from '../commands/services';
import { attributionCode } from './attributionCode';
import type { PythonKernels } from './pythonKernels';
import { choicesOf } from './pythonMethods';
import { callOf } from './pythonSource';

const TITLE = 'Attribute Selection';

/** Whether what is selected in a Python script is the call of a model, as far as code shows it. */
export function isModelCall({ document, selection }: vscode.TextEditor): boolean {
  const call = document.languageId === 'python' ? callOf(document.getText(selection)) : undefined;
  return call !== undefined && call.arguments.length > 0 && call.arguments.every((argument) => !/^\w+\s*=[^=]/.test(argument));
}

/**
 * Attributes the call of a model that is selected in a script: Captum's code for it is inserted below as a cell, and runs
 * in the interactive window where Jupyter is installed.
 *
 * @param attributeLanguage attributes the language of the text, which can be meant too.
 */
export async function attributePythonScript(editor: vscode.TextEditor, python: PythonKernels, services: Services, messages: Messages, attributeLanguage: () => Promise<void>): Promise<void> {
  const expression = editor.document.getText(editor.selection).trim();
  const call = callOf(expression);
  if (!call) return attributeLanguage();
  const meant = await ask({ placeholder: 'What to attribute', items: [{ label: `The output of ${call.model}`, description: 'to its inputs, in Python', value: 'model' }, { label: 'The language of the text', description: 'to its tokens', value: 'text' }] }, TITLE);
  if (meant === LEFT) return;
  if (meant === 'text') return attributeLanguage();
  await services.endpoint.listen();
  const methods = choicesOf(await services.endpoint.request('methods', {}), {});
  const picked = await pickMethod({ ...methods, methods: methods.methods.filter(({ unavailable }) => unavailable === undefined) }, `${TITLE}: ${expression.slice(0, 40)}`, (reason) => messages.show('information', reason));
  if (picked === LEFT) return;
  const code = attributionCode({ model: call.model, inputs: call.arguments.slice(0, 1), arguments: call.arguments.slice(1) }, picked);
  const copy = { label: 'Copy Code', run: () => vscode.env.clipboard.writeText(code) };
  if (python.jupyter.isInstalled) await insertBelow(editor, code, true);
  else messages.show('information', `The Jupyter extension would run the attribution of ${expression.slice(0, 40)} in the interactive window; it is not installed.`, { label: 'Insert Code', run: () => insertBelow(editor, code, false) }, copy);
}

async function insertBelow(editor: vscode.TextEditor, code: string, run: boolean): Promise<void> {
  const { document, selection } = editor;
  const line = selection.end.line + 1;
  const atEnd = line >= document.lineCount;
  const cell = `# %%\n${code}\n`;
  const at = atEnd ? document.lineAt(document.lineCount - 1).range.end : new vscode.Position(line, 0);
  await editor.edit((edit) => edit.insert(at, atEnd ? `\n${cell}` : cell));
  editor.selection = new vscode.Selection(new vscode.Position(line, 0), new vscode.Position(line + cell.split('\n').length - 1, 0));
  if (run) await vscode.commands.executeCommand('jupyter.execSelectionInteractive');
}
