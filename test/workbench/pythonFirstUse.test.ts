import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { JupyterKernels } from '../../src/workbench/python/jupyter';
import { connectPythonKernel, problemOf } from '../../src/workbench/python/connectPythonKernel';
import { buttons, closeAll, messageOf } from './lens';
import { errorOf } from './notebooks';
import { jupyter, lens, needsPython, openPython, printed, runPython, until } from './python';

const connectCommand = async () => vscode.commands.executeCommand('attributionLens.connectPythonKernel');
const ENVIRONMENT = 'import os; print(os.environ.get("ATTRIBUTION_LENS_ENDPOINT"))';

describe('Connect Python Kernel', () => {
  before(needsPython);
  after(closeAll);
  let notebook: vscode.NotebookDocument;

  it('says what to install where Jupyter is missing', async () => {
    notebook = await openPython('import attribution_lens; print("imported")', ENVIRONMENT);
    const { python, messages } = (await lens()).commands;
    const without = Object.create(python, { jupyter: { value: new JupyterKernels('nobody.jupyter') } }) as typeof python;
    const message = await messageOf(() => connectPythonKernel(without, messages, notebook));
    assert.match(message.text, /need the Jupyter extension, which is not installed/);
    assert.deepEqual(buttons(message), ['Show Jupyter Extension']);
  });

  it('says that the kernel has not started', async () => {
    assert.match((await messageOf(connectCommand)).text, /has not started yet: run a cell/);
  });

  it('is offered where a cell cannot import the package', async () => {
    const message = await messageOf(() => runPython(notebook.cellAt(0)));
    assert.match(errorOf(notebook.cellAt(0))?.message ?? '', /No module named 'attribution_lens'/);
    assert.deepEqual(buttons(message), ['Connect Python Kernel']);
    assert.equal((await jupyter()).questions, 0);
  });

  it('is nothing that a hover asks for', async () => {
    const { document } = notebook.cellAt(0);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, document.positionAt(10));
    const test = await jupyter();
    assert.deepEqual([hovers.length, test.questions, test.silent.length], [0, 0, 0]);
  });

  it('explains before Jupyter asks, and says what to do when the user denies it', async () => {
    const test = await jupyter();
    test.consent = 'deny';
    const explained = await messageOf(connectCommand);
    assert.match(explained.text, /Jupyter asks next whether/);
    assert.deepEqual([buttons(explained), test.questions, test.silent.length], [['Continue'], 0, 0]);
    const denied = await messageOf(() => Promise.resolve(explained.actions[0].run()));
    assert.match(denied.text, /does not let Attribution Lens run code.*Manage Access To Jupyter Kernels/);
    assert.deepEqual([test.questions, (await lens()).commands.python.isAllowed], [1, false]);
  });

  it('makes the package importable, and runs the cell again', async () => {
    const test = await jupyter();
    test.consent = 'allow';
    test.forget();
    const explained = await messageOf(connectCommand);
    const connected = await messageOf(() => Promise.resolve(explained.actions[0].run()));
    assert.match(connected.text, /The kernel is connected: Python 3\.\d+/);
    assert.deepEqual(buttons(connected), ['Run Cell Again']);
    await connected.actions[0].run();
    await until('the import', () => printed(notebook.cellAt(0)) === 'imported\n');
    await runPython(notebook.cellAt(1));
    assert.equal(printed(notebook.cellAt(1))?.trim(), (await lens()).endpoint.file);
  });

  it('tells a kernel that started again where the engine is', async () => {
    const { silent } = await jupyter();
    const before = silent.length;
    await vscode.commands.executeCommand('jupyter.restartkernel', notebook.uri);
    await until('the connection', () => silent.length > before);
    await runPython(notebook.cellAt(0));
    assert.equal(printed(notebook.cellAt(0)), 'imported\n');
  });

  it('lets the first cell of a new kernel import the package, without asking again', async () => {
    const test = await jupyter();
    const [questions, before] = [test.questions, test.silent.length];
    const other = await openPython(`import attribution_lens\n${ENVIRONMENT}`);
    await runPython(other.cellAt(0));
    assert.equal(printed(other.cellAt(0))?.trim(), (await lens()).endpoint.file);
    await until('the connection', () => test.silent.length > before);
    assert.equal(test.questions, questions);
  });

  it('says that a kernel on another machine cannot reach the engine', async () => {
    const kernel = await (await lens()).commands.python.allowedKernel(notebook.uri);
    const facts = await kernel?.ask('connect', { folder: '/nowhere', endpoint: '/nowhere/endpoint.json' });
    assert.equal(facts?.problem, 'elsewhere');
    assert.match(problemOf({ ...facts, host: 'far-away' }) ?? '', /runs on 'far-away', which does not have the files of this machine.*Remote - SSH/);
  });
});
