import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { OUTPUT_MIME, type AttributionOutput } from '../../src/protocol/output';
import { attributeSelection, buttons, closeAll, killedWhenAsked, lens, messageOf, select, until } from './lens';
import { selectKernel } from './notebooks';

const TOY = `const W = tf.tensor2d([[1, 2], [3, -4]]);
function toyModel(x: tf.Tensor) {
  return x.matMul(W).relu();
}
const x = tf.tensor2d([[0.5, 0.25]]);
console.log('ready');
toyModel(x)`;

/** Opens a notebook with these cells, with our kernel. */
async function openNotebook(...cells: string[]): Promise<vscode.NotebookDocument> {
  const data = new vscode.NotebookData(cells.map((code) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'typescript')));
  const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', data);
  await vscode.window.showNotebookDocument(notebook);
  await selectKernel(notebook);
  return notebook;
}

async function runCell(cell: vscode.NotebookCell): Promise<void> {
  await vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: cell.index, end: cell.index + 1 }], document: cell.notebook.uri });
  await until('the end of the cell', () => cell.executionSummary?.success !== undefined);
}

const attributionsOf = (cell: vscode.NotebookCell): AttributionOutput[] =>
  cell.outputs.flatMap(({ items }) => items.filter(({ mime }) => mime === OUTPUT_MIME)).map(({ data }) => JSON.parse(Buffer.from(data).toString()) as AttributionOutput);

const link = (cell: vscode.NotebookCell, expression: string) => ({ cell: cell.document.uri.toString(), expression });

describe('Attribute Selection in a cell', () => {
  beforeEach(closeAll);
  after(closeAll);

  it('appends the attribution of a model call beneath the cell', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    await runCell(cell);
    const before = cell.outputs.length;
    await attributeSelection(link(cell, 'toyModel(x)'));
    await until('the output', () => cell.outputs.length === before + 1);
    const [output] = attributionsOf(cell);
    assert.equal(output.method.name, 'IntegratedGradients');
    assert.equal(output.model.name, 'toyModel');
    assert.deepEqual(output.examples[0].target?.index, [0]);
    assert.deepEqual(cell.outputs[before].items.map(({ mime }) => mime), [OUTPUT_MIME, 'image/png', 'text/plain']);
  });

  it('takes the only model in scope for a tensor', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    await runCell(cell);
    await attributeSelection(link(cell, 'x'));
    await until('the output', () => attributionsOf(cell).length === 1);
    assert.equal(attributionsOf(cell)[0].model.name, 'toyModel');
  });

  it('takes a link whose arguments VS Code has decoded', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    await runCell(cell);
    const { cell: uri, expression } = link(cell, 'toyModel(x)');
    await attributeSelection({ cell: decodeURIComponent(uri), expression });
    await until('the output', () => attributionsOf(cell).length === 1);
  });

  it('takes the expression under the cursor of the active cell', async () => {
    const cell = (await openNotebook(TOY, 'x')).cellAt(0);
    await runCell(cell);
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until('the editor of the cell', () => vscode.window.activeTextEditor?.document === cell.document);
    const editor = vscode.window.activeTextEditor!;
    const cursor = cell.document.positionAt(TOY.indexOf('x = tf'));
    await select(editor, new vscode.Selection(cursor, cursor));
    await attributeSelection();
    await until('the output', () => attributionsOf(cell).length === 1);
  });

  it('takes the selection of the active cell', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    await runCell(cell);
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until('the editor of the cell', () => vscode.window.activeTextEditor?.document === cell.document);
    const start = TOY.lastIndexOf('toyModel(x)');
    await select(vscode.window.activeTextEditor!, new vscode.Selection(cell.document.positionAt(start), cell.document.positionAt(TOY.length)));
    await attributeSelection();
    await until('the output', () => attributionsOf(cell).length === 1);
    assert.equal(attributionsOf(cell)[0].inputs[0].attributionsShape.join(), '1,2');
  });

  it('offers to run a cell that has not run', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    const message = await messageOf(() => attributeSelection(link(cell, 'x')));
    assert.match(message.text, /Cell 1 has not run yet/);
    assert.deepEqual(buttons(message), ['Run Cell']);
    await message.actions[0].run();
    await until('the run', () => cell.executionSummary?.success === true);
  });

  it('says that no model is in scope', async () => {
    const cell = (await openNotebook('const alone = tf.tensor1d([1, 2]);\nconsole.log(1);')).cellAt(0);
    await runCell(cell);
    const message = await messageOf(() => attributeSelection(link(cell, 'alone')));
    assert.match(message.text, /No model is in scope\. Run the cell that creates the model/);
    assert.equal(cell.outputs.length, 1, 'earlier outputs stay');
  });

  it('says what an expression is that is no tensor', async () => {
    const cell = (await openNotebook(`${TOY}\nconst name = 'cat';`)).cellAt(0);
    await runCell(cell);
    assert.match((await messageOf(() => attributeSelection(link(cell, 'name')))).text, /'name' is 'cat', neither a model call nor a tensor/);
  });

  it('says that a Markdown cell has no values', async () => {
    const notebook = await openNotebook('1');
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(1, [new vscode.NotebookCellData(vscode.NotebookCellKind.Markup, '# Title', 'markdown')])]);
    await vscode.workspace.applyEdit(edit);
    assert.match((await messageOf(() => attributeSelection(notebook.cellAt(1)))).text, /TypeScript and JavaScript cells/);
  });

  it('offers to restart a kernel that died, and keeps the outputs', async () => {
    const cell = (await openNotebook(TOY)).cellAt(0);
    await runCell(cell);
    const { kernels } = await lens();
    const session = kernels.session(cell.notebook);
    assert.ok(session);
    const before = cell.outputs.length;
    const message = await messageOf(() => killedWhenAsked(session, () => attributeSelection(link(cell, 'toyModel(x)'))));
    assert.match(message.text, /kernel process ended by SIGKILL/);
    assert.deepEqual(buttons(message), ['Restart Kernel']);
    assert.equal(cell.outputs.length, before);
    await message.actions[0].run();
    assert.equal(kernels.state(cell.notebook), 'idle');
  });
});
