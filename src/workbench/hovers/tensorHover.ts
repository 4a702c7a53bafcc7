import * as vscode from 'vscode';
import type { InspectResult } from '../../protocol/kernel';
import { LANGUAGES, NOTEBOOK_TYPE } from '../kernel/kernelSpec';
import { liveCell, type LiveCells } from '../kernel/liveCells';
import { attributeLink, hoverText, pictureOf, plain, statisticsTable } from './describe';

/** A kernel that is busy for longer than this has nothing to show. */
const PATIENCE_MILLISECONDS = 200;

/** What a tensor or model in a cell holds, where its kernel runs. */
export function registerTensorHover(kernels: LiveCells): vscode.Disposable {
  const provider: vscode.HoverProvider = {
    async provideHover(document, position, token) {
      const live = liveCell(kernels, document);
      if (!live) return undefined;
      const found = await live.ask('inspect', { code: document.getText(), offset: document.offsetAt(position) }, PATIENCE_MILLISECONDS, token);
      if (!found || (!found.tensor && !found.model)) return undefined;
      const range = new vscode.Range(document.positionAt(found.range[0]), document.positionAt(found.range[1]));
      return new vscode.Hover(describe(found, document), range);
    },
  };
  return vscode.languages.registerHoverProvider(LANGUAGES.map((language) => ({ language, notebookType: NOTEBOOK_TYPE })), provider);
}

function describe({ expression, type, tensor, model }: InspectResult, document: vscode.TextDocument): vscode.MarkdownString {
  const text = hoverText();
  if (model) {
    text.appendMarkdown(`**${plain(type)}** ${plain(model.name)}\n\n| | |\n|---|---|\n| inputs | ${plain(model.inputs.join(', '))} |\n| outputs | ${plain(model.outputs.join(', '))} |\n`);
    return text;
  }
  if (!tensor) return text;
  text.appendMarkdown(`**${plain(type)}** ${plain(tensor.dtype)} ${plain(`[${tensor.shape.join(', ')}]`)}${tensor.disposed ? ', disposed' : ''}\n\n`);
  if (tensor.disposed) return text;
  text.appendMarkdown(statisticsTable(tensor) + attributeLink(document, expression));
  if (tensor.thumbnail) text.appendMarkdown(pictureOf(tensor.thumbnail));
  return text;
}
