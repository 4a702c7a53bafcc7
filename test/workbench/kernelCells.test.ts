import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, delay, lens, until } from './lens';
import { errorOf, open, openNotebook, run, setCode, STDERR, STDOUT, textOf, writeNotebook } from './notebooks';

describe('the TypeScript kernel', () => {
  afterEach(closeAll);

  it('starts nothing when a notebook opens', async () => {
    const notebook = await openNotebook(['1']);
    await delay(300);
    const { kernels } = await lens();
    assert.deepEqual([kernels.state(notebook), kernels.session(notebook)], ['not started', undefined]);
  });

  it('runs cells in order, with their outputs beneath them', async () => {
    const notebook = await openNotebook(['const a: number = 20\nconsole.log("printed")\nconsole.error("warned")', 'a * 2 + 2', 'tf.scalar(1)']);
    await run(notebook);
    const [first, second, third] = notebook.getCells();
    assert.deepEqual([textOf(first, STDOUT), textOf(first, STDERR)], ['printed\n', 'warned\n']);
    assert.equal(textOf(second, 'text/plain'), '42');
    assert.deepEqual(third.outputs[0].items.map(({ mime }) => mime), ['text/html', 'text/plain']);
    assert.deepEqual(notebook.getCells().map(({ executionSummary }) => [executionSummary?.executionOrder, executionSummary?.success]), [[1, true], [2, true], [3, true]]);
  });

  it('keeps what a failed cell printed, and runs no cell behind it', async () => {
    const notebook = await openNotebook(['console.log("before")\nthrow new TypeError("wrong")', 'console.log("never")']);
    await run(notebook);
    const [first, second] = notebook.getCells();
    assert.equal(textOf(first, STDOUT), 'before\n');
    assert.deepEqual([errorOf(first)?.name, errorOf(first)?.message], ['TypeError', 'wrong']);
    assert.match(errorOf(first)!.stack, /> 2 \| throw new TypeError[^]*at Cell 1:2:7$/);
    assert.equal(first.executionSummary?.success, false);
    assert.equal(second.outputs.length, 0);
  });

  it('replaces the outputs of the last run', async () => {
    const notebook = await openNotebook(['console.log("one")\n1']);
    await run(notebook);
    await setCode(notebook.cellAt(0), 'console.log("two")');
    await run(notebook);
    assert.equal(notebook.cellAt(0).outputs.length, 1);
    assert.equal(textOf(notebook.cellAt(0), STDOUT), 'two\n');
    await setCode(notebook.cellAt(0), 'const silent = 1');
    await run(notebook);
    assert.equal(notebook.cellAt(0).outputs.length, 0);
  });

  it('interrupts an endless loop and keeps variables and the last outputs', async () => {
    const notebook = await openNotebook(['let rounds = 1\nrounds', 'while (rounds) {}', 'rounds']);
    await run(notebook, 0, 0);
    await setCode(notebook.cellAt(1), '"earlier"');
    await run(notebook, 1, 1);
    await setCode(notebook.cellAt(1), 'while (rounds) {}');
    void run(notebook, 1, 2);
    const { kernels } = await lens();
    await until('the running cell', () => kernels.state(notebook) === 'busy');
    await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 3 }], document: notebook.uri });
    await until('the error', () => errorOf(notebook.cellAt(1)));
    assert.equal(errorOf(notebook.cellAt(1))?.name, 'Interrupted');
    assert.equal(textOf(notebook.cellAt(1), 'text/plain'), "'earlier'");
    assert.equal(notebook.cellAt(2).outputs.length, 0);
    await run(notebook, 2, 2);
    assert.equal(textOf(notebook.cellAt(2), 'text/plain'), '1');
  });

  it('says that the kernel ended, keeps all outputs, and starts a fresh one with the next cell', async () => {
    const notebook = await openNotebook(['const kept = 1\nkept', 'console.log("last words")\nprocess.kill(process.pid, "SIGKILL")', 'typeof kept']);
    await run(notebook, 0, 0);
    await run(notebook, 1, 1);
    const { kernels } = await lens();
    assert.deepEqual([kernels.state(notebook), kernels.session(notebook)], ['stopped', undefined]);
    const { message } = errorOf(notebook.cellAt(1))!;
    assert.match(message, /The kernel process ended by SIGKILL.*Run the cell again/);
    assert.equal(textOf(notebook.cellAt(0), 'text/plain'), '1');
    await run(notebook, 2, 2);
    assert.equal(textOf(notebook.cellAt(2), 'text/plain'), "'undefined'");
  });

  it('restarts on command', async () => {
    const notebook = await openNotebook(['globalThis.count = (globalThis.count ?? 0) + 1']);
    await run(notebook);
    await run(notebook);
    assert.equal(textOf(notebook.cellAt(0), 'text/plain'), '2');
    await vscode.commands.executeCommand('attributionLens.restartKernel');
    await run(notebook);
    assert.equal(textOf(notebook.cellAt(0), 'text/plain'), '1');
    assert.equal(notebook.cellAt(0).executionSummary?.executionOrder, 1);
  });

  it('shows what a timer prints beneath the cell that set it, later', async () => {
    const notebook = await openNotebook(['setTimeout(() => console.log("later"), 100)\nconsole.log("now")']);
    await run(notebook);
    await until('the output', () => textOf(notebook.cellAt(0), STDOUT)?.includes('later') && notebook.cellAt(0).executionSummary?.success);
    assert.equal(textOf(notebook.cellAt(0), STDOUT), 'now\nlater\n');
    assert.equal(notebook.cellAt(0).executionSummary?.executionOrder, 1);
  });

  it('writes itself into a notebook that names no kernel, which finds it again', async () => {
    const uri = await writeNotebook(['5'], {});
    const notebook = await open(uri);
    await run(notebook);
    const { kernels } = await lens();
    assert.ok(kernels.isSelected(notebook));
    await until('the metadata', () => (notebook.metadata as { metadata?: { kernelspec?: { name?: string } } }).metadata?.kernelspec?.name === 'attribution-lens-typescript');
    await notebook.save();
    const saved = JSON.parse(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString()) as { cells: { outputs: object[] }[]; metadata: { kernelspec: object } };
    assert.deepEqual(saved.metadata.kernelspec, { name: 'attribution-lens-typescript', display_name: 'TypeScript (Attribution Lens)', language: 'typescript' });
    assert.equal(saved.cells[0].outputs.length, 1);
  });

  it('leaves Python notebooks alone', async () => {
    const metadata = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python' } };
    const notebook = await open(await writeNotebook(['print(1)'], metadata, 'python'));
    await delay(300);
    void vscode.commands.executeCommand('notebook.cell.execute', { ranges: [{ start: 0, end: 1 }], document: notebook.uri });
    await delay(800);
    assert.deepEqual(notebook.metadata.metadata, metadata);
    assert.equal(notebook.cellAt(0).outputs.length, 0);
    const { kernels } = await lens();
    assert.equal(kernels.state(notebook), 'not started');
  });

  it('opens a new notebook of its own', async () => {
    await vscode.commands.executeCommand('attributionLens.newNotebook');
    const notebook = vscode.window.activeNotebookEditor?.notebook;
    assert.ok(notebook?.isUntitled);
    await setCode(notebook.cellAt(0), '6 * 7');
    await run(notebook);
    assert.equal(textOf(notebook.cellAt(0), 'text/plain'), '42');
  });
});
