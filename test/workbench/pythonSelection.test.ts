import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { OUTPUT_MIME, type AttributionOutput } from '../../src/protocol/output';
import type { ShownMessage } from '../../src/workbench/commands/messages';
import { attributePythonScript } from '../../src/workbench/python/attributePythonScript';
import { attributionCode, type PythonCall } from '../../src/workbench/python/attributionCode';
import { JupyterKernels } from '../../src/workbench/python/jupyter';
import { choicesOf } from '../../src/workbench/python/pythonMethods';
import { attributeSelection, buttons, closeAll, messageOf, openText, pressingEnter, select } from './lens';
import { errorOf } from './notebooks';
import { connect, jupyter, lens, needsPython, openPython, runPython, until } from './python';

const SETUP = `import torch, numpy as np
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 3))
x = torch.rand(1, 1, 8, 8)
weights = np.array([2.0, -1.0, 0.5])
def score(rows): return np.stack([rows @ weights, -rows @ weights], 1)
net(x)`;

/** A model of token ids that is called as those of Hugging Face are, and returns its scores among other things. */
const LANGUAGE_MODEL = `import collections
class LanguageModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.head = torch.nn.Embedding(20, 6), torch.nn.Linear(6, 3)
    def forward(self, input_ids, attention_mask=None, token_type_ids=None, scale=1.0):
        hidden = (self.embedding(input_ids) + self.embedding(token_type_ids)) * attention_mask[..., None]
        Output = collections.namedtuple('Output', 'hidden logits')
        return Output(hidden, self.head(torch.relu(hidden.sum(1))) * scale)
lm = LanguageModel()
batch = {'token_type_ids': torch.zeros(1, 5).long(), 'attention_mask': torch.ones(1, 5), 'input_ids': torch.arange(5)[None]}`;

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
    await until('its end', () => cell.executionSummary?.success !== undefined);
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
    await select(vscode.window.activeTextEditor!, new vscode.Selection(cursor, cursor));
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

  /** Runs the code of the methods that fit a call and are wanted, with its first layer, and more, in one cell. */
  async function runMethods(expression: string, wanted: (name: string) => boolean, ...more: ((call: PythonCall) => string)[]): Promise<{ found: PythonCall; names: string[] }> {
    const { commands, endpoint } = await lens();
    const answer = await (await commands.python.allowedKernel(notebook.uri))?.ask('choices', { expression });
    assert.ok(answer?.model && answer.inputs && answer.arguments, answer?.problem);
    const found = { ...answer, model: answer.model, inputs: answer.inputs, arguments: answer.arguments };
    const fitting = choicesOf(await endpoint.request('methods', {}), found).methods.filter(({ unavailable }) => unavailable === undefined);
    const codes = fitting.filter(({ name }) => wanted(name)).map(({ name, needs }) => attributionCode(found, { method: name, options: needs ? { layer: found.layers?.[0].name ?? '' } : {} }));
    const cell = await addCell([...codes, ...more.map((code) => code(found))].join('\n'));
    await runPython(cell);
    assert.equal(errorOf(cell)?.stack, undefined);
    return { found, names: fitting.map(({ name }) => name) };
  }

  async function addCell(code: string): Promise<vscode.NotebookCell> {
    const count = notebook.cellCount;
    const edit = new vscode.WorkspaceEdit();
    edit.set(notebook.uri, [vscode.NotebookEdit.insertCells(count, [new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, 'python')])]);
    await vscode.workspace.applyEdit(edit);
    return notebook.cellAt(count);
  }

  it('writes code that runs for every method that fits, with layers, neurons, noise, and several inputs', async () => {
    await runPython(await addCell('class Both(torch.nn.Module):\n    def forward(self, a, b, scale): return torch.stack([(a * b).sum((1, 2, 3)) * scale.sum(), b.sum((1, 2, 3))], 1)\nboth, y, scale = Both(), x + 1, torch.tensor([2.0])'));
    const { found, names } = await runMethods('net(x)', (name) => !['Lime', 'KernelShap', 'ShapleyValueSampling'].includes(name),
      (call) => attributionCode(call, { method: 'Saliency', options: { ntType: 'vargrad' }, target: [2] }),
      (call) => attributionCode(call, { method: 'NeuronGradient', options: { layer: '3', neuronSelector: '2' } }),
      (call) => attributionCode({ ...call, model: 'both', inputs: ['x', 'y'], arguments: ['scale'], predictions: undefined }, {}),
    );
    assert.deepEqual(found.layers?.map(({ name, op, shape, mostActive }) => [name, op, shape.join(), mostActive.length]), [['0', 'Conv2d', '4,6,6', 3], ['1', 'ReLU', '4,6,6', 3], ['2', 'Flatten', '144', 1], ['3', 'Linear', '3', 1]]);
    for (const name of ['NeuronGradient', 'NeuronIntegratedGradients', 'NeuronConductance', 'NeuronDeepLift', 'NeuronDeepLiftShap', 'NeuronGradientShap', 'NeuronGuidedBackprop', 'NeuronDeconvolution', 'NeuronFeatureAblation']) assert.ok(names.includes(name), `${name} is not among ${names.join()}`);
    const neuron = found.layers?.[0].mostActive.join(', ');
    assert.match(attributionCode(found, { method: 'NeuronConductance', options: { layer: '0' } }), new RegExp(`NeuronConductance\\(net, net\\[0\\]\\)\\.attribute\\(x, neuron_selector=\\(${neuron}\\), target=net\\(x\\)\\.argmax\\(1\\)\\)`));
    assert.match(attributionCode(found, { method: 'NeuronGradient', options: { layer: '3', neuronSelector: '2' } }), /NeuronGradient\(net, net\[3\]\)\.attribute\(x, neuron_selector=2\)$/);
  });

  it('writes a function around calls with keyword arguments, and around models that return more than scores', async () => {
    await runPython(await addCell(LANGUAGE_MODEL));
    const { found, names } = await runMethods('lm(**batch, scale=2.0)', (name) => name !== 'LayerLRP' && (name === 'FeatureAblation' || name.startsWith('Layer')));
    assert.equal(attributionCode(found, { method: 'FeatureAblation' }), `from attribution_lens.attr import FeatureAblation


def forward_func(input_ids, token_type_ids, attention_mask):
    return lm(token_type_ids=token_type_ids, attention_mask=attention_mask, input_ids=input_ids, scale=2.0).logits


FeatureAblation(forward_func).attribute(
    batch['input_ids'],
    target=forward_func(batch['input_ids'], batch['token_type_ids'], batch['attention_mask']).argmax(1),
    additional_forward_args=(batch['token_type_ids'], batch['attention_mask']),
)`);
    assert.equal(names[0], 'FeatureAblation');
    assert.ok(names.includes('LayerIntegratedGradients') && !names.includes('IntegratedGradients') && !names.includes('NeuronGradient'), names.join());
    const { code } = await newCell(notebook.cellCount - 1, () => attributeSelection(link("lm(batch['input_ids'], batch['attention_mask'], token_type_ids=batch['token_type_ids']).logits[0]", notebook.cellCount - 1)));
    assert.match(code, /def forward_func_2\(input_ids, attention_mask, token_type_ids\):\n    return lm\(input_ids, attention_mask, token_type_ids=token_type_ids\)\.logits\n/);
  });

  it('gives keyword arguments by position where the model takes them so', async () => {
    await runPython(await addCell('class Masked(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.net = net\n    def forward(self, x, mask=None): return self.net(x * mask)\nmasked = Masked()'));
    const { found } = await runMethods('masked(x=x, mask=x > 0.5)', (name) => ['IntegratedGradients', 'LayerGradCam', 'Occlusion'].includes(name));
    assert.match(attributionCode(found, { method: 'Saliency' }), /\n\nSaliency\(masked\)\.attribute\(x, target=masked\(x, x > 0\.5\)\.argmax\(1\), additional_forward_args=\(x > 0\.5,\)\)$/);
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
    const { code } = await newCell(index, () => pressingEnter(() => vscode.commands.executeCommand('attributionLens.attributeVariable', { name: 'x', type: 'Tensor', fileName: { path: notebook.uri.path } })));
    assert.match(code, /attribute\(x, target=/);
  });

  it('works again after the kernel was restarted and the cells have run again', async () => {
    const { silent } = await jupyter();
    const before = silent.length;
    await vscode.commands.executeCommand('jupyter.restartkernel', notebook.uri);
    await until('the connection', () => silent.length > before);
    const message = await messageOf(() => attributeSelection(link('net(x)')));
    assert.match(message.text, /has not run yet, so its values are unknown|name 'net' is not defined: run the cell/);
    await runPython(notebook.cellAt(0));
    const { output } = await newCell(0, () => attributeSelection(link('net(x)')));
    assert.equal(output.method.name, 'IntegratedGradients');
    const { document } = notebook.cellAt(0);
    await until('the hover', async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, document.positionAt(SETUP.lastIndexOf('x')));
      return /\*\*Tensor\*\* float32/.test(hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value)).join('\n'));
    });
  });
});

