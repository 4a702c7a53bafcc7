import * as vscode from 'vscode';
import type { TokenDecorations } from '../decorations/tokenDecorations';
import type { AttributionPanels } from '../panel/attributionPanels';
import { attributeCell } from './attributeCell';
import { attributeImage, chooseImage } from './attributeImage';
import { attributeText } from './attributeText';
import type { Messages } from './messages';
import { attributePython } from '../python/attributePython';
import { attributePythonScript, isModelCall } from '../python/attributePythonScript';
import type { PythonKernels } from '../python/pythonKernels';
import type { Services } from './services';
import { findSubject } from './subject';

/** Attributes what the command was invoked on: an expression of a notebook cell, a text, or an image file. */
export async function attributeSelection(argument: unknown, services: Services, messages: Messages, panels: AttributionPanels, decorations: TokenDecorations, python: PythonKernels): Promise<void> {
  const subject = findSubject(argument);
  switch (subject?.kind) {
    case 'cell':
      return attributeCell(subject, services, messages);
    case 'python':
      return attributePython(subject, python, services, messages);
    case 'text': {
      const { editor } = subject;
      const asText = () => attributeText(editor, services, messages, panels, decorations);
      return isModelCall(editor) ? attributePythonScript(editor, python, services.endpoint, messages, asText) : asText();
    }
    case 'image':
      return attributeImage(subject.uri, services, messages, panels);
    case 'foreignCell': {
      const { cell, editor } = subject;
      const asText = editor && { label: 'Attribute Its Language', run: () => attributeText(editor, services, messages, panels, decorations) };
      const kind = cell.kind === vscode.NotebookCellKind.Markup ? 'text' : cell.document.languageId;
      messages.show('error', `Values can be attributed in TypeScript and JavaScript cells and in those of Python, and this is a ${kind} cell.`, ...(asText ? [asText] : []));
      return;
    }
    default:
      messages.show(
        'error',
        'There is nothing to attribute here: select text in an editor, put the cursor on a value in a TypeScript or Python cell of a notebook, or open an image.',
        { ...chooseImage((uri) => attributeImage(uri, services, messages, panels)), label: 'Choose Image…' },
      );
  }
}
