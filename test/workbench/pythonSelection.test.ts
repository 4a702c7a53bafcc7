import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { OUTPUT_MIME, type AttributionOutput } from '../../src/protocol/output';
import { attributionCode } from '../../src/workbench/python/attributionCode';
import { choicesOf } from '../../src/workbench/python/pythonMethods';
import { attributeSelection, closeAll, messageOf, openText } from './lens';
import { errorOf } from './notebooks';
import { connect, jupyter, lens, needsPython, openPython, runPython, until } from './python';

const SETUP = `import torch, numpy as np
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 3))
x = torch.rand(1, 1, 8, 8)
weights = np.array([2.0, -1.0, 0.5])
def score(rows): return np.stack([rows @ weights, -rows @ weights], 1)
net(x)`;

describe('Attribute Selection in a Python cell', () => {
  before(needsPython);
  after(closeAll);
  let notebook: vscode.NotebookDocument;

  before(async function () {
    if (!vscode.extensions.getExtension('ms-toolsai.jupyter')) return;
    notebook = await openPython(SETUP, 'score(np.ones((1, 3)))', 'print(x.shape)');
    await runPython(notebook.cellAt(0));
    await connect();
  });

  const link = (expression: string, index = 0) => ({ cell: notebook.cellAt(index).document.uri.toString(), expression });

  /** The cell that appears below one, once it has run. */
  async function newCell(index: number, attribute: () => Promise<unknown>): Promise<{ code: string; output: AttributionOutput }> {
    const count = notebook.cellCount;
    const shown: string[] = [];
    const listener = (await lens()).commands.messages.onDidShow(({ text }) => shown.push(text));
    await attribute();
    listener.dispose();
    assert.deepEqual([notebook.cellCount, shown], [count + 1, []]);
    const cell = notebook.cellAt(index + 1);
    await until('its end', () => cell.executionSummary?.success !== undefined, 60);
    const item = cell.outputs.flatMap(({ items }) => items).find(({ mime }) => mime === OUTPUT_MIME);
    assert.ok(item, errorOf(cell)?.message ?? 'no picture');
    return { code: cell.document.getText(), output: JSON.parse(Buffer.from(item.data).toString()) as AttributionOutput };
  }

  it('adds a cell with the code of the attribution of a model call, and runs it', async () => {
    const { code, output } = await newCell(0, () => attributeSelection(link('net(x)')));
    assert.equal(code, 'from attribution_lens.attr import IntegratedGradients\n\nIntegratedGradients(net).attribute(x, target=net(x).argmax(1))');
    assert.deepEqual([output.method.name, output.inputs[0].shape], ['IntegratedGradients', [1, 1, 8, 8]]);
    assert.deepEqual(notebook.cellAt(1).executionSummary?.success, true);
  });

  it('takes the call whose model is under the cursor, and the method that is picked', async () => {
    const cell = notebook.cellAt(0);
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(0, 1)] });
    await vscode.commands.executeCommand('notebook.cell.edit');
    await until('the editor of the cell', () => vscode.window.activeTextEditor?.document === cell.document);
    const cursor = cell.document.positionAt(SETUP.lastIndexOf('net(x)') + 1);
    vscode.window.activeTextEditor!.selection = new vscode.Selection(cursor, cursor);
    const { code } = await newCell(0, () => attributeSelection());
    assert.match(code, /^from attribution_lens\.attr import IntegratedGradients\n\nIntegratedGradients\(net\)\.attribute\(x, target=net\(x\)\.argmax\(1\)\)$/);
  });

  it('takes the only model for a tensor, and the only input for a model', async () => {
    assert.match((await newCell(0, () => attributeSelection(link('x')))).code, /\(net\)\.attribute\(x, /);
    assert.match((await newCell(0, () => attributeSelection(link('net')))).code, /\(net\)\.attribute\(x, /);
  });

  it('explains functions by perturbation', async () => {
    const index = notebook.cellCount - 2;
    const { code, output } = await newCell(index, () => attributeSelection(link('score(np.ones((1, 3)))', index)));
    assert.match(code, /^from attribution_lens\.attr import FeatureAblation\n\nFeatureAblation\(score\)\.attribute\(np\.ones\(\(1, 3\)\), target=score\(np\.ones\(\(1, 3\)\)\)\.argmax\(1\)\)$/);
    assert.equal(output.method.name, 'FeatureAblation');
  });

  it('writes code that runs for every method that fits, with layers, noise, and several inputs', async () => {
    const { commands, endpoint } = await lens();
    const found = await (await commands.python.allowedKernel(notebook.uri))?.ask('choices', { expression: 'net(x)' });
    assert.ok(found?.model && found.inputs);
    assert.deepEqual(found.layers?.map(({ name, op, shape }) => [name, op, shape.join()]), [['0', 'Conv2d', '4,6,6'], ['1', 'ReLU', '4,6,6'], ['2', 'Flatten', '144'], ['3', 'Linear', '3']]);
    const call = { ...found, model: found.model, inputs: found.inputs, arguments: [] };
    const choices = choicesOf(await endpoint.request('methods', {}), found);
    const fitting = choices.methods.filter(({ name, unavailable }) => unavailable === undefined && !['Lime', 'KernelShap', 'ShapleyValueSampling'].includes(name));
    assert.ok(fitting.length > 15, fitting.map(({ name }) => name).join());
    const codes = [
      ...fitting.map(({ name, needs }) => attributionCode(call, { method: name, options: needs ? { layer: '0' } : {} })),
      attributionCode(call, { method: 'Saliency', options: { ntType: 'vargrad' }, target: [2] }),
      attributionCode({ ...call, model: 'both', inputs: ['x', 'y'], arguments: ['scale'], predictions: undefined }, {}),
    ];
    const count = notebook.cellCount;
    const setup = 'class Both(torch.nn.Module):\n    def forward(self, a, b, scale): return torch.stack([(a * b).sum((1, 2, 3)) * scale.sum(), b.sum((1, 2, 3))], 1)\nboth, y, scale = Both(), x + 1, torch.tensor([2.0])';
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(count, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, [setup, ...codes, 'del both'].join('\n'), 'python')])]);
    await vscode.workspace.applyEdit(edit);
    await runPython(notebook.cellAt(count));
    assert.equal(errorOf(notebook.cellAt(count))?.stack, undefined);
  });

  it('says what cannot be attributed', async () => {
    const count = notebook.cellCount;
    for (const [expression, expected] of [['weights + 1', /Attribut|No model|fails|model/], ['print(x.shape)', /'print' is no model/], ['unknown(x)', /name 'unknown' is not defined: run the cell that defines it/], ['net(weights)', /The model fails for this input/], ['torch', /'torch' is a module, neither/]] as const) {
      const message = await messageOf(() => attributeSelection(link(expression)));
      assert.match(message.text, expected);
    }
    assert.equal(notebook.cellCount, count);
  });

  it('attributes a variable of Jupyter\'s view', async () => {
    const index = notebook.cellCount - 1;
    await vscode.window.showNotebookDocument(notebook, { selections: [new vscode.NotebookRange(index, index + 1)] });
    const { code } = await newCell(index, () => Promise.resolve(vscode.commands.executeCommand('attributionLens.attributeVariable', { name: 'x', type: 'Tensor', fileName: { path: notebook.uri.path } })));
    assert.match(code, /attribute\(x, target=/);
  });

  it('runs the code in the interactive window for a script', async () => {
    const editor = await openText('import torch\nnet = torch.nn.Linear(2, 2)\nx = torch.ones(1, 2)\n[[net(x)]]\nlast = 1\n', 'python');
    await attributeSelection();
    assert.equal(editor.document.getText().split('\n').slice(3).join('\n'), 'net(x)\n# %%\nfrom attribution_lens.attr import IntegratedGradients\n\nIntegratedGradients(net).attribute(x, target=net(x).argmax(1))\nlast = 1\n');
    const { interactive } = await jupyter();
    await until('the run', () => interactive.length === 1, 30);
    assert.match(interactive[0].code, /^# %%\nfrom attribution_lens/);
  });
});