describe('Attribute Selection in the interactive window', () => {
  before(needsPython);
  after(closeAll);

  const interactive = (): vscode.NotebookDocument[] => vscode.workspace.notebookDocuments.filter(({ notebookType, isClosed }) => notebookType === 'interactive' && !isClosed);

  /** The attribution that a cell shows, once it has run. */
  async function shownIn(cell: vscode.NotebookCell): Promise<AttributionOutput> {
    await until('its end', () => cell.executionSummary?.success !== undefined);
    const item = cell.outputs.flatMap(({ items }) => items).find(({ mime }) => mime === OUTPUT_MIME);
    assert.ok(item, errorOf(cell)?.message ?? 'no picture');
    return JSON.parse(Buffer.from(item.data).toString()) as AttributionOutput;
  }

  it('runs the code in a cell at its end, and leaves what is being typed as it is', async () => {
    await jupyter();
    await connect();
    const { notebookUri, inputUri } = await vscode.commands.executeCommand<{ notebookUri: vscode.Uri; inputUri: vscode.Uri }>('jupyter.createnewinteractive');
    const notebook = interactive().find(({ uri }) => uri.toString() === notebookUri.toString());
    const input = await vscode.workspace.openTextDocument(inputUri);
    assert.ok(notebook);
    const type = async (text: string): Promise<void> => {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(inputUri, new vscode.Position(0, 0), text);
      await vscode.workspace.applyEdit(edit);
    };
    for (const code of [SETUP, 'print(x.shape)']) {
      await type(code);
      const index = notebook.cellCount;
      await vscode.commands.executeCommand('interactive.execute', notebookUri);
      await until('the cell', () => notebook.cellCount > index && notebook.cellAt(index).executionSummary?.success);
    }
    await type('y = net(x');
    await attributeSelection({ cell: notebook.cellAt(0).document.uri.toString(), expression: 'net(x)' });
    assert.deepEqual([notebook.cellCount, notebook.cellAt(2).document.getText()], [3, 'from attribution_lens.attr import IntegratedGradients\n\nIntegratedGradients(net).attribute(x, target=net(x).argmax(1))']);
    assert.equal((await shownIn(notebook.cellAt(2))).method.name, 'IntegratedGradients');
    assert.equal(input.getText(), 'y = net(x');
    await type('_ = net(x) # ');
    await vscode.commands.executeCommand('interactive.open', { preserveFocus: false }, notebookUri);
    await vscode.commands.executeCommand('interactive.input.focus');
    await until('the input box', () => vscode.window.activeTextEditor?.document === input);
    await select(vscode.window.activeTextEditor!, new vscode.Selection(0, 5, 0, 5));
    await attributeSelection();
    assert.deepEqual([notebook.cellCount, input.getText()], [4, '_ = net(x) # y = net(x']);
    assert.deepEqual((await shownIn(notebook.cellAt(3))).inputs[0].shape, [1, 1, 8, 8]);
  });

  it('runs the code of a script', async () => {
    const [notebook] = interactive();
    const count = notebook.cellCount;
    const editor = await openText('import torch\nx = torch.ones(1, 1, 8, 8)\n[[net(x)]]\nlast = 1\n', 'python');
    await attributeSelection();
    assert.equal(editor.document.getText().split('\n').slice(2).join('\n'), 'net(x)\n# %%\nfrom attribution_lens.attr import IntegratedGradients\n\nIntegratedGradients(net).attribute(x, target=net(x).argmax(1))\nlast = 1\n');
    await until('the cell', () => notebook.cellCount === count + 1);
    assert.equal((await shownIn(notebook.cellAt(count))).method.name, 'IntegratedGradients');
  });
});

