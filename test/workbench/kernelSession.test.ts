import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, sample, until } from './lens';
import { openNotebook, run, setCode, textOf } from './notebooks';

const SETUP = 'const image = tf.ones([1, 16, 16, 3]); const model = tf.sequential({ name: "small", layers: [tf.layers.dense({ units: 2, inputShape: [4] })] })';

describe('in cells whose kernel runs', () => {
  let notebook: vscode.NotebookDocument;

  before(async () => {
    notebook = await openNotebook([SETUP, '']);
    await run(notebook, 0, 0);
  });
  after(closeAll);

  /** The labels that are proposed at the end of the second cell. */
  async function proposals(code: string): Promise<vscode.CompletionItem[]> {
    const cell = notebook.cellAt(1);
    await setCode(cell, code);
    let items: vscode.CompletionItem[] = [];
    await until('the proposals', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>('vscode.executeCompletionItemProvider', cell.document.uri, cell.document.positionAt(code.length));
      items = list.items;
      return items.length > 0;
    });
    return items;
  }
  const labels = (items: vscode.CompletionItem[]) => items.map(({ label }) => (typeof label === 'string' ? label : label.label));

  /** The text of the hover over a word of a cell; a busy machine may need several tries. */
  async function hover(cell: vscode.NotebookCell, word: string): Promise<string> {
    let text = '';
    await until('the hover', async () => (text = await hoverNow(cell, word)) !== '');
    return text;
  }

  async function hoverNow(cell: vscode.NotebookCell, word: string): Promise<string> {
    const position = cell.document.positionAt(cell.document.getText().indexOf(word) + 1);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', cell.document.uri, position);
    return hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
  }

  it('names and members of the session are proposed', async () => {
    const names = labels(await proposals('im'));
    assert.ok(names.includes('image') && names.includes('model') && names.includes('IntegratedGradients'));
    assert.ok(labels(await proposals('model.')).includes('predict'));
  });

  it('options of the attribution API are proposed with what they mean', async () => {
    const items = await proposals('new IntegratedGradients(model).attribute(image, { target: 1, n');
    const steps = items.find(({ label }) => label === 'nSteps');
    assert.equal(steps?.detail, 'number');
    assert.match((steps.documentation as vscode.MarkdownString).value, /Default: 50/);
    assert.ok(!labels(items).includes('target'));
  });

  it('a hover shows what a tensor holds, with a picture and a link', async () => {
    const text = await hover(notebook.cellAt(0), 'image');
    assert.match(text, /\*\*Tensor\*\* float32 \\\[1, 16, 16, 3\\\]/);
    assert.match(text, /\| min \| max \| mean \| NaN \|\n\| --- \| --- \| --- \| --- \|\n\| 1 \| 1 \| 1 \| 0 \|/);
    assert.match(text, /data:image\/png;base64,[^)]+\|width=160,height=160/);
    const link = /command:attributionLens\.attributeSelection\?([^ ]+) /.exec(text);
    assert.deepEqual(JSON.parse(decodeURIComponent(link![1])), [{ cell: notebook.cellAt(0).document.uri.toString(), expression: 'image' }]);
  });

  it('a hover shows the inputs and outputs of a model', async () => {
    assert.match(await hover(notebook.cellAt(0), 'model'), /\*\*Sequential\*\* small[^]*N, 4[^]*N, 2/);
  });

  it('a hover says that a tensor is disposed', async () => {
    await setCode(notebook.cellAt(1), 'const gone = tf.zeros([2]); gone.dispose()');
    await run(notebook, 1, 1);
    assert.match(await hover(notebook.cellAt(1), 'gone'), /disposed/);
  });

  it('nothing is shown while a cell keeps the kernel busy', async () => {
    await setCode(notebook.cellAt(1), 'display("running"); const { existsSync } = require("node:fs"); while (!existsSync("released"));');
    const running = run(notebook, 1, 1);
    await until('the busy kernel', () => textOf(notebook.cellAt(1), 'text/plain') === "'running'");
    assert.equal(await hoverNow(notebook.cellAt(0), 'image'), '');
    await vscode.workspace.fs.writeFile(sample('released'), new Uint8Array());
    await running;
    await hover(notebook.cellAt(0), 'image');
    await vscode.workspace.fs.delete(sample('released'));
  });
});
