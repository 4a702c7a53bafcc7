import * as vscode from 'vscode';
import type { CompletionItem } from '../../protocol/kernel';
import { LANGUAGES, NOTEBOOK_TYPE } from './kernelSpec';
import { liveCell, type LiveCells } from './liveCells';

/** A kernel that is busy for longer than this has nothing to propose. */
const PATIENCE_MILLISECONDS = 1000;

const KINDS: Record<CompletionItem['kind'], vscode.CompletionItemKind> = {
  variable: vscode.CompletionItemKind.Variable,
  function: vscode.CompletionItemKind.Function,
  class: vscode.CompletionItemKind.Class,
  property: vscode.CompletionItemKind.Property,
  method: vscode.CompletionItemKind.Method,
  keyword: vscode.CompletionItemKind.Keyword,
  module: vscode.CompletionItemKind.Module,
  value: vscode.CompletionItemKind.Value,
};

/** Completions from the live session, in cells whose kernel runs. */
export function registerCompletions(kernels: LiveCells): vscode.Disposable {
  const provider: vscode.CompletionItemProvider = {
    async provideCompletionItems(document, position, token) {
      const session = liveCell(kernels, document);
      if (!session) return undefined;
      const code = document.getText();
      const items = await session.ask('complete', { code, offset: document.offsetAt(position) }, PATIENCE_MILLISECONDS, token);
      return items?.map((item) => toCompletion(item, document));
    },
  };
  const selector = LANGUAGES.map((language) => ({ language, notebookType: NOTEBOOK_TYPE }));
  return vscode.languages.registerCompletionItemProvider(selector, provider, '.', '{', "'", '"', '/');
}

function toCompletion({ label, kind, detail, documentation, replace }: CompletionItem, document: vscode.TextDocument): vscode.CompletionItem {
  const item = new vscode.CompletionItem(label, KINDS[kind]);
  item.detail = detail;
  // What is private by its name comes last.
  item.sortText = label.startsWith('_') ? `~${label}` : label;
  if (documentation) item.documentation = new vscode.MarkdownString(documentation);
  item.range = new vscode.Range(document.positionAt(replace[0]), document.positionAt(replace[1]));
  return item;
}
