import * as vscode from 'vscode';
import type { PythonArray, PythonEstimator, PythonModel, PythonTable, PythonValue } from '../../protocol/python';
import { thumbnail } from '../../kernel/display/thumbnail';
import type { PythonKernel, PythonKernels } from '../python/pythonKernels';
import { PYTHON_NOTEBOOK_TYPES } from '../python/pythonKernels';
import { pathAt } from '../python/pythonSource';
import { attributeLink, format, hoverText, pictureOf, plain, statisticsTable } from './describe';

/** A kernel that was idle and does not answer within this has been given something else to do. */
const PATIENCE_MILLISECONDS = 5000;
/** A kernel that has just answered or run a cell says within this that it is idle again. */
const SETTLING_MILLISECONDS = 300;

/** What an array, a list of them or a model in a Python cell holds, where the user has allowed to ask its kernel. */
export function registerPythonHover(python: PythonKernels): vscode.Disposable {
  /** The questions that have not been answered: one at a time for each notebook, or they would pile up behind a cell. */
  const asked = new Map<string, Promise<unknown>>();

  const provider: vscode.HoverProvider = {
    async provideHover(document, position, token) {
      const notebook = vscode.workspace.notebookDocuments.find((each) => each.getCells().some((cell) => cell.document === document));
      const found = notebook && pathAt(document.getText(), document.offsetAt(position));
      const kernel = found && (await python.allowedKernel(notebook.uri));
      if (!kernel || token.isCancellationRequested) return undefined;
      const range = new vscode.Range(document.positionAt(found.start), document.positionAt(found.end));
      const key = notebook.uri.toString();
      const answer = await withPatience(askIdle(kernel, asked, key, () => kernel.ask('hover', { path: found.path, code: document.getText(), line: position.line + 1 })));
      if (answer === BUSY) return new vscode.Hover(new vscode.MarkdownString(`${plain(found.text)}: the kernel is busy`), range);
      return answer ? new vscode.Hover(describe(answer, document, found.text), range) : undefined;
    },
  };
  return vscode.languages.registerHoverProvider(PYTHON_NOTEBOOK_TYPES.map((notebookType) => ({ language: 'python', notebookType })), provider);
}

const BUSY = Symbol('busy');

/** The answer of a kernel that runs nothing but what we asked it; `undefined` where it failed. */
async function askIdle<R>(kernel: PythonKernel, asked: Map<string, Promise<unknown>>, key: string, ask: () => Promise<R>): Promise<R | typeof BUSY | undefined> {
  await asked.get(key);
  if (kernel.status === 'busy') await settled(kernel);
  if (kernel.status === 'busy') return BUSY;
  if (kernel.status !== 'idle') return undefined;
  const answer = ask().catch(() => undefined);
  const done = answer.finally(() => {
    if (asked.get(key) === done) asked.delete(key);
  });
  asked.set(key, done);
  return answer;
}

/** Waits until a kernel is no longer busy, for {@link SETTLING_MILLISECONDS} at most. */
function settled(kernel: PythonKernel): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(done, SETTLING_MILLISECONDS);
    const listener = kernel.onDidChangeStatus((status) => {
      if (status !== 'busy') done();
    });
  });
}

