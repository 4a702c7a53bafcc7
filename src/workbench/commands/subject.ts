import * as vscode from 'vscode';

/** The command's argument where a link asks for one expression, as the hover on a tensor does. */
export interface AttributeSelectionArguments {
  /** URI of the cell's document. */
  cell: string;
  expression: string;
  /** The variable of the model, when it is known. */
  model?: string;
}

/** What Attribute Selection is about. */
export type Subject =
  | { kind: 'cell'; cell: vscode.NotebookCell; code: string; offset: number; selection: string; asked?: AttributeSelectionArguments }
  | { kind: 'python'; cell: vscode.NotebookCell; /** Of the cell, or of the input box of its interactive window. */ editor?: vscode.TextEditor; asked?: AttributeSelectionArguments }
  | { kind: 'foreignCell'; cell: vscode.NotebookCell; editor?: vscode.TextEditor }
  | { kind: 'text'; editor: vscode.TextEditor }
  | { kind: 'image'; uri: vscode.Uri };

const CELL_LANGUAGES = new Set(['typescript', 'javascript']);
/** The URI scheme of the input boxes of interactive windows. */
const INTERACTIVE_INPUT = 'vscode-interactive-input';
const IMAGE_EXTENSION = /\.(png|jpe?g)$/i;

/** File name endings of the images that can be attributed, for file dialogs. */
export const IMAGE_FILTER = { Images: ['png', 'jpg', 'jpeg'] };

/**
 * Finds what the command was invoked on, from its first argument (a file of the explorer, a cell of a cell's toolbar,
 * a link's arguments), else from what is active: a cell, a text editor, an image preview.
 */
export function findSubject(argument: unknown): Subject | undefined {
  if (isLinkArguments(argument)) return subjectOfLink(argument);
  if (isCell(argument)) return subjectOfCell(argument);
  if (argument instanceof vscode.Uri && IMAGE_EXTENSION.test(argument.path)) return { kind: 'image', uri: argument };
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom && IMAGE_EXTENSION.test(input.uri.path)) return { kind: 'image', uri: input.uri };
  const editor = vscode.window.activeTextEditor;
  if (editor) {
    const cell = findCell(({ document }) => document === editor.document);
    if (cell) return subjectOfCell(cell, editor);
    const last = lastCellAbove(editor);
    return last ? { kind: 'python', cell: last, editor } : { kind: 'text', editor };
  }
  const notebook = vscode.window.activeNotebookEditor;
  if (notebook && notebook.notebook.cellCount > 0) return subjectOfCell(notebook.notebook.cellAt(Math.min(notebook.selection.start, notebook.notebook.cellCount - 1)));
  return undefined;
}

function subjectOfCell(cell: vscode.NotebookCell, active = vscode.window.activeTextEditor): Subject {
  const editor = active?.document === cell.document ? active : undefined;
  if (cell.kind === vscode.NotebookCellKind.Code && cell.document.languageId === 'python') return { kind: 'python', cell, editor };
  if (cell.kind !== vscode.NotebookCellKind.Code || !CELL_LANGUAGES.has(cell.document.languageId)) return { kind: 'foreignCell', cell, editor };
  const { document } = cell;
  return {
    kind: 'cell',
    cell,
    code: document.getText(),
    offset: editor ? document.offsetAt(editor.selection.active) : document.getText().trimEnd().length,
    selection: editor ? document.getText(editor.selection).trim() : '',
  };
}

function subjectOfLink(asked: AttributeSelectionArguments): Subject | undefined {
  // VS Code decodes the arguments of a link once more than they were encoded: compared is what the text means.
  const wanted = vscode.Uri.parse(asked.cell).toString();
  const cell = findCell(({ document }) => document.uri.toString() === wanted);
  if (cell?.document.languageId === 'python') return { kind: 'python', cell, asked };
  return cell && { kind: 'cell', cell, code: cell.document.getText(), offset: 0, selection: asked.expression, asked };
}

/** The last cell of the interactive window whose input box an editor is. */
function lastCellAbove({ document }: vscode.TextEditor): vscode.NotebookCell | undefined {
  const notebook = vscode.window.activeNotebookEditor?.notebook;
  const isInput = document.uri.scheme === INTERACTIVE_INPUT && document.languageId === 'python';
  return isInput && notebook && notebook.cellCount > 0 ? notebook.cellAt(notebook.cellCount - 1) : undefined;
}

function findCell(matches: (cell: vscode.NotebookCell) => boolean): vscode.NotebookCell | undefined {
  for (const notebook of vscode.workspace.notebookDocuments) {
    const cell = notebook.getCells().find(matches);
    if (cell) return cell;
  }
  return undefined;
}

function isLinkArguments(value: unknown): value is AttributeSelectionArguments {
  return isRecord(value) && typeof value.cell === 'string' && typeof value.expression === 'string'
    && (value.model === undefined || typeof value.model === 'string');
}

function isCell(value: unknown): value is vscode.NotebookCell {
  return isRecord(value) && isRecord(value.document) && isRecord(value.notebook) && typeof value.index === 'number';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