describe('Attribute Selection in a script', () => {
  afterEach(closeAll);

  /** Attributes what is selected in a script where Jupyter is not installed. */
  async function withoutJupyter(editor: vscode.TextEditor): Promise<ShownMessage> {
    const { endpoint, commands } = await lens();
    const python = Object.create(commands.python, { jupyter: { value: new JupyterKernels('nobody.jupyter') } }) as typeof commands.python;
    return messageOf(() => pressingEnter(() => attributePythonScript(editor, python, endpoint, commands.messages, () => assert.fail('the language was attributed'))));
  }

  it('offers the code to insert or to copy where Jupyter is not installed', async () => {
    const editor = await openText('[[net(x)]]\nlast = 1\n', 'python');
    const message = await withoutJupyter(editor);
    assert.match(message.text, /The Jupyter extension would run the attribution of net\(x\) in the interactive window; it is not installed/);
    assert.deepEqual([buttons(message), editor.document.getText()], [['Insert Code', 'Copy Code'], 'net(x)\nlast = 1\n']);
    const code = 'from attribution_lens.attr import IntegratedGradients\n\nIntegratedGradients(net).attribute(x, target=net(x).argmax(1))';
    await message.actions[1].run();
    assert.equal(await vscode.env.clipboard.readText(), code);
    await message.actions[0].run();
    assert.equal(editor.document.getText(), `net(x)\n# %%\n${code}\nlast = 1\n`);
    assert.equal(editor.document.getText(editor.selection), `# %%\n${code}\n`);
  });

  it('writes a function around calls with keyword arguments', async () => {
    const editor = await openText('[[self.net(x, attention_mask=mask, return_dict=True).logits]]', 'python');
    const message = await withoutJupyter(editor);
    await message.actions[0].run();
    assert.equal(editor.document.getText(), `self.net(x, attention_mask=mask, return_dict=True).logits
# %%
from attribution_lens.attr import IntegratedGradients


def forward_func(x, attention_mask):
    return self.net(x, attention_mask=attention_mask, return_dict=True).logits


IntegratedGradients(forward_func).attribute(
    x,
    target=forward_func(x, mask).argmax(1),
    additional_forward_args=(mask,),
)
`);
  });
});
