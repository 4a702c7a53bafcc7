import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { OUTPUT_MIME, type AttributionOutput } from '../../src/protocol/output';
import { attributeSelection, buttons, closeAll, lens, messageOf, select, until } from './lens';
import { errorOf, openAnew, openNotebook, run, textOf } from './notebooks';

const SETUP = 'const weights = tf.tensor2d([[1, -1], [2, 0.5], [-3, 1]]); const model = (x: tf.Tensor) => x.matMul(weights).tanh(); const input = tf.tensor2d([[1, 0.5, 0.25]])';

/** The attributions that a cell shows. */
function outputsOf(cell: vscode.NotebookCell): AttributionOutput[] {
  return cell.outputs.flatMap(({ items }) => items).filter(({ mime }) => mime === OUTPUT_MIME).map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as AttributionOutput);
}

describe('attributions in notebooks', () => {
  afterEach(closeAll);

  it('are one output: ours, a picture and a sentence', async () => {
    const notebook = await openNotebook([SETUP, 'await new IntegratedGradients(model).attribute(input, { target: 1, nSteps: 10 })']);
    await run(notebook);
    const cell = notebook.cellAt(1);
    assert.equal(cell.outputs.length, 1);
    const [{ items, metadata }] = cell.outputs;
    assert.deepEqual(items.map(({ mime }) => mime), [OUTPUT_MIME, 'image/png', 'text/plain']);
    const [output] = outputsOf(cell);
    assert.equal(metadata?.outputId, output.id);
    assert.equal(textOf(cell, 'text/plain'), output.summary);
    assert.deepEqual([output.method.name, output.method.options.nSteps, output.examples[0].target?.index], ['IntegratedGradients', 10, [1]]);
    assert.doesNotMatch(new TextDecoder().decode(items[0].data), /\n/);
  });

  it('survive saving and reopening, and are no longer live', async () => {
    const notebook = await openNotebook([SETUP, 'await new IntegratedGradients(model).attribute(input, { target: 0 })']);
    await run(notebook);
    const [before] = outputsOf(notebook.cellAt(1));
    await notebook.save();
    await closeAll();
    const reopened = await openAnew(notebook.uri);
    const { kernels } = await lens();
    const cell = reopened.cellAt(1);
    assert.deepEqual(outputsOf(cell), [before]);
    assert.deepEqual(kernels.outputIds(reopened), [before.id]);
    assert.deepEqual([kernels.state(reopened), kernels.session(reopened)], ['not started', undefined]);
  });

  it('are computed anew in place', async () => {
    const notebook = await openNotebook([SETUP, 'console.log("above")\nawait new IntegratedGradients(model).attribute(input, { target: 0, nSteps: 2 })']);
    await run(notebook);
    const [before] = outputsOf(notebook.cellAt(1));
    const { kernels } = await lens();
    const bundle = await kernels.session(notebook)!.request('recompute', { outputId: before.id, request: { options: { nSteps: 40 } } });
    assert.ok(await kernels.replaceOutput(notebook, bundle));
    await until('the change and its end', () => notebook.cellAt(1).executionSummary?.success && outputsOf(notebook.cellAt(1))[0].method.options.nSteps === 40);
    assert.equal(outputsOf(notebook.cellAt(1))[0].id, before.id);
    assert.deepEqual(notebook.cellAt(1).outputs.map(({ items }) => items.length), [1, 3]);
    assert.equal(notebook.cellAt(1).executionSummary?.executionOrder, 2);
  });

  it('of a selected model call appear beneath the cell', async () => {
    const notebook = await openNotebook([`${SETUP}\nmodel(input)`]);
    await run(notebook);
    await selectIn(notebook.cellAt(0), 'model(input)');
    await attributeSelection();
    await until('the output', () => outputsOf(notebook.cellAt(0)).length === 1);
    const [output] = outputsOf(notebook.cellAt(0));
    assert.equal(output.model.name, 'model');
    assert.equal(output.examples[0].views[0].kind, 'tabular');
  });

  it('of a tensor ask for the model', async () => {
    const notebook = await openNotebook([`${SETUP}; const net = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })\ninput`]);
    await run(notebook);
    await attributeSelection({ cell: notebook.cellAt(0).document.uri.toString(), expression: 'input' });
    await until('the output', () => outputsOf(notebook.cellAt(0)).length === 1);
    const [output] = outputsOf(notebook.cellAt(0));
    assert.equal(output.model.name, 'net');
  });

  it('say what is wrong with the selection', async () => {
    const notebook = await openNotebook([`${SETUP}; const text = "text"`, 'await new Promise(() => {})']);
    const cell = notebook.cellAt(0);
    const at = (expression: string) => messageOf(() => attributeSelection({ cell: cell.document.uri.toString(), expression })).catch((error: Error) => assert.fail(`${expression}: ${error.message}`));
    assert.match((await at('model(input)')).text, /Cell 1 has not run yet/);
    await run(notebook, 0, 0);
    assert.match((await at('text')).text, /'text' is 'text', neither a model call nor a tensor/);
    assert.match((await at('unknown(input)')).text, /unknown is not defined/);
    assert.match((await at('model(')).text, /not one whole expression/);
    assert.equal(outputsOf(cell).length, 0);
  });

  it('that a kernel cannot finish say how to go on', async () => {
    const notebook = await openNotebook([`${SETUP}; const fatal = (x: tf.Tensor) => { process.kill(process.pid, "SIGKILL"); return x }`]);
    await run(notebook);
    const message = await messageOf(() => attributeSelection({ cell: notebook.cellAt(0).document.uri.toString(), expression: 'fatal(input)' }));
    assert.match(message.text, /The kernel process ended by SIGKILL/);
    assert.deepEqual(buttons(message), ['Restart Kernel']);
  });

  it('are interrupted with their cell', async () => {
    const slow = 'const wide = tf.randomNormal([3, 1024]), deep = tf.randomNormal([1024, 1024]), out = tf.randomNormal([1024, 2]); const slow = (x: tf.Tensor) => x.matMul(wide).tanh().matMul(deep).tanh().matMul(out)';
    const notebook = await openNotebook([`${SETUP}; ${slow}`, 'await new IntegratedGradients(slow).attribute(tf.tile(input, [10, 1]), { target: 0, nSteps: 100000, method: "riemann_middle", internalBatchSize: 10 })', '"alive"']);
    await run(notebook, 0, 0);
    const running = run(notebook, 1, 1);
    const { kernels } = await lens();
    // It would go on for half an hour.
    await until('progress', () => kernels.progress(notebook) !== undefined);
    await vscode.commands.executeCommand('notebook.cancelExecution', { ranges: [{ start: 1, end: 2 }], document: notebook.uri });
    await running;
    assert.equal(errorOf(notebook.cellAt(1))?.name, 'Interrupted');
    await run(notebook, 2, 2);
    assert.equal(textOf(notebook.cellAt(2), 'text/plain'), "'alive'");
  });
});

/** Selects a text in a cell. */
async function selectIn(cell: vscode.NotebookCell, text: string): Promise<void> {
  const editor = vscode.window.activeNotebookEditor!;
  editor.selection = new vscode.NotebookRange(cell.index, cell.index + 1);
  await vscode.commands.executeCommand('notebook.cell.edit');
  await until('the editor of the cell', () => vscode.window.activeTextEditor?.document === cell.document);
  const start = cell.document.getText().indexOf(text);
  await select(vscode.window.activeTextEditor!, new vscode.Selection(cell.document.positionAt(start), cell.document.positionAt(start + text.length)));
}
