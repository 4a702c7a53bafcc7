import * as vscode from 'vscode';
import type { InspectResult, TensorStatistics } from '../../protocol/kernel';
import { LANGUAGES, NOTEBOOK_TYPE } from '../kernel/kernelSpec';
import { liveCell, type LiveCells } from '../kernel/liveCells';

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
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ['attributionLens.attributeSelection'] };
  if (model) {
    text.appendMarkdown(`**${plain(type)}** ${plain(model.name)}\n\n| | |\n|---|---|\n| inputs | ${plain(model.inputs.join(', '))} |\n| outputs | ${plain(model.outputs.join(', '))} |\n`);
    return text;
  }
  if (!tensor) return text;
  text.appendMarkdown(`**${plain(type)}** ${plain(tensor.dtype)} ${plain(`[${tensor.shape.join(', ')}]`)}${tensor.disposed ? ', disposed' : ''}\n\n`);
  if (tensor.disposed) return text;
  text.appendMarkdown(statisticsTable(tensor));
  const argument = encodeURIComponent(JSON.stringify([{ cell: document.uri.toString(), expression }]));
  text.appendMarkdown(`\n[Attribute Selection](command:attributionLens.attributeSelection?${argument} "Attribute the output of a model to this tensor")\n`);
  if (tensor.thumbnail) {
    const { png, width, height } = tensor.thumbnail;
    text.appendMarkdown(`\n![picture of the tensor](data:image/png;base64,${Buffer.from(png).toString('base64')}|width=${width},height=${height})\n`);
  }
  return text;
}

function statisticsTable({ min, max, mean, nanCount, infinityCount }: TensorStatistics): string {
  const facts: [string, string][] = [['min', format(min)], ['max', format(max)], ['mean', format(mean)], ['NaN', String(nanCount)]];
  if (infinityCount > 0) facts.push(['infinite', String(infinityCount)]);
  const row = (cells: string[]) => `| ${cells.join(' | ')} |\n`;
  return row(facts.map(([name]) => name)) + row(facts.map(() => '---')) + row(facts.map(([, value]) => value));
}

const format = (value: number | null): string => (value === null ? '-' : String(Number(value.toPrecision(5))));

/** Text of the user's, kept from being read as Markdown. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+\-.!|&]/g, '\\$&');