function withPatience<T>(answer: Promise<T>): Promise<T | typeof BUSY> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof BUSY>((resolve) => {
    timer = setTimeout(() => resolve(BUSY), PATIENCE_MILLISECONDS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function describe({ type, array, model, isModel = true, estimator, table, items, length = 0 }: PythonValue, document: vscode.TextDocument, expression: string): vscode.MarkdownString {
  const text = hoverText();
  if (array) {
    text.appendMarkdown(`**${plain(type)}** ${arrayFacts(array)}\n\n`);
    if (array.nanCount !== undefined) text.appendMarkdown(`${statisticsTable(array)}${array.sampled ? '\nof a sample of its elements\n' : ''}`);
    text.appendMarkdown(attributeLink(document, expression));
    const picture = drawn(array);
    if (picture) text.appendMarkdown(pictureOf(picture));
  } else if (model) {
    text.appendMarkdown(`**${plain(type)}** ${modelFacts(model)}\n\n${layersTable(model)}${isModel ? attributeLink(document, expression) : ''}`);
  } else if (estimator) {
    text.appendMarkdown(`**${plain(type)}** ${estimatorFacts(estimator)}\n\n${stepsTable(estimator)}${estimator.isFitted ? attributeLink(document, expression) : ''}`);
  } else if (table) {
    text.appendMarkdown(`**${plain(type)}** of ${table.rows.toLocaleString('en')} rows and ${table.columnCount.toLocaleString('en')} columns\n\n${columnsTable(table)}${attributeLink(document, expression)}`);
  } else if (items) {
    const rows = items.map((item) => `| ${plain(item.key)} | ${plain(item.type)} | ${plain(`[${item.shape.join(', ')}]`)} | ${plain(item.dtype)} | ${plain(item.device)} |\n`);
    text.appendMarkdown(`**${plain(type)}** of ${length}\n\n| | type | shape | dtype | device |\n|---|---|---|---|---|\n${rows.join('')}${more(length - items.length)}`);
  }
  return text;
}

const arrayFacts = ({ dtype, shape, device }: PythonArray): string => `${plain(dtype)} ${plain(`[${shape.join(', ')}]`)} on ${plain(device)}`;

function modelFacts({ parameters, trainable, dtype, device, mode }: PythonModel): string {
  const count = trainable === null || trainable === parameters ? '' : `, ${trainable.toLocaleString('en')} trainable`;
  const place = [dtype, device && `on ${device}`, mode && `${mode} mode`].filter((part) => part).map((part) => plain(String(part)));
  return [parameters === null ? 'not built yet: its first call makes its parameters' : `${parameters.toLocaleString('en')} parameters${count}`, ...place].join(', ');
}

function layersTable({ layers, layerCount }: PythonModel): string {
  if (layers.length === 0) return '';
  const rows = layers.map(({ name, type, parameters }) => `| ${plain(name)} | ${plain(type)} | ${parameters === null ? '-' : parameters.toLocaleString('en')} |\n`);
  return `| layer | type | parameters |\n|---|---|---|\n${rows.join('')}${more(layerCount - layers.length)}`;
}

function estimatorFacts({ isFitted, features, classes }: PythonEstimator): string {
  if (!isFitted) return 'not fitted yet';
  const facts = [features === null ? '' : `fitted on ${features.toLocaleString('en')} features`, classes === null ? '' : `classes ${classes.map(plain).join(', ')}`];
  return facts.filter((fact) => fact !== '').join(', ');
}

function stepsTable({ steps }: PythonEstimator): string {
  if (steps.length === 0) return '';
  return `| step | type |\n|---|---|\n${steps.map(({ name, type }) => `| ${plain(name)} | ${plain(type)} |\n`).join('')}`;
}

function columnsTable({ columns, columnCount, sampled }: PythonTable): string {
  if (columns.length === 0) return '';
  const rows = columns.map(({ name, dtype, min, max, mean, nanCount }) => `| ${plain(name)} | ${plain(dtype)} | ${format(min)} | ${format(max)} | ${format(mean)} | ${nanCount} |\n`);
  return `| column | dtype | min | max | mean | NaN |\n|---|---|---|---|---|---|\n${rows.join('')}${more(columnCount - columns.length)}${sampled ? '\nof a sample of its rows\n' : ''}`;
}

const more = (count: number): string => (count > 0 ? `\nand ${count} more\n` : '');

function drawn({ picture }: PythonArray): ReturnType<typeof thumbnail> {
  if (!picture) return undefined;
  const bytes = Buffer.from(picture.values, 'base64');
  const values = Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  return thumbnail(picture.shape, values);
}
