import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, sample } from './lens';
import { connect, jupyter, lens, needsPython, openPython, printed, runPython, until } from './python';

const SETUP = `import numpy as np, torch
image = torch.rand(1, 3, 40, 60)
values = np.array([1.0, np.nan, 3.0, np.inf])
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
pair = [torch.zeros(2, 3), np.ones((4, 5), 'float16')]
large = torch.zeros(4096, 1024); large[0, 0] = 7
class Trap:
    @property
    def value(self): raise SystemExit('a property ran')
trap = Trap()
text = "image"  # net
def inner(values): return values
import time; 5`;
const STATE = 'print(sorted(name for name in globals() if not name.startswith("_i")), len(In), len(Out), _, get_ipython().execution_count, torch.initial_seed(), net.training)';

describe('the hover on a Python variable', () => {
  before(needsPython);
  after(closeAll);
  let notebook: vscode.NotebookDocument;

  before(async function () {
    if (!vscode.extensions.getExtension('ms-toolsai.jupyter')) return;
    notebook = await openPython(SETUP, STATE, 'import os\nprint("running")\nwhile not os.path.exists("hovered"): time.sleep(0.05)');
    await runPython(notebook.cellAt(0));
    await connect();
  });

  async function hover(word: string, nth = 0): Promise<string> {
    const { document } = notebook.cellAt(0);
    const [code, words] = [document.getText(), word.split('.')];
    let at = -1;
    for (let count = 0; count <= nth; count++) at = code.indexOf(word, at + 1);
    assert.ok(at >= 0, word);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, document.positionAt(at + word.length - words[words.length - 1].length + 1));
    return hovers.flatMap(({ contents }) => contents).map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
  }

  /** The hover over a word whose value is shown; a kernel of a busy machine may seem busy itself. */
  async function shown(word: string): Promise<string> {
    let text = '';
    await until('the hover', async () => !(text = await hover(word)).endsWith('the kernel is busy'));
    return text;
  }

  it('shows shape, type, device, statistics, a picture and a link', async () => {
    const text = await shown('image');
    assert.match(text, /\*\*Tensor\*\* float32 \\\[1, 3, 40, 60\\\] on cpu/);
    assert.match(text, /\| min \| max \| mean \| NaN \|\n\| --- \| --- \| --- \| --- \|\n\| [\d.e\\-]+ \| [\d.]+ \| 0\.[45]\d* \| 0 \|/);
    assert.match(text, /data:image\/png;base64,[^)]+\|width=160,height=107/);
    const link = /command:attributionLens\.attributeSelection\?([^ ]+) /.exec(text);
    assert.deepEqual(JSON.parse(decodeURIComponent(link![1])), [{ cell: notebook.cellAt(0).document.uri.toString(), expression: 'image' }]);
  });

  it('counts what is not finite', async () => {
    assert.match(await shown('values'), /\*\*ndarray\*\* float64 \\\[4\\\] on cpu[^]*\| 1 \| 3 \| 2 \| 1 \| 1 \|/);
  });

  it('shows parameters and layers of a module, and what is in a list', async () => {
    assert.match(await shown('net'), /\*\*Sequential\*\* 58 parameters, float32, on cpu, training mode[^]*\| 0 \| Linear \| 40 \|\n\| 1 \| ReLU \| 0 \|/);
    assert.match(await shown('pair'), /\*\*list\*\* of 2[^]*\| 0 \| Tensor \| \\\[2, 3\\\] \| float32 \| cpu \|\n\| 1 \| ndarray \| \\\[4, 5\\\] \| float16/);
  });

  it('samples large arrays', async () => {
    assert.match(await shown('large'), /4096, 1024[^]*\| 0 \| 7 \|[^]*of a sample/);
  });

  it('shows nothing for strings, comments, local variables and properties', async () => {
    assert.equal(await hover('image', 1), '');
    assert.equal(await hover('values', 1), '');
    assert.equal(await hover('inner'), '');
    const kernel = await (await lens()).commands.python.allowedKernel(notebook.uri);
    assert.equal(await kernel?.ask('hover', { path: ['trap', 'value'], code: '', line: 1 }), null);
  });

  it('changes no variable, no history and no counter', async () => {
    await runPython(notebook.cellAt(1));
    const [names, entries] = /^(\[.*\]) (.*)$/.exec(printed(notebook.cellAt(1))?.trim() ?? '')!.slice(1);
    for (const word of ['image', 'values', 'net', 'pair']) assert.notEqual(await shown(word), '');
    await runPython(notebook.cellAt(1));
    const [namesAfter, entriesAfter] = /^(\[.*\]) (.*)$/.exec(printed(notebook.cellAt(1))?.trim() ?? '')!.slice(1);
    assert.equal(namesAfter, names);
    const [inputs, outputs, last, count, ...rest] = entries.split(' ');
    assert.deepEqual(entriesAfter.split(' '), [String(Number(inputs) + 1), outputs, last, String(Number(count) + 1), ...rest]);
  });

  it('says that the kernel is busy, and leaves it alone', async () => {
    const { silent } = await jupyter();
    const running = runPython(notebook.cellAt(2));
    await until('the running cell', () => printed(notebook.cellAt(2)) === 'running\n');
    const before = silent.length;
    try {
      assert.equal(await hover('image'), 'image: the kernel is busy');
      assert.equal(silent.length, before);
    } finally {
      await vscode.workspace.fs.writeFile(sample('hovered'), new Uint8Array());
    }
    await running;
  });
});
