import * as vscode from 'vscode';
import type { PythonArgument } from '../../protocol/python';
import { ask, LEFT } from '../commands/ask';
import type { Messages } from '../commands/messages';
import { pickMethod } from '../commands/methodPicker';
import { attributionCode, type PythonCall } from './attributionCode';
import type { EndpointProcess } from './endpointProcess';
import type { PythonKernels } from './pythonKernels';
import { choicesOf } from './pythonMethods';
import { callOf, type WrittenArgument } from './pythonSource';

const TITLE = 'Attribute Selection';

/** Whether what is selected in a Python script is the call of a model, as far as code shows it. */
export function isModelCall({ document, selection }: vscode.TextEditor): boolean {
  const call = document.languageId === 'python' ? callOf(document.getText(selection)) : undefined;
  return call !== undefined && call.arguments.length > 0;
}

/**
 * Attributes the call of a model that is selected in a script: Captum's code for it is inserted below as a cell, and runs
 * in the interactive window where Jupyter is installed.
 *
 * @param attributeLanguage attributes the language of the text, which can be meant too.
 */
export async function attributePythonScript(editor: vscode.TextEditor, python: PythonKernels, endpoint: EndpointProcess, messages: Messages, attributeLanguage: () => Promise<void>): Promise<void> {
  const expression = editor.document.getText(editor.selection).trim();
  const call = callOf(expression);
  if (!call) return attributeLanguage();
  const meant = await ask({ placeholder: 'What to attribute', items: [{ label: `The output of ${call.model}`, description: 'to its inputs, in Python', value: 'model' }, { label: 'The language of the text', description: 'to its tokens', value: 'text' }] }, TITLE);
  if (meant === LEFT) return;
  if (meant === 'text') return attributeLanguage();
  const starred = call.arguments.find(({ text }) => text.startsWith('*'));
  if (starred) {
    messages.show('error', `What '${starred.text}' holds is known only where it runs: run the script in the interactive window, and attribute the call there, or write its arguments one by one.`);
    return;
  }
  await endpoint.listen();
  const methods = choicesOf(await endpoint.request('methods', {}), {});
  const picked = await pickMethod({ ...methods, methods: methods.methods.filter(({ unavailable }) => unavailable === undefined) }, `${TITLE}: ${expression.slice(0, 40)}`, (reason) => messages.show('information', reason));
  if (picked === LEFT) return;
  const code = attributionCode(writtenCall(call, editor.document.getText()), picked);
  const copy = { label: 'Copy Code', run: () => vscode.env.clipboard.writeText(code) };
  if (python.jupyter.isInstalled) await insertBelow(editor, code, true);
  else messages.show('information', `The Jupyter extension would run the attribution of ${expression.slice(0, 40)} in the interactive window; it is not installed.`, { label: 'Insert Code', run: () => insertBelow(editor, code, false) }, copy);
}

/** A call as its code tells: its first argument is attributed, and everything that is no constant goes with that. */
function writtenCall({ model, arguments: written, behind }: NonNullable<ReturnType<typeof callOf>>, script: string): PythonCall {
  const [first, ...rest] = written;
  if (behind === '' && written.every(({ keyword }) => keyword === undefined)) return { model, inputs: [first.text], arguments: rest.map(({ text }) => text) };
  const roleOf = (argument: WrittenArgument): PythonArgument['role'] => (argument === first ? 'input' : CONSTANT.test(argument.text) ? 'constant' : 'tensor');
  const all = written.map((argument): PythonArgument => ({ keyword: argument.keyword ?? null, parameter: null, text: argument.text, role: roleOf(argument) }));
  const tensors = all.filter(({ role }) => role === 'tensor').map(({ text }) => text);
  return { model, inputs: [first.text], arguments: tensors, wrapped: { name: freeName(script), arguments: all, scores: behind } };
}

const CONSTANT = /^(True|False|None|[-+]?[\d.]+(e[-+]?\d+)?|'[^']*'|"[^"]*")$/;

/** A name that a script does not contain. */
function freeName(script: string): string {
  let name = 'forward_func';
  for (let number = 2; new RegExp(`\\b${name}\\b`).test(script); number++) name = `forward_func_${number}`;
  return name;
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
